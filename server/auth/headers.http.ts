// Security headers of every answer, for a closed network: pages may load and reach this very host and nothing else.
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** ws: and wss: of the host the page came from. Browsers before CSP 3 do not count them as 'self'. */
function socketsOfHost(req: IncomingMessage): string {
  const host = req.headers.host ?? '';
  // The header is the visitor's: only what is a host goes into the policy.
  return /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.test(host) ? `ws://${host} wss://${host}` : "'self'";
}

/**
 * Content-Security-Policy Level 3 and its companions. No CORS header is sent: other sites may not read.
 * No upgrade-insecure-requests and no HSTS: many of these networks speak plain http by address; where TLS ends at a proxy, HSTS is the proxy's.
 */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        // Draco, meshopt, basis and web-ifc are wasm; it is compiled from our own files, no text is evaluated.
        'script-src': ["'self'", "'wasm-unsafe-eval'"],
        'script-src-attr': ["'none'"],
        'worker-src': ["'self'", 'blob:'],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'font-src': ["'self'", 'data:'],
        'media-src': ["'self'", 'blob:'],
        'connect-src': ["'self'", 'blob:', 'data:', socketsOfHost],
        'object-src': ["'none'"],
        'base-uri': ["'self'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'self'"],
      },
    },
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    // Ignored, with an error in the console, on plain http by address; there is no window of others in a closed network.
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'sameorigin' },
  });
}
