// The catalogue as OGC API Records: every layer one record, what a viewer may know of, each parameter of a search, pages, and 25,000 layers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineLayer, type Layer } from '../../contracts/layer.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { serveOneMap, stewards, type TestDoor, viewers } from '../../tests/one-map.http.ts';
import { createLayerTable, type LayerDraft, publishTable } from '../features/layers.pg.ts';

const AT = '/ogc/collections/catalogue';
interface RecordBody {
  readonly id: string;
  readonly type: string;
  readonly time: { readonly interval: readonly string[] };
  readonly geometry: { readonly coordinates: readonly (readonly number[][])[] } | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly rel: string; readonly href: string; readonly type?: string }[];
  readonly linkTemplates: readonly { readonly uriTemplate: string }[];
}
interface Records {
  readonly numberMatched: number;
  readonly numberReturned: number;
  readonly features: readonly RecordBody[];
  readonly links: RecordBody['links'];
}

const places: Layer = defineLayer({
  ...{ id: 'places', theme: 'places', title: { zh: '地名', en: 'Places' }, geometry: 'point', table: 'place', attributes: ['name'] },
  ...{ minZoom: 0, maxZoom: 22, adcodeColumn: null, sharing: 'unconditional', department: 'data', source: '天然地球' },
});
const draft: Omit<LayerDraft, 'id' | 'title' | 'department'> = {
  ...{ theme: 'water', geometry: 'point', attributes: [{ name: 'name', type: 'text' }], source: '辽宁省水利厅' },
  ...{ provenance: 'reported', sharing: 'unconditional', state: 'published' },
};
/** Where each lies (longitude, latitude); none: empty. */
const brought: readonly { readonly draft: LayerDraft; readonly at: readonly (readonly [number, number])[] }[] = [
  {
    draft: {
      ...{ ...draft, id: 'sluices', title: { zh: '水闸', en: 'Sluices' }, department: 'water' },
      metadata: {
        ...{ abstract: '辽河沿线闸坝', provider: '省水利厅', resourceCode: '307001001/000001', classification: '水利设施' },
        ...{ keywords: ['闸门', '防汛'], updateCycle: 'monthly', contact: '王工 024-1234', publicationDate: '2025-03-01' },
      },
    },
    at: [
      [121.5, 41],
      [123.5, 42],
    ],
  },
  {
    draft: {
      ...{ ...draft, id: 'intakes', title: { zh: '取水口', en: 'Water intakes' }, sharing: 'conditional', department: 'water' },
      metadata: {
        abstract: '取水许可登记的取水口',
        sharingConditions: '省级部门申请',
        updateCycle: 'yearly',
        publicationDate: '2026-05-01',
      },
    },
    at: [[124, 40.5]],
  },
  {
    draft: { ...draft, id: 'hidden-wells', title: { zh: '保密水井', en: 'Wells' }, sharing: 'none', department: 'water' },
    at: [[122, 41]],
  },
  { draft: { ...draft, id: 'sketch', title: { zh: '草稿水系', en: 'Sketch' }, state: 'draft', department: 'water' }, at: [] },
];

let test: TestDatabase;
let door: TestDoor;
const search = async (query: string, user = 'province'): Promise<Records> => (await door.as(user, `${AT}/items${query}`).expect(200)).body;
const ids = async (query: string, user?: string): Promise<string[]> => (await search(query, user)).features.map(({ id }) => id);
const record = async (id: string, user = 'province'): Promise<RecordBody> => (await door.as(user, `${AT}/items/${id}`).expect(200)).body;

beforeAll(async () => {
  test = await testDatabase();
  for (const { draft: one, at } of brought)
    await test.database.transaction(async (tx) => {
      const table = await createLayerTable(tx, one);
      for (const [lng, lat] of at)
        await tx.query(`INSERT INTO ${table} (geom) VALUES (ST_SetSRID(ST_MakePoint($1, $2), 4490))`, [lng, lat]);
      await publishTable(tx, one, table);
    });
  door = serveOneMap(test, new Map([[places.id, places]]), [...viewers, ...stewards, ['planner', '210000', '*', 'planner']]);
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});

describe('the catalogue', () => {
  it('is a collection of records, listed, linked from the landing page, and declared', async () => {
    const { body: own } = await door.as('province', AT).expect(200);
    expect([own.id, own.itemType, own.conformsTo.length]).toEqual(['catalogue', 'record', 2]);
    const { body: list } = await door.as('province', '/ogc/collections').expect(200);
    expect(list.collections.at(-1)).toMatchObject({ id: 'catalogue', itemType: 'record' });
    expect(list.collections.filter(({ itemType }: { itemType: string }) => itemType === 'record')).toHaveLength(1);
    const { body: home } = await door.as('province', '/ogc').expect(200);
    const link = home.links.find(({ rel }: { rel: string }) => rel === 'http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog');
    expect(new URL(link.href).pathname).toBe(`${AT}/items`);
    const { body: conformance } = await door.as('province', '/ogc/conformance').expect(200);
    for (const name of [
      'record-core',
      'records-api',
      'searchable-catalog',
      'sorting',
      'record-filter',
      'json',
      'html',
      'oas30',
      'autodiscovery',
    ])
      expect(conformance.conformsTo).toContain(`http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/${name}`);
  });
  it('has one record for each layer that the viewer may know of, with how to come by it', async () => {
    expect(await ids('')).toEqual(['places', 'hidden-wells', 'intakes', 'sluices']);
    expect((await search('')).features.map(({ properties }) => properties['access'])).toEqual(['open', 'open', 'open', 'open']);
    // Of another department: the conditional one is known, not read; the closed one is not there.
    const others = (await search('', 'dalian')).features;
    expect(others.map(({ id, properties }) => [id, properties['access']]).sort()).toEqual([
      ['intakes', 'apply'],
      ['places', 'open'],
      ['sluices', 'open'],
    ]);
    await door.as('dalian', `${AT}/items/hidden-wells`).expect(404);
    // What is not published is for its stewards.
    expect(await ids('?ids=sketch', 'steward')).toEqual(['sketch']);
    expect(await ids('?ids=sketch', 'province')).toEqual([]);
    const apply = await record('intakes', 'dalian');
    expect(apply.links.map(({ rel }) => rel)).not.toContain('items');
    expect(apply.links.find(({ rel }) => rel === 'related')?.href).toMatch(/\/portal\?layer=intakes$/);
    expect(apply.linkTemplates).toEqual([]);
    expect(apply.properties).toMatchObject({ sharingConditions: '省级部门申请', accessTitle: '须申请，批准后可用' });
  });
  it('a record says what GB/T 21063.3 wants to know, and where the data are', async () => {
    const one = await record('sluices');
    expect(one).toMatchObject({
      ...{ id: 'sluices', type: 'Feature', time: { interval: ['2025-03-01', '..'] } },
      properties: {
        ...{
          type: 'dataset',
          title: '水闸',
          description: '辽河沿线闸坝',
          keywords: ['闸门', '防汛'],
          license: 'other',
          rights: '辽宁省水利厅',
        },
        ...{ departmentTitle: '水利', updateCycleTitle: '每月', sharingTitle: '无条件共享', language: { code: 'zh' } },
        contacts: [{ organization: '省水利厅', name: '王工 024-1234', roles: ['owner', 'pointOfContact'] }],
        externalIds: [{ scheme: 'urn:liaozhi:resource-code', value: '307001001/000001' }],
      },
    });
    const [ring = []] = one.geometry?.coordinates ?? [];
    for (const [i, corner] of [
      [121.5, 41],
      [123.5, 41],
      [123.5, 42],
      [121.5, 42],
      [121.5, 41],
    ].entries())
      for (const axis of [0, 1]) expect(ring[i]?.[axis]).toBeCloseTo(corner[axis] as number, 4);
    expect(one.linkTemplates[0]?.uriTemplate).toMatch(/\/ogc\/collections\/sluices\/tiles\/\{tileMatrixSetId\}\/\{tileMatrix\}/);
    const rels = one.links.map(({ rel }) => rel);
    expect(rels).toEqual(expect.arrayContaining(['self', 'alternate', 'collection', 'describes', 'items', 'preview', 'service-meta']));
    expect(rels.filter((rel) => rel === 'collection')).toHaveLength(1);
    for (const { href } of one.links.filter(({ rel }) => rel !== 'related'))
      await door.as('province', new URL(href).pathname + new URL(href).search).expect(200);
  });
});
describe('a search', () => {
  it.each([
    ['?q=水闸', ['sluices']],
    ['?q=防汛', ['sluices']],
    ['?q=SLUICES', ['sluices']],
    ['?q=ｓｌｕｉｃｅｓ', ['sluices']],
    ['?q=地名,防汛', ['places', 'sluices']],
    // Words of one term stand in that order, in one text.
    ['?q=辽河 闸坝', []],
    ['?q=辽河 沿线 闸坝', ['sluices']],
    ['?q=闸坝 辽河', []],
    ['?q=没有这个词', []],
    // Nothing of a pattern is one.
    ['?q=.*', []],
    ['?q=(', []],
    ['?q=', 4],
    ['?type=dataset', 4],
    ['?type=service', []],
    ['?ids=places,intakes,nothing', ['places', 'intakes']],
    ['?externalIds=307001001/000001', ['sluices']],
    ['?externalIds=urn:liaozhi:resource-code:307001001/000001', ['sluices']],
    ['?externalIds=urn:liaozhi:resource-code', ['sluices']],
    ['?externalIds=other:307001001/000001', []],
    ['?bbox=121,40.9,122.2,41.2', ['hidden-wells', 'sluices']],
    ['?bbox=10,10,11,11', []],
    ['?bbox=', 4],
    // Kept from its publication on.
    ['?datetime=2024-01-01/2026-01-01&ids=sluices,intakes', ['sluices']],
    ['?datetime=2024-01-01&ids=sluices,intakes', []],
    ['?datetime=2027-01-01/..&ids=sluices,intakes', ['intakes', 'sluices']],
    ["?filter=sharing = 'conditional'", ['intakes']],
    ["?filter=keywords LIKE '%防汛%' AND department = 'water'", ['sluices']],
    ['?filter=S_INTERSECTS(geometry,BBOX(121,40.9,122.2,41.2))', ['hidden-wells', 'sluices']],
    ['?filter=updateCycle IS NULL', ['places', 'hidden-wells']],
    ["?filter=updated > TIMESTAMP('2000-01-01T00:00:00Z')", ['hidden-wells', 'intakes', 'sluices']],
    ["?q=水&filter=theme='water'&bbox=123.9,40,125,41", ['intakes']],
  ] as const)('%s', async (query, expected) => {
    const found = await search(encodeURI(query));
    if (typeof expected === 'number') expect(found.numberMatched).toBe(expected);
    else expect([found.features.map(({ id }) => id).sort(), found.numberMatched]).toEqual([[...expected].sort(), expected.length]);
  });
  it.each([
    ['?q=a&q=b', 'q'],
    ['?bbox=1,2,3', 'bbox'],
    ['?bbox=1,2,3,100', 'bbox'],
    ['?datetime=yesterday', 'datetime'],
    ['?limit=0', 'limit'],
    ['?offset=-1', 'offset'],
    ['?sortby=colour', 'sortby'],
    ['?colour=red', 'colour'],
    ['?f=csv', 'f'],
    ['?filter=colour=1', 'filter'],
    ['?filter=title', 'filter'],
    ['?filter-lang=sql', 'filter-lang'],
    ['?bbox=1,2,3,4&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/3857', 'bbox-crs'],
  ])('%s is refused with its reason', async (query, name) => {
    const { body } = await door.as('province', `${AT}/items${query}`).expect(400);
    expect(body).toMatchObject({ code: 'bad-parameter', details: { name } });
  });
  it('sorts by title as Chinese does, by time, and back', async () => {
    expect(await ids('?sortby=title')).toEqual(['hidden-wells', 'places', 'intakes', 'sluices']);
    expect(await ids('?sortby=-title')).toEqual(['sluices', 'intakes', 'places', 'hidden-wells']);
    expect(await ids('?sortby=%2Bid')).toEqual(['hidden-wells', 'intakes', 'places', 'sluices']);
    await test.database.query("UPDATE layer SET updated = '2030-01-01Z' WHERE id = 'intakes'");
    await new Promise((go) => setTimeout(go, 120));
    expect((await ids('?sortby=-updated'))[0]).toBe('intakes');
    // Without a date: last, either way.
    expect([(await ids('?sortby=updated')).at(-1), (await ids('?sortby=-updated')).at(-1)]).toEqual(['places', 'places']);
  });
  it('pages are led through by links, each record once, in the query that was asked', async () => {
    const seen: string[] = [];
    let query = '?limit=1&sortby=-id';
    while (query && seen.length < 9) {
      const page = await search(query);
      expect([page.numberMatched, page.numberReturned]).toEqual([4, 1]);
      seen.push(...page.features.map(({ id }) => id));
      query = new URL(page.links.find(({ rel }) => rel === 'next')?.href ?? 'http://none').search;
    }
    expect(seen).toEqual(['sluices', 'places', 'intakes', 'hidden-wells']);
  });
  it('a layer that grew is found where it is now, at once', async () => {
    expect(await ids('?bbox=119,39,119.5,39.5')).toEqual([]);
    const [row] = await test.database.query<{ table_name: string }>("SELECT table_name FROM layer WHERE id = 'intakes'");
    await test.database.query(`INSERT INTO ${row?.table_name} (geom) VALUES (ST_SetSRID(ST_MakePoint(119.2, 39.2), 4490))`);
    await new Promise((go) => setTimeout(go, 120));
    expect(await ids('?bbox=119,39,119.5,39.5')).toEqual(['intakes']);
  });
  it('whoever is not shown all of a layer is not told where it lies', async () => {
    await test.database.query(
      "INSERT INTO layer_grant (layer, role, view, fence, created_by, reason) VALUES ('sluices', 'planner', 'full', ST_Multi(ST_GeomFromText('POLYGON((121 40.5, 122 40.5, 122 41.5, 121 41.5, 121 40.5))', 4490)), 'x', 'x')",
    );
    await new Promise((go) => setTimeout(go, 120));
    const ring = (await record('sluices', 'planner')).geometry?.coordinates[0];
    expect(ring?.[0]).toEqual([118.5, 38]);
    expect((await record('sluices')).geometry?.coordinates[0]?.[0]?.[0]).toBeCloseTo(121.5, 4);
    await test.database.query("DELETE FROM layer_grant WHERE layer = 'sluices'");
  });
  it('the same again is not sent again', async () => {
    const { headers } = await door.as('province', `${AT}/items`).expect(200);
    await door.as('province', `${AT}/items`).set('If-None-Match', String(headers['etag'])).expect(304);
  });
});

describe('around it', () => {
  it('queryables and sortables say what is taken', async () => {
    for (const [name, key] of [
      ['queryables', 'updateCycle'],
      ['sortables', 'updated'],
    ]) {
      const { body, headers } = await door.as('province', `${AT}/${name}`).expect(200);
      expect([headers['content-type'], (key as string) in body.properties, body.additionalProperties]).toEqual([
        expect.stringContaining('application/schema+json'),
        true,
        false,
      ]);
    }
  });
  it('people have a form, cards and a page for each record', async () => {
    const list = (await door.as('dalian', `${AT}/items?f=html&q=${encodeURIComponent('水')}`).expect(200)).text;
    expect(list).toContain('共 2 个图层');
    for (const words of ['水闸', '须申请', '/portal?layer=intakes', 'value="水"', '<form class="search"']) expect(list).toContain(words);
    expect(list).not.toContain('保密水井');
    const one = (await door.as('province', `${AT}/items/sluices`).set('Accept', 'text/html').expect(200)).text;
    for (const words of ['辽河沿线闸坝', '每月', '王工', '307001001/000001']) expect(one).toContain(words);
    const nothing = (await door.as('province', `${AT}/items?f=html&q=${encodeURIComponent('<b>"')}`).expect(200)).text;
    expect(nothing).toContain('没有符合条件的图层');
    expect(nothing).not.toContain('<b>"');
    expect((await door.as('province', `${AT}?f=html`).expect(200)).text).toContain('<form class="search"');
  });
  it('it is read only, and the API definition has it', async () => {
    const { headers } = await door.send('steward', 'post', `${AT}/items`).send({}).expect(405);
    expect(headers['allow']).toBe('GET, HEAD');
    await door.as('province', `${AT}/tiles`).expect(404);
    const { body } = await door.as('province', '/ogc/api').expect(200);
    const operation = body.paths['/collections/catalogue/items'].get;
    expect(operation.parameters.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['q', 'type', 'ids', 'externalIds', 'bbox', 'datetime', 'limit', 'sortby', 'filter']),
    );
    expect(operation.responses['200'].content['application/geo+json'].schema.$ref).toBe('#/components/schemas/Records');
  });
});

it('25,000 layers: a word is found among all of them, with what it costs told', async () => {
  const own = await testDatabase();
  await own.database.query(
    `INSERT INTO layer (id, theme, title_zh, title_en, geometry, table_name, attributes, sharing, department, source, provenance, state, metadata)
     SELECT 'layer-' || i, 'water', '图层 ' || i, 'Layer ' || i, 'point', 'gone_' || i, '[]', 'unconditional', 'water', '测试', 'reported', 'published',
       jsonb_build_object('abstract', '第 ' || i || ' 个图层的摘要', 'keywords', jsonb_build_array('关键字' || i % 100)) FROM generate_series(1, 25000) AS i`,
  );
  const map = serveOneMap(own, new Map());
  try {
    const ask = async (query: string): Promise<Records> => (await map.as('province', `${AT}/items${encodeURI(query)}`).expect(200)).body;
    expect((await ask('?limit=1')).numberMatched).toBe(25_000);
    for (const [query, matched] of [
      ['?q=图层 24999', 1],
      ['?q=关键字7&limit=100', 2750],
      ['?sortby=-title&limit=10', 25_000],
      ["?filter=keywords = '关键字7'", 250],
      ['?bbox=120,40,121,41', 0],
      ['?limit=1000', 25_000],
    ] as const) {
      expect((await ask(query)).numberMatched).toBe(matched);
    }
  } finally {
    map.close();
    await own.drop();
  }
}, 120_000);
