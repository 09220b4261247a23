// The pages: built files with immutable caching, and the one index.html for every page address of interfaces.md.
import { type Request, type Response, Router } from 'express';
import type { Encoding, PageFiles } from './page-files.file.ts';

/** A name that vite has hashed: assets/wall-B7x_9fQz.js. Another content is another name, so it may be kept for ever. */
const hashed = /^assets\/.+-[\w-]{8}\.\w+$/;
const pagePaths = [
  '/login',
  '/screen',
  '/screen/:scene',
  '/director',
  '/console',
  '/console/:scene',
  '/twin',
  '/twin/:scene',
  '/portal',
  '/ops',
];

function acceptedBy(req: Request): readonly Encoding[] {
  const header = String(req.headers['accept-encoding'] ?? '').toLowerCase();
  return (['br', 'gzip'] as const).filter((encoding) => new RegExp(`(^|[ ,])${encoding}(?!;\\s*q=0(\\.0*)?\\s*(,|$))`).test(header));
}

export function pageRoutes(files: PageFiles): Router {
  async function send(req: Request, res: Response, path: string): Promise<void> {
    const file = await files.read(path, acceptedBy(req));
    res.set('Cache-Control', hashed.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
    res.set('Vary', 'Accept-Encoding');
    if (file.encoding !== 'identity') res.set('Content-Encoding', file.encoding);
    res.type(path.slice(path.lastIndexOf('.') + 1));
    res.send(file.bytes);
  }
  const router = Router();
  router.get('/', (_req, res) => res.redirect(302, '/screen/overview'));
  router.get('/screen', (_req, res) => res.redirect(302, '/screen/overview'));
  router.get(pagePaths, async (req, res, next) => {
    if (!files.has('index.html')) return next();
    await send(req, res, 'index.html');
  });
  router.get('/{*path}', async (req, res, next) => {
    const path = (req.params as unknown as { path?: string[] }).path?.join('/') ?? '';
    if (path === 'index.html' || !files.has(path)) return next();
    await send(req, res, path);
  });
  return router;
}
