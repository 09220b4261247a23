// Rows taken off the wire: however the stream is cut, nothing is lost and the parser behind hears everything else; errors end as they always did.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { rowFilter } from './binary-rows.pg.ts';

const message = (type: string, body: Uint8Array): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};

describe('the filter', () => {
  it('parts rows from the rest, wherever the chunks end', () => {
    const one = fc.record({ type: fc.constantFrom('D', 'D', 'D', 'T', 'Z', 'E', '1'), body: fc.uint8Array({ maxLength: 40 }) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 23 }), { minLength: 1 }), (messages, sizes) => {
        const bytes = messages.map(({ type, body }) => message(type, body));
        const of = (rows: boolean): Buffer => Buffer.concat(bytes.filter((_, n) => (messages[n]?.type === 'D') === rows));
        const rest: Buffer[] = [];
        const { take, rows } = rowFilter((chunk) => rest.push(Buffer.from(chunk)));
        const all = Buffer.concat(bytes);
        for (let at = 0, n = 0; at < all.length; n++) {
          const size = sizes[n % sizes.length] as number;
          take(all.subarray(at, at + size));
          at += size;
        }
        expect(Buffer.concat(rest)).toEqual(of(false));
        expect(Buffer.from(rows().bytes)).toEqual(of(true));
        expect(rows().count).toBe(messages.filter(({ type }) => type === 'D').length);
      }),
    );
  });
});

describe('a real connection', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ max: 1 });
  });
  afterAll(() => test?.drop());

  it('gives types, nulls and values in binary form', async () => {
    const { bytes, count, types } = await test.database.binaryRows('SELECT $1::int8, NULL::text, 1.5::float8', ['258'], 'binary-small');
    expect([count, types]).toEqual([1, [20, 25, 701]]);
    const expected = Buffer.alloc(7 + 12 + 4 + 12);
    expected.write('D', 'latin1');
    expected.writeUInt32BE(expected.length - 1, 1);
    expected.writeUInt16BE(3, 5);
    expected.writeUInt32BE(8, 7);
    expected.writeBigInt64BE(258n, 11);
    expected.writeInt32BE(-1, 19);
    expected.writeUInt32BE(8, 23);
    expected.writeDoubleBE(1.5, 27);
    expect(Buffer.from(bytes)).toEqual(expected);
  });
  it('takes many rows, and many answers into the same memory', async () => {
    const space = { bytes: Buffer.alloc(0) };
    for (const count of [50_000, 3, 0]) {
      const rows = await test.database.binaryRows('SELECT n, n::text FROM generate_series(1, $1::int) AS n', [count], 'binary-many', space);
      expect([rows.count, rows.types]).toEqual([count, [23, 25]]);
      let sum = 0;
      const view = Buffer.from(rows.bytes);
      for (let at = 0; at < view.length; at += 1 + view.readUInt32BE(at + 1)) sum += view.readInt32BE(at + 11);
      expect(sum).toBe((count * (count + 1)) / 2);
    }
  });
  it('hears an error, before the rows and amid them, and the connection serves on', async () => {
    await expect(test.database.binaryRows('SELECT nothing', [], 'binary-bad')).rejects.toThrow('nothing');
    await expect(
      test.database.binaryRows('SELECT 1 / (1000 - n) FROM generate_series(1, $1::int) AS n', [2000], 'binary-late'),
    ).rejects.toThrow('division by zero');
    expect(await test.database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
