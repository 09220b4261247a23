// Session tokens: what they look like, how they are kept, and where a request carries them.
import { createHash } from 'node:crypto';

/** 32 random bytes as base64url. */
export const TOKEN_BYTES = 32;
export const SESSION_COOKIE = 'liaozhi_session';

export function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}

/** What is kept instead of the token: its SHA-256. A token is random, so no salt and no slow hash are needed. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The hash as text: the name of a session inside the house (caches, sockets). Opens nothing. */
export function tokenKey(token: string): string {
  return tokenHash(token).toString('hex');
}

export interface Carried {
  readonly token: string;
  readonly by: 'bearer' | 'cookie';
}

/**
 * The token of a request or of a socket handshake: Authorization: Bearer (RFC 6750 §2.1) before the cookie (RFC 6265 §4.2).
 * A Bearer header that is there and wrong does not fall back to the cookie: whoever sends one means it.
 */
export function carriedToken(headers: {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
}): Carried | null {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '');
  if (bearer?.[1]) return { token: bearer[1], by: 'bearer' };
  for (const pair of (headers.cookie ?? '').split(';')) {
    const cut = pair.indexOf('=');
    if (cut > 0 && pair.slice(0, cut).trim() === SESSION_COOKIE) {
      const token = pair
        .slice(cut + 1)
        .trim()
        .replace(/^"|"$/g, '');
      if (token) return { token, by: 'cookie' };
    }
  }
  return null;
}
