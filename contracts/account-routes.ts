// The routes of logging in and of the administrator, as server/auth serves them: their part of the table in routes.ts.
import { Type } from 'typebox';
import { TextParameter, TimeParameter } from './parameters.ts';
import { jsonOf, limitOf, nothing, pageOf, type Route } from './route.ts';

const account = Type.Object({ name: TextParameter('账号', 64) });

export const accountRoutes = {
  sessionOpen: {
    method: 'post',
    path: '/api/session',
    summary: '登录：得令牌，并置会话 cookie',
    body: Type.Object({
      username: Type.Optional(Type.String()),
      password: Type.Optional(Type.String()),
      demo: Type.Optional(Type.String({ description: '演示账号名，代替用户名与口令' })),
    }),
    who: 'everyone',
    reply: jsonOf('SessionReply'),
  },
  session: { method: 'get', path: '/api/session', summary: '当前身份', who: 'signed-in', reply: jsonOf('SessionReply，令牌留空') },
  sessionClose: { method: 'delete', path: '/api/session', summary: '退出', who: 'everyone', reply: nothing },
  sessionDemo: {
    method: 'get',
    path: '/api/session/demo',
    summary: '演示账号；只对本机列出',
    who: 'everyone',
    reply: jsonOf('[{name, displayName, role, scope}]'),
  },
  passwordOwn: {
    method: 'put',
    path: '/api/session/password',
    summary: '改自己的口令，所有会话随之结束',
    body: Type.Object({ current: Type.String(), password: Type.String() }),
    who: 'signed-in',
    reply: nothing,
  },
  accounts: {
    method: 'get',
    path: '/api/accounts',
    summary: '账号',
    query: Type.Object({ after: Type.Optional(Type.String()), limit: limitOf(1000, 100) }),
    who: 'manage-users',
    reply: pageOf('Account'),
  },
  accountNew: {
    method: 'post',
    path: '/api/accounts',
    summary: '新建账号',
    body: Type.Record(Type.String(), Type.Unknown()),
    who: 'manage-users',
    reply: { status: 201, type: 'json', of: 'Account' },
  },
  account: {
    method: 'get',
    path: '/api/accounts/{name}',
    summary: '一个账号',
    params: account,
    who: 'manage-users',
    reply: jsonOf('Account'),
  },
  accountChange: {
    method: 'patch',
    path: '/api/accounts/{name}',
    summary: '改账号的角色、范围或停用',
    params: account,
    body: Type.Record(Type.String(), Type.Unknown()),
    who: 'manage-users',
    reply: jsonOf('Account'),
  },
  accountRemove: {
    method: 'delete',
    path: '/api/accounts/{name}',
    summary: '删除账号',
    params: account,
    who: 'manage-users',
    reply: nothing,
  },
  password: {
    method: 'put',
    path: '/api/accounts/{name}/password',
    summary: '重设一个账号的口令',
    params: account,
    body: Type.Object({ password: Type.String() }),
    who: 'manage-users',
    reply: nothing,
  },
  audit: {
    method: 'get',
    path: '/api/audit',
    summary: '审计记录，最近的在前',
    query: Type.Object({
      before: Type.Optional(Type.Integer({ minimum: 1 })),
      account: Type.Optional(Type.String()),
      act: Type.Optional(Type.String()),
      from: Type.Optional(TimeParameter),
      to: Type.Optional(TimeParameter),
      limit: limitOf(1000, 100),
    }),
    who: 'read-audit',
    reply: pageOf('AuditRow'),
  },
} as const satisfies Record<string, Route>;
