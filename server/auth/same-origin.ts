// Whether a request comes from our own pages: the guard against cross-site requests and cross-site WebSocket handshakes.

export interface OriginHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | undefined;
}

/**
 * True unless the browser says that another site sent it.
 *
 * Sec-Fetch-Site (W3C Fetch Metadata §2.4) where it is sent: it is not on plain http except for localhost. There Origin (RFC 6454 §7) is
 * compared with Host; every browser sends it with each request that changes something. Neither header: no browser, so no foreign page.
 */
export function isSameOrigin(headers: OriginHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (headers.origin === undefined) return true;
  const page = URL.canParse(headers.origin) ? new URL(headers.origin) : null;
  if (!page || !headers.host) return false;
  // URL drops the default port of its scheme, Host may carry it.
  const defaultPort = page.protocol === 'https:' ? ':443' : ':80';
  const host = headers.host.toLowerCase();
  return page.host === host || (page.port === '' && page.host + defaultPort === host);
}
