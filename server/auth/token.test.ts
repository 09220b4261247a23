// Tests of session tokens: where a request carries them, and what is kept of them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carriedToken, isToken, tokenKey } from './token.ts';

describe('tokens', () => {
  const token = 'A'.repeat(43);
  it.each([
    [{ authorization: `Bearer ${token}` }, { token, by: 'bearer' }],
    [{ authorization: `bearer  ${token} ` }, { token, by: 'bearer' }],
    [{ cookie: `a=1; liaozhi_session=${token}; b=2` }, { token, by: 'cookie' }],
    [{ cookie: `liaozhi_session="${token}"` }, { token, by: 'cookie' }],
    [
      { authorization: 'Bearer x', cookie: `liaozhi_session=${token}` },
      { token: 'x', by: 'bearer' },
    ],
    [
      { authorization: 'Basic abc', cookie: `liaozhi_session=${token}` },
      { token, by: 'cookie' },
    ],
    [{ cookie: `xliaozhi_session=${token}` }, null],
    [{ cookie: 'liaozhi_session=' }, null],
    [{ cookie: ';;;=;' }, null],
    [{}, null],
  ])('RFC 6750 §2.1, RFC 6265 §4.2: %j', (headers, expected) => expect(carriedToken(headers)).toEqual(expected));

  it('any header is read without a throw, and a key never holds the token', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (authorization, cookie) => {
        const carried = carriedToken({ authorization, cookie });
        if (carried) expect(tokenKey(carried.token)).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
    expect(isToken(token)).toBe(true);
    expect(isToken(`${token}A`)).toBe(false);
    expect(isToken(`${'A'.repeat(42)}=`)).toBe(false);
  });
});
