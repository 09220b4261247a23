// The routes of bringing files in: their part of the table in routes.ts.
import { Type } from 'typebox';
import { ImportPlanSchema } from './import.ts';
import { IdParameter } from './parameters.ts';
import { jsonOf, limitOf, nothing, pageOf, type Route } from './route.ts';

const params = Type.Object({ id: IdParameter('导入任务') });

export const importRoutes = {
  imports: {
    method: 'get',
    path: '/api/imports',
    summary: '导入任务，最近的在前；系统管理员看到所有人的',
    query: Type.Object({ limit: limitOf(200, 50) }),
    who: 'write-thing',
    reply: pageOf('ImportJob'),
  },
  importOpen: {
    method: 'post',
    path: '/api/imports',
    summary: '上传文件（multipart/form-data，字段 file 可多个，plan 为方案 JSON）并导入；preview=1 停在预览，等待方案',
    query: Type.Object({ preview: Type.Optional(Type.Integer({ minimum: 0, maximum: 1 })) }),
    who: 'write-thing',
    reply: { status: 201, type: 'json', of: '{id}' },
  },
  importJob: {
    method: 'get',
    path: '/api/imports/{id}',
    summary: '一个导入任务：状态、进度、预览、结果与逐行报告',
    params,
    query: Type.Object({}),
    who: 'write-thing',
    reply: jsonOf('ImportJob'),
  },
  importStart: {
    method: 'post',
    path: '/api/imports/{id}/start',
    summary: '按方案开始导入已预览的文件',
    params,
    body: ImportPlanSchema,
    who: 'write-thing',
    reply: jsonOf('ImportJob'),
  },
  importCancel: {
    method: 'delete',
    path: '/api/imports/{id}',
    summary: '取消导入，并撤去已写入的',
    params,
    who: 'write-thing',
    reply: nothing,
  },
} as const satisfies Record<string, Route>;
