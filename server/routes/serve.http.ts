// The HTTP server under the app, with its time limits.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { Problem } from '../../contracts/problem.ts';

/** The limits of the house; tests take shorter ones. */
const minute = {
  headersMilliseconds: 10_000,
  bodyMilliseconds: 60_000,
  /** An upload gives at least so much in the time of a body: 1 KB/s, which no line that is worth waiting for falls below. */
  uploadBytesPerWindow: 60 * 1024,
  checkMilliseconds: 5_000,
};

/** A gigabyte over a slow line takes its time; it must only not stand still. */
const isUpload = ({ method, url }: IncomingMessage): boolean => method === 'POST' && /^\/api\/imports(\?|$)/.test(url ?? '');

/** Slow and half-open clients are bounded: headers within 10 s, a body within 60 s (files: 60 KB in each 60 s), idle connections 30 s. */
export function createHttpServer(app: RequestListener, limits: typeof minute = minute): Server {
  return createServer(
    {
      headersTimeout: limits.headersMilliseconds,
      // Node has one limit for all; ours below is by what is asked.
      requestTimeout: 0,
      keepAliveTimeout: 30_000,
      connectionsCheckingInterval: limits.checkMilliseconds,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      const { socket } = request;
      let before = socket.bytesRead;
      const timer = setInterval(() => {
        // The parser's word: a body that nobody reads is here all the same.
        if (request.complete) return clearInterval(timer);
        const given = socket.bytesRead - before;
        before += given;
        // Whoever has had the answer may not go on sending.
        if (isUpload(request) && !response.writableEnded && given >= limits.uploadBytesPerWindow) return;
        clearInterval(timer);
        const cut = (): void => void request.destroy();
        if (response.headersSent) return cut();
        const body = JSON.stringify(new Problem('too-slow', { seconds: limits.bodyMilliseconds / 1000 }));
        response.writeHead(408, { Connection: 'close', 'Content-Type': 'application/problem+json; charset=utf-8' }).end(body, cut);
      }, limits.bodyMilliseconds);
      const stop = (): void => clearInterval(timer);
      request.once('end', stop).once('close', stop);
      app(request, response);
    },
  );
}
