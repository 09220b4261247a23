// The SM4 keys of HJ 212-2025 devices from a JSON file: {"<MN>": "<32 hex digits>" or ["<newest>", "<older>", …]}.
//
// SM4 is that of node:crypto (OpenSSL 3), which is maintained and several times as fast as one in JavaScript; the decoder gets it as an argument.
import { createDecipheriv, getCiphers } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Problem } from '../../../contracts/problem.ts';
import type { Decipher, Keyring } from './encryption.ts';

const keysOfDeviceMost = 8;
const devicesMost = 100_000;

/** HJ 212-2025 Annex A.2: SM4-ECB without padding, a key of 16 bytes. */
export function sm4Decipher(key: Uint8Array): Decipher {
  return (blocks) => {
    const cipher = createDecipheriv('sm4-ecb', key, null).setAutoPadding(false);
    return new Uint8Array(cipher.update(blocks));
  };
}

const bad = (given: string, allowed: string): Problem => new Problem('bad-configuration', { name: 'HJ212_KEYS', given, allowed });
const isKey = (value: unknown): value is string => typeof value === 'string' && /^[0-9A-Fa-f]{32}$/.test(value);

/** The keyring of a parsed key file; keys are never named in what is thrown. @throws Problem bad-configuration */
export function keyringOf(table: unknown): Keyring {
  const form = '{"<MN>": "<32 hex digits>" | ["<newest>", …]}';
  if (typeof table !== 'object' || table === null || Array.isArray(table)) throw bad('no JSON object', form);
  const entries = Object.entries(table);
  if (entries.length > devicesMost) throw bad(`${entries.length} devices`, `${devicesMost} or fewer`);
  const rings = new Map<string, readonly Decipher[]>();
  for (const [mn, value] of entries) {
    const keys: unknown[] = Array.isArray(value) ? value : [value];
    if (keys.length === 0 || keys.length > keysOfDeviceMost || !keys.every(isKey)) throw bad(`the entry of ${mn}`, form);
    rings.set(
      mn,
      keys.map((key) => sm4Decipher(Buffer.from(key, 'hex'))),
    );
  }
  const none: readonly Decipher[] = [];
  return (mn) => rings.get(mn) ?? none;
}

/** @throws Problem bad-configuration when the file cannot be read or is no key file, or when this Node has no SM4 */
export function readKeyring(path: string): Keyring {
  if (!getCiphers().includes('sm4-ecb')) throw bad('a Node without SM4', 'Node.js built with OpenSSL 3 and SM4');
  let table: unknown;
  try {
    table = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw bad(
      path,
      `a readable JSON file (${error instanceof SyntaxError ? 'no JSON' : ((error as NodeJS.ErrnoException).code ?? 'unreadable')})`,
    );
  }
  return keyringOf(table);
}
