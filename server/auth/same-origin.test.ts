// Tests of the guard against cross-site requests.
import { describe, expect, it } from 'vitest';
import { isSameOrigin } from './same-origin.ts';

describe('same origin', () => {
  it.each([
    [{ host: 'liaozhi.local' }, true],
    [{ host: 'h:8080', 'sec-fetch-site': 'same-origin', origin: 'http://h:5173' }, true],
    [{ host: 'h:8080', 'sec-fetch-site': 'none' }, true],
    [{ host: 'h:8080', 'sec-fetch-site': 'same-site', origin: 'http://h:8080' }, false],
    [{ host: 'h:8080', 'sec-fetch-site': 'cross-site' }, false],
    [{ host: 'h:8080', origin: 'http://h:8080' }, true],
    [{ host: 'H:8080', origin: 'http://h:8080' }, true],
    [{ host: 'h', origin: 'https://h' }, true],
    [{ host: 'h:443', origin: 'https://h' }, true],
    [{ host: 'h:80', origin: 'http://h' }, true],
    [{ host: 'h:8081', origin: 'http://h:8080' }, false],
    [{ host: 'h', origin: 'http://h.evil' }, false],
    [{ host: 'h', origin: 'null' }, false],
    [{ host: 'h', origin: 'http://' }, false],
    [{ origin: 'http://h' }, false],
  ])('Fetch Metadata §2.4, RFC 6454 §7: %j is %s', (headers, expected) => expect(isSameOrigin(headers)).toBe(expected));
});
