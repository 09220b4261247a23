// HJ 212-2025 Annex A: ciphertext that we encrypt ourselves with another implementation's calls, key rings, bytes nobody meant.
import { createCipheriv } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { cutHj212 } from './hj212/framing.ts';
import { keyringOf, readKeyring, sm4Decipher } from './hj212/keys.file.ts';
import { bytesOf, raw } from './hj212/test-frames.ts';
import { crcHj212, createHj212, encodeHj212, hj212 } from './hj212.ts';

const [key, older] = ['30303030303030303030303030303030', '0123456789abcdeffedcba9876543210'];
const mn = '010000A8900016F000169DC0';
const keyed = createHj212(keyringOf({ [mn]: [key, older], other: older }));

/** Annex A.2 backwards: length and CRC of the plain segment stay, whole blocks between CP=&& and && are encrypted. */
function encrypt(frame: Uint8Array, hex: string, form: 'raw' | 'printed'): Uint8Array {
  const text = Buffer.from(frame).toString('latin1');
  const [start, close] = [text.indexOf('CP=&&') + 5, text.lastIndexOf('&&')];
  const whole = start + Math.floor((close - start) / 16) * 16;
  const blocks = createCipheriv('sm4-ecb', Buffer.from(hex, 'hex'), null).setAutoPadding(false).update(frame.subarray(start, whole));
  const shown =
    form === 'raw' ? blocks : bytesOf(`{${[...blocks].map((byte) => `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(',')}}`);
  return Uint8Array.from([...frame.subarray(0, start), ...shown, ...frame.subarray(whole)]);
}
const plainOf = (cp: string, cn = '2051', flag = 9) => encodeHj212({ qn: '20261124080000000', st: '31', cn, pw: '123456', mn, flag, cp });
const sample = plainOf('DataTime=20261124075900;a01011-Avg=1.35,a01011-Flag=N;a01012-Avg=9.3,a01012-Flag=N');
const forms = ['raw', 'printed'] as const;

describe('the cipher', () => {
  test.each([
    ['0123456789abcdeffedcba9876543210', '0123456789abcdeffedcba9876543210', '681edf34d206965e86b3e94f536e4246'],
    ['0123456789abcdeffedcba9876543210', '00'.repeat(32), '2677f46b09c122cc975533105bd4a22a'.repeat(2)],
  ])('GB/T 32907 SM4: key %s', (hex, plain, cipher) =>
    expect(Buffer.from(sm4Decipher(Buffer.from(hex, 'hex'))(Buffer.from(cipher, 'hex'))).toString('hex')).toBe(plain),
  );
});

describe('Annex A.2: an encrypted frame', () => {
  test.each(forms)('decodes and is answered as its plain text is, %s', (form) => {
    const plain = hj212.decode([], raw(sample));
    expect(plain.readings.length).toBe(2);
    for (const hex of [key, older]) expect(keyed.decode([], raw(encrypt(sample, hex, form)))).toEqual(plain);
  });
  test.each(forms)('%s: any content, however the stream is chopped', (form) => {
    const item = fc
      .tuple(fc.stringMatching(/^a\d{5}$/), fc.integer({ min: 0, max: 999_999 }))
      .map(([code, value]) => `${code}-Avg=${value / 100}`);
    fc.assert(
      fc.property(fc.array(item, { minLength: 2, maxLength: 12 }), fc.integer({ min: 1, max: 200 }), (items, step) => {
        const plain = plainOf(`DataTime=20261124075900;${items.join(';')}`);
        const wire = encrypt(plain, key, form);
        let memory: Uint8Array = new Uint8Array(0);
        const frames: Uint8Array[] = [];
        for (const stream = Uint8Array.from([...wire, ...sample]), at = { byte: 0 }; at.byte < stream.length; at.byte += step) {
          const cut = cutHj212(memory, stream.subarray(at.byte, at.byte + step));
          memory = cut.memory;
          frames.push(...cut.frames.map((frame) => frame.slice()));
        }
        expect(frames.length).toBe(2);
        expect(keyed.decode([], raw(frames[0]!))).toEqual(hj212.decode([], raw(plain)));
      }),
    );
  });
  it('whose ciphertext has the checksum of the plain text by chance is deciphered all the same', () => {
    let chances = 0;
    for (let n = 0; n < 2000; n++) {
      const plain = plainOf(`DataTime=20261124075900;a01011-Avg=${n},a01011-Flag=N`);
      const wire = encrypt(plain, key, 'raw');
      if (hj212.inspect(raw(wire)).checksum?.ok) chances++;
      expect(keyed.decode([], raw(wire)).readings.map(({ result }) => result)).toEqual([n]);
    }
    expect(chances).toBeGreaterThan(0);
  });
  it('a wrong key never fits by chance, though the checksum alone tells only 256 values apart', () => {
    for (let n = 0; n < 2000; n++) {
      const wire = encrypt(plainOf(`DataTime=20261124075900;a01011-Avg=${n},a01011-Flag=N`), 'ffffffffffffffffffffffffffffffff', 'raw');
      const { problem, readings } = keyed.decode([], raw(wire));
      expect([n, problem?.code, readings]).toEqual([n, 'malformed-frame', []]);
    }
  });
  it('GBK text with a right checksum is no ciphertext, with a key or without', () => {
    const text = Buffer.concat([
      Buffer.from(`QN=20261124080000000;ST=31;CN=3020;PW=123456;MN=${mn};Flag=9;CP=&&i13013-Info=//`),
      Buffer.from('c7e5cfb4b9dcc2b7c7e5cfb4b9dcc2b7c7e5cfb4b9dcc2b7', 'hex'),
      Buffer.from('//&&'),
    ]);
    const frame = Buffer.concat([
      Buffer.from(`##${String(text.length).padStart(4, '0')}`),
      text,
      Buffer.from(crcHj212(text).toString(16).padStart(4, '0')),
    ]);
    for (const protocol of [hj212, keyed]) expect(protocol.decode([], raw(new Uint8Array(frame))).problem).toBeNull();
  });
  it('shorter than a block stays plain', () => {
    const frame = plainOf('PolId=a21026', '3020');
    expect(encrypt(frame, key, 'raw')).toEqual(frame);
    expect(keyed.decode([], raw(frame)).problem).toBeNull();
  });
  test.each([
    ['the key of nobody', 'ffffffffffffffffffffffffffffffff', keyed, 'malformed-frame', 9],
    ['no key', key, hj212, 'unsupported', 2],
  ] as const)('%s: refused, answered 9011, kept', (_, hex, protocol, code, qnRtn) => {
    for (const form of forms) {
      const { problem, answer, readings, device } = protocol.decode([], raw(encrypt(sample, hex, form)));
      expect([problem?.code, readings, device]).toEqual([code, [], mn]);
      expect(Buffer.from(answer!).toString()).toContain(`CN=9011;PW=123456;MN=${mn};Flag=8;CP=&&QnRtn=${qnRtn}&&`);
    }
  });
  test.each(forms)('inspected: the plain fields, each in bytes of the frame, %s', (form) => {
    const wire = encrypt(sample, key, form);
    const [plain, shown] = [hj212.inspect(raw(sample)), keyed.inspect(raw(wire))];
    expect(shown.fields.map(({ name, value }) => [name, value])).toEqual(plain.fields.map(({ name, value }) => [name, value]));
    expect(shown.checksum).toEqual(plain.checksum);
    if (form === 'raw') expect(shown.fields.map(({ range }) => range)).toEqual(plain.fields.map(({ range }) => range));
    for (const { range } of shown.fields) expect(range[0] < range[1] && range[1] <= wire.length).toBe(true);
    expect(hj212.inspect(raw(wire)).checksum?.ok).toBe(false);
  });
  test.each(forms)('%s: bytes changed never throw, and never give readings that the checksum does not carry', (form) => {
    const wire = encrypt(sample, key, form);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(wire.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = wire.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        const decoded = keyed.decode([], raw(bytes));
        keyed.inspect(raw(bytes));
        if (decoded.problem) expect(decoded.readings).toEqual([]);
      }),
    );
  });
  it('CN 1014, the key exchange: kept and rejected, its content was not read', () => {
    const { problem, answer } = keyed.decode([], raw(encrypt(plainOf('SKCreateTime=20261124080000;X=0123456789', '1014'), key, 'raw')));
    expect([problem?.code, Buffer.from(answer!).toString().includes('QnRtn=2')]).toEqual(['unsupported', true]);
  });
});

describe('the key file', () => {
  test.each([
    ['no object', []],
    ['a short key', { [mn]: '30' }],
    ['no key', { [mn]: [] }],
    ['nine keys', { [mn]: Array.from({ length: 9 }, () => key) }],
    ['a number', { [mn]: 7 }],
  ])('%s is refused, and no key is printed', (_, table) => {
    expect(() => keyringOf(table)).toThrow(Problem);
    try {
      keyringOf(table);
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain(key);
    }
  });
  it('is read from a file; what is not there or no JSON says so', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hj212-keys-'));
    try {
      writeFileSync(join(folder, 'good.json'), JSON.stringify({ [mn]: key }));
      writeFileSync(join(folder, 'bad.json'), '{');
      expect([readKeyring(join(folder, 'good.json'))(mn).length, readKeyring(join(folder, 'good.json'))('constructor').length]).toEqual([
        1, 0,
      ]);
      expect(() => readKeyring(join(folder, 'bad.json'))).toThrow(/no JSON/);
      expect(() => readKeyring(join(folder, 'none.json'))).toThrow(/ENOENT/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
