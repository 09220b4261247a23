// Bringing files in: uploaded to disk as they come, then a job that can be asked after, started with a plan, and cancelled.
import busboy from 'busboy';
import express, { type Request, Router } from 'express';
import { type Department, type Identity, mayDo } from '../../contracts/access.ts';
import { type ImportJob, type ImportPlan, ImportPlanSchema, importLimits } from '../../contracts/import.ts';
import { readBody, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import type { Imports } from '../../geo-services/import/imports.ts';
import { addressOf, requireAct } from '../auth/identity.http.ts';
import type { House } from '../house.ts';

const { files: mostFiles } = importLimits;
const what = '导入数据';

/** The department that the layer will belong to: as told within the asker's scope, else his own. @throws Problem forbidden */
export function departmentOf(identity: Identity, plan: ImportPlan): Department {
  const { departments } = identity.scope;
  if (plan.department !== undefined && departments !== '*' && !departments.includes(plan.department))
    throw new Problem('forbidden', { what: `以 ${plan.department} 的名义导入` });
  return plan.department ?? (departments === '*' ? 'data' : (departments[0] ?? 'data'));
}

/** @throws Problem bad-body for a header that names no boundary */
function openParts(options: Parameters<typeof busboy>[0]): ReturnType<typeof busboy> {
  try {
    return busboy(options);
  } catch {
    throw new Problem('bad-body', { reason: 'multipart/form-data 缺少 boundary' });
  }
}

interface Upload {
  readonly plan: ImportPlan;
  readonly files: ImportJob['files'];
}
/** Reads the whole body; a file goes to disk as it comes. @throws Problem bad-body | too-large */
function receive(
  req: Request,
  save: (name: string, stream: NodeJS.ReadableStream) => Promise<{ name: string; bytes: number }>,
): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const parts = openParts({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: { files: mostFiles, fields: 10, fieldSize: 1_000_000, parts: mostFiles + 10 },
    });
    const saving: Promise<{ name: string; bytes: number }>[] = [];
    let plan: unknown = {};
    let failure: unknown = null;
    const fail = (error: unknown): void => {
      failure ??= error;
      req.unpipe(parts);
      // The rest of the body is read and thrown away, so that the answer is heard. A file that was coming is closed before its folder goes.
      parts.destroy();
      req.resume();
      void Promise.allSettled(saving).then(() => reject(failure));
    };
    parts.on('file', (_field, stream, { filename }) => {
      // A broken upload is told to the stream too, also while nobody reads it yet or any more: without an ear it would end the process.
      stream.on('error', () => undefined);
      const one = save(filename ?? 'file', stream);
      saving.push(one);
      one.catch((error: NodeJS.ErrnoException) => {
        stream.resume();
        fail(error.code === 'EEXIST' ? new Problem('bad-body', { reason: `两个文件同名：${filename}` }) : error);
      });
    });
    parts.on('field', (name, value) => {
      if (name !== 'plan') return;
      try {
        plan = JSON.parse(value);
      } catch {
        fail(new Problem('bad-body', { reason: '方案（plan）不是 JSON' }));
      }
    });
    parts.on('filesLimit', () => fail(new Problem('bad-body', { reason: `一次至多 ${mostFiles} 个文件` })));
    parts.on('error', () => fail(new Problem('bad-body', { reason: '上传不完整，或不是 multipart/form-data' })));
    parts.on('close', () => {
      if (failure) return;
      Promise.all(saving)
        .then((files) => {
          if (files.length === 0) throw new Problem('bad-body', { reason: '没有文件（字段 file）' });
          resolve({ plan: readBody(ImportPlanSchema, plan), files });
        })
        .catch(fail);
    });
    const broken = (): void => fail(new Problem('bad-body', { reason: '上传中断' }));
    // It may have broken off before we listened: while the job was being made.
    if (req.destroyed && !req.complete) return broken();
    req.on('aborted', broken);
    req.pipe(parts);
  });
}

export function importRoutes(house: House, imports: Imports): Router {
  const router = Router();
  const asked = (req: Request) => {
    const identity = requireAct(req, 'write-thing', what);
    return { identity, address: addressOf(req), sees: mayDo(identity, 'manage-users') ? null : identity.user };
  };
  /** Of others only the administrator sees. @throws Problem not-found */
  const own = async (req: Request) => {
    const asker = asked(req);
    const { id } = readParameters(routes.importJob.params, req.params);
    const job = await imports.job(id);
    if (asker.sees !== null && job.createdBy !== asker.sees) throw new Problem('not-found', { what: `导入任务 ${id}` });
    return { ...asker, id, job };
  };

  router.get('/api/imports', async (req, res) => {
    const { sees } = asked(req);
    const { limit } = readParameters(routes.imports.query, req.query);
    const items = await imports.list(sees, limit ?? 50);
    res.json({ items, numberReturned: items.length, next: null });
  });

  router.post('/api/imports', async (req, res) => {
    const { identity, address } = asked(req);
    const query = readParameters(routes.importOpen.query, req.query);
    if (!req.is('multipart/form-data'))
      throw new Problem('unsupported-media-type', {
        given: String(req.headers['content-type'] ?? '（未给）').slice(0, 80),
        allowed: 'multipart/form-data',
      });
    await imports.room(Number(req.headers['content-length'] ?? 0) || 0);
    const id = await imports.create(
      { user: identity.user, department: departmentOf(identity, {}) },
      { previewed: query.preview === 1, plan: {} },
    );
    try {
      const { plan, files } = await receive(req, (name, stream) => imports.save(id, name, stream));
      await imports.uploaded(id, files, { plan, department: departmentOf(identity, plan) });
      house.auth.audit({ identity, address, act: 'import', target: `import/${id}`, detail: { files: files.map(({ name }) => name) } });
    } catch (error) {
      await imports.cancel(id).catch(() => undefined);
      throw error;
    }
    res.status(201).location(`/api/imports/${id}`).json({ id });
  });

  router.get('/api/imports/:id', async (req, res) => {
    readParameters(routes.importJob.query, req.query);
    const { job } = await own(req);
    res.json(job);
  });

  router.post('/api/imports/:id/start', express.json({ limit: '1mb' }), async (req, res) => {
    const { id, identity } = await own(req);
    const plan = readBody(ImportPlanSchema, req.body);
    departmentOf(identity, plan);
    await imports.start(id, plan);
    res.json(await imports.job(id));
  });

  router.delete('/api/imports/:id', async (req, res) => {
    const { id, identity, address } = await own(req);
    await imports.cancel(id);
    house.auth.audit({ identity, address, act: 'import', target: `import/${id}`, detail: { cancelled: true } });
    res.status(204).end();
  });
  return router;
}
