// The built pages: hashed assets for ever, index.html never cached and given for every page address.
import express, { Router } from 'express';

/** @param folder dist/pages */
export function pagesRouter(folder: string): Router {
  const router = Router();
  const index = `${folder}/index.html`;
  router.use('/assets', express.static(`${folder}/assets`, { immutable: true, maxAge: '1y', index: false, fallthrough: false }));
  router.use(express.static(folder, { index: false, maxAge: '1h' }));
  router.get(/^\/(login|screen|console|twin|portal|director|ops)?(\/.*)?$/, (_request, response, next) => {
    // Not built yet: the next handler says 404 in words.
    response.set('Cache-Control', 'no-cache').sendFile(index, { dotfiles: 'allow' }, (error) => error && next());
  });
  return router;
}
