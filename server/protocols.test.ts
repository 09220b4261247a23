// The protocols of the house: with a key file HJ 212 deciphers, everything else stays what it is.
import { createCipheriv } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeHj212 } from '../iot-gateway/protocols/hj212.ts';
import { protocols } from '../iot-gateway/protocols/index.ts';
import { openProtocols } from './protocols.file.ts';

it('HJ212_KEYS: the file of keys reaches the decoder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'house-keys-'));
  try {
    const path = join(folder, 'keys.json');
    const key = '00112233445566778899aabbccddeeff';
    writeFileSync(path, JSON.stringify({ A1: [key] }));
    expect(openProtocols({ hj212Keys: null })).toBe(protocols);
    const opened = openProtocols({ hj212Keys: path });
    expect(opened.map(({ id }) => id)).toEqual(protocols.map(({ id }) => id));
    expect(opened.filter((protocol, index) => protocol !== protocols[index]).map(({ id }) => id)).toEqual(['hj212']);

    const cp = 'DataTime=20261124080000;a21026-Rtd=9'.padEnd(48, ';');
    const bytes = encodeHj212({ qn: '20261124080000000', st: '31', cn: '2011', mn: 'A1', flag: 8, cp });
    const at = Buffer.from(bytes).indexOf('CP=&&') + 5;
    bytes.set(
      createCipheriv('sm4-ecb', Buffer.from(key, 'hex'), null)
        .setAutoPadding(false)
        .update(bytes.subarray(at, at + 48)),
      at,
    );
    const frame = { protocol: 'hj212', address: '', received: Date.UTC(2026, 10, 24, 0, 1), bytes };
    const [plain, keyed] = [protocols, opened].map((list) => list.find(({ id }) => id === 'hj212')!);
    expect(plain!.decode(plain!.initial, frame).problem?.code).toBe('unsupported');
    expect(keyed!.decode(keyed!.initial, frame).readings.map(({ property, result }) => [property, result])).toEqual([['a21026', 9]]);
    expect(() => openProtocols({ hj212Keys: join(folder, 'none.json') })).toThrow(/HJ212_KEYS/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
