// Orders of items over HTTP on a real database: every page once and in order, what is refused, and the count to the end.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineLayer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { serveOneMap, type TestDoor } from '../../tests/one-map.http.ts';
import { layersById } from '../one-map/index.ts';
import { parseSorting } from './sorting.ts';

const many = 100_700;
const layer = defineLayer({
  ...{ id: 'sorted', theme: 'sample', title: { zh: '排序', en: 'Sorted' }, geometry: 'point', table: 'sorted' },
  ...{ attributes: ['name', 'size', 'adcode'], minZoom: 0, maxZoom: 22, adcodeColumn: 'adcode', sharing: 'unconditional' },
  ...{ department: 'data', source: '测试数据' },
} as const);

let test: TestDatabase;
let door: TestDoor;
beforeAll(async () => {
  test = await testDatabase();
  await test.database.query(`CREATE TABLE sorted (id bigint PRIMARY KEY, revision bigint NOT NULL DEFAULT nextval('feature_revision'),
    since timestamptz NOT NULL DEFAULT now(), name text, size double precision, secret text, adcode char(6),
    geom geometry(Point, 4490), geom_3857 geometry(Point, 3857))`);
  await test.database.query(`INSERT INTO sorted (id, name, size, secret, adcode) VALUES
    (1, '沈阳', 3, 'c', '210100'), (2, '鞍山', NULL, 'b', '210200'), (3, NULL, 1, 'a', '210100'), (4, '大连', 3, 'd', '210200'), (5, '本溪', 2, 'e', '210100')`);
  await test.database.query(`CREATE TABLE crowd AS SELECT * FROM sorted WHERE false`);
  await test.database.query(
    `INSERT INTO crowd (id, revision, since, name, size, adcode) SELECT n, n, now(), '点' || n, (n * 7919) % 1000, '210100' FROM generate_series(1, ${many}) AS n`,
  );
  door = serveOneMap(test, layersById({ sample: [layer, { ...layer, id: 'crowd', table: 'crowd' }] }));
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});
interface Body {
  features: { id: number }[];
  numberMatched?: number;
  links: { rel: string; href: string }[];
}
const ask = async (query: string, user = 'province', id = 'sorted'): Promise<Body> =>
  (await door.as(user, `/ogc/collections/${id}/items?${query}`).expect(200)).body as Body;
const ids = ({ features }: Body): number[] => features.map((feature) => feature.id);

describe('an order', () => {
  const cases: readonly (readonly [sortby: string, order: readonly number[]])[] = [
    // The plus sign of an address is a blank, and %2B a plus sign.
    ['+size', [3, 5, 1, 4, 2]],
    ['%2Bsize', [3, 5, 1, 4, 2]],
    ['size', [3, 5, 1, 4, 2]],
    ['-size', [1, 4, 5, 3, 2]],
    // By pronunciation: ān, běn, dà, shěn.
    ['name', [2, 5, 4, 1, 3]],
    ['-name', [1, 4, 5, 2, 3]],
    ['-size,name', [4, 1, 5, 3, 2]],
    ['adcode,-id', [5, 3, 1, 4, 2]],
    ['-id', [5, 4, 3, 2, 1]],
  ];
  it.each(cases)('%s', async (sortby, order) => {
    expect(ids(await ask(`sortby=${sortby}`))).toEqual(order);
    expect((await door.as('province', `/ogc/collections/sorted/items?f=csv&sortby=${sortby}`)).text.trim().split('\r\n').slice(1).map((line) => Number(line.split(',')[0]))).toEqual(order); // biome-ignore format: one column
  });
  it('goes on by the links, every row once, and back to the first page', async () => {
    const seen: number[] = [];
    let query = 'sortby=-size,name&limit=2';
    for (let page = 0; page < 5; page++) {
      const body = await ask(query);
      expect(body.numberMatched).toBe(5);
      seen.push(...ids(body));
      const next = body.links.find(({ rel }) => rel === 'next');
      expect(body.links.some(({ rel }) => rel === 'first')).toBe(page > 0);
      if (!next) break;
      query = new URL(next.href).search.slice(1);
    }
    expect(seen).toEqual([4, 1, 5, 3, 2]);
  });
  it("is of what the viewer's area holds, under a filter and at a moment too", async () => {
    expect(ids(await ask('sortby=-size', 'shenyang'))).toEqual([1, 5, 3]);
    expect(ids(await ask('sortby=-size&offset=1', 'shenyang'))).toEqual([5, 3]);
    expect(ids(await ask(`sortby=-size&filter=${encodeURIComponent('size > 1')}`))).toEqual([1, 4, 5]);
    expect(ids(await ask('sortby=name&datetime=2020-01-01T00:00:00Z'))).toEqual([]);
  });
  it('begins anywhere, and counts to the end when it is asked to', async () => {
    const usual = await ask('limit=1', 'province', 'crowd');
    expect(usual.numberMatched).toBeUndefined();
    const deep = await ask('limit=3&offset=100500&exact-count=true', 'province', 'crowd');
    expect([deep.numberMatched, ids(deep)]).toEqual([many, [100_501, 100_502, 100_503]]);
    const last = await ask(`limit=3&offset=${many - 1}&sortby=-size`, 'province', 'crowd');
    expect([last.features.length, last.links.some(({ rel }) => rel === 'next')]).toEqual([1, false]);
    expect(ids(await ask(`offset=${many}`, 'province', 'crowd'))).toEqual([]);
  });
  const refused = ['sortby=secret', 'sortby=geometry', 'sortby=geom', 'sortby=', 'sortby=name,', 'sortby=name,-name', 'sortby=id,name,size,adcode,revision', 'sortby=name;drop', 'sortby=name&sortby=id', 'offset=-1', 'offset=1.5', 'offset=1e3', 'offset=9999999999', 'sortby=name&after=3', 'offset=2&after=3', 'exact-count=yes', 'f=fgb&sortby=name', 'f=fgb&offset=1']; // biome-ignore format: one list
  it.each(refused)('refuses %s with its name', async (query) => {
    const { body } = await door.as('province', `/ogc/collections/sorted/items?${query}`).expect(400);
    expect(body.code).toBe('bad-parameter');
    expect(JSON.stringify(body)).toMatch(/sortby|offset|after|exact-count/);
  });
  it('of any text is an order of given columns or a refusal', () => {
    const part = fc.oneof(fc.constantFrom('name', 'size', 'id', '-name', '+size', ' id', 'secret', 'geom'), fc.string());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        try {
          const { keys, offset } = parseSorting(layer, { sortby: parts.join(',') });
          expect(offset).toBe(0);
          expect(keys.map(({ attribute, descending }) => (descending ? '-' : '') + attribute).join(',')).toBe(parts.join(',').replaceAll(/(^|,)[ +]/g, '$1')); // biome-ignore format: one rule
          for (const { attribute } of keys) expect(['id', ...layer.attributes]).toContain(attribute);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
    );
  });
});
