// The HTTP server under the app, with its time limits.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';

const bodyMilliseconds = 60_000;
/** A gigabyte over a slow line takes its time; it must only not stand still. */
const isUpload = ({ method, url }: IncomingMessage): boolean => method === 'POST' && /^\/api\/imports(\?|$)/.test(url ?? '');

/** Slow and half-open clients are bounded: headers within 10 s, a request within 60 s (files: a byte a minute), idle connections 30 s. */
export function createHttpServer(app: RequestListener): Server {
  return createServer(
    {
      headersTimeout: 10_000,
      // Node has one limit for all; ours below is by what is asked.
      requestTimeout: 0,
      keepAliveTimeout: 30_000,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      const tooSlow = (): void => {
        if (request.complete) return;
        if (!response.headersSent) response.writeHead(408, { Connection: 'close' }).end();
        request.destroy();
      };
      if (isUpload(request)) {
        request.setTimeout(bodyMilliseconds, tooSlow);
        request.once('end', () => request.setTimeout(0));
      } else if (!request.complete) {
        const timer = setTimeout(tooSlow, bodyMilliseconds);
        request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
      }
      app(request, response);
    },
  );
}
