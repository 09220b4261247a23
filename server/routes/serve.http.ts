// The HTTP server under the app, with its time limits.
import { createServer, type RequestListener, type Server } from 'node:http';

/** Slow and half-open clients are bounded: headers within 10 s, a request within 60 s, idle connections 30 s. */
export function createHttpServer(app: RequestListener): Server {
  return createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 30_000,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: 16 * 1024,
    },
    app,
  );
}
