// Who sees what through SensorThings: every path, expansion, filter and count of a viewer against an oracle over what is whose.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from '../../contracts/access.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { hour, morning, openTestHouse, type TestHouse } from '../routes/test-house.http.ts';
import { attributeNames, type EntitySet, entitySets, model, navigationNames } from './model.ts';

type Json = Record<string, unknown> & { '@iot.id': number | string };
let t: TestHouse;
/** Marks stand in every name: S Shenyang, D Dalian, R Dalian and restricted to ecology. */
const marks = ['S', 'D', 'R'] as const;
type Mark = (typeof marks)[number];
const viewers: readonly (readonly [string, Scope, readonly Mark[]])[] = [
  ['Dalian, ecology', { adcode: '210200', departments: ['ecology'] }, ['D', 'R']],
  ['Dalian, planning', { adcode: '210200', departments: ['planning'] }, ['D']],
  ['Shenyang', { adcode: '210100', departments: '*' }, ['S']],
  ['the province, planning', { adcode: '210000', departments: ['planning'] }, ['S', 'D']],
  ['Anshan', { adcode: '210300', departments: '*' }, []],
];
const tokens = new Map<string, string>();
let all: string;
const stewards: Partial<Record<Mark, string>> = {};
const made: Record<Mark, Record<EntitySet, number | string>> = {} as never;

const post = async (token: string, path: string, body: unknown): Promise<Json> =>
  (await t.post(`/sta/v1.1${path}`, token, body).expect(201)).body;
const ref = (entity: Json) => ({ '@iot.id': entity['@iot.id'] });
const geojson = 'application/geo+json';

async function plant(mark: Mark, adcode: string, lng: number, lat: number, extra: object): Promise<void> {
  const token = stewards[mark] as string;
  const point = { type: 'Point', coordinates: [lng, lat] };
  const name = `名${mark}`;
  const words = { name, description: name };
  const thing = await post(token, '/Things', {
    ...words,
    properties: { adcode, note: name, ...extra },
    Locations: [{ ...words, encodingType: geojson, location: point }],
  });
  await post(token, `/Things(${thing['@iot.id']})/Locations`, {
    ...words,
    encodingType: geojson,
    location: { type: 'Point', coordinates: [lng + 0.01, lat] },
  });
  const sensor = await post(token, '/Sensors', { ...words, encodingType: 'text/plain', metadata: name });
  const property = await post(token, '/ObservedProperties', { ...words, definition: `https://example.invalid/${mark}` });
  const feature = await post(token, '/FeaturesOfInterest', { ...words, encodingType: geojson, feature: point });
  const datastream = await post(token, '/Datastreams', {
    ...words,
    Thing: ref(thing),
    Sensor: ref(sensor),
    ObservedProperty: ref(property),
  });
  for (let i = 0; i < 3; i++) {
    const links = i === 0 ? { FeatureOfInterest: ref(feature) } : i === 1 ? { FeatureOfInterest: { feature: point } } : {};
    await t
      .post(`/sta/v1.1/Datastreams(${datastream['@iot.id']})/Observations`, token, {
        result: i,
        phenomenonTime: new Date(morning - i * hour).toISOString(),
        parameters: { note: name },
        ...links,
      })
      .expect(201);
  }
  // Not linked to anything: its maker's, and of those who see his area.
  await post(token, '/Sensors', { ...words, encodingType: 'text/plain', metadata: name });
  await t.written();
  const [observation] = (await t.get(`/sta/v1.1/Datastreams(${datastream['@iot.id']})/Observations?$top=1`, token).expect(200)).body.value;
  const [place] = (await t.get(`/sta/v1.1/Things(${thing['@iot.id']})/Locations`, token).expect(200)).body.value;
  const [story] = (await t.get(`/sta/v1.1/Things(${thing['@iot.id']})/HistoricalLocations`, token).expect(200)).body.value;
  made[mark] = {
    ...{ Things: thing['@iot.id'], Locations: place['@iot.id'], HistoricalLocations: story['@iot.id'], Datastreams: datastream['@iot.id'] },
    ...{
      Sensors: sensor['@iot.id'],
      ObservedProperties: property['@iot.id'],
      Observations: observation['@iot.id'],
      FeaturesOfInterest: feature['@iot.id'],
    },
  };
}

beforeAll(async () => {
  t = await openTestHouse(await testDatabase());
  all = await t.token('admin', { adcode: '210000', departments: '*' });
  stewards.S = await t.token('steward', { adcode: '210100', departments: '*' });
  stewards.D = await t.token('steward', { adcode: '210200', departments: ['planning'] });
  stewards.R = await t.token('steward', { adcode: '210200', departments: '*' });
  await plant('S', '210102', 123.4, 41.8, {});
  await plant('D', '210211', 121.5, 38.95, {});
  await plant('R', '210211', 121.52, 38.96, { stream: 'ecology/pollution-source' });
  for (const [name, scope] of viewers) tokens.set(name, await t.token('leader', scope));
});
afterAll(() => t?.close());

const key = (id: number | string): string => (typeof id === 'number' ? String(id) : `'${id}'`);
/** Foreign marks in what a viewer was told. An unlinked Sensor of R was made by somebody of Dalian, and is told to Dalian. */
function foreign(text: string, mine: readonly Mark[]): string[] {
  return marks.filter((mark) => !mine.includes(mark) && text.includes(`名${mark}`));
}

describe.each(viewers)('%s', (name, _scope, mine) => {
  const ask = (path: string) => t.get(`/sta/v1.1${encodeURI(path)}`, tokens.get(name));
  test.each(entitySets.filter((set) => set !== 'Sensors'))(
    '%s: the list, its count and every other count are those of what is his',
    async (set) => {
      const told = (await ask(`/${set}?$count=true`).expect(200)).body;
      const whole: Json[] = (await t.get(`/sta/v1.1/${set}?$count=true`, all).expect(200)).body.value;
      const tag = async (entity: Json): Promise<Mark | undefined> => {
        const path = set === 'HistoricalLocations' ? `/HistoricalLocations(${entity['@iot.id']})/Thing` : null;
        const text = path ? (await t.get(`/sta/v1.1${path}`, all).expect(200)).text : JSON.stringify(entity);
        return marks.find((mark) => text.includes(`名${mark}`));
      };
      const own: unknown[] = [];
      for (const entity of whole) if (mine.includes((await tag(entity)) as Mark)) own.push(entity['@iot.id']);
      expect(told.value.map((entity: Json) => entity['@iot.id']).sort()).toEqual([...own].sort());
      expect(told['@iot.count']).toBe(own.length);
      if (whole.length > 0) expect(whole.length).toBeGreaterThanOrEqual(3);
    },
  );
  test('what is another’s is not there, by its id, to read, to change or to take away', async () => {
    for (const mark of marks) {
      for (const set of entitySets) {
        const path = `/${set}(${key(made[mark][set])})`;
        const status = (await ask(path)).status;
        expect([mark, set, status]).toEqual([mark, set, mine.includes(mark) ? 200 : 404]);
        if (mine.includes(mark)) continue;
        for (const below of navigationNames(set)) await ask(`${path}/${below}`).expect(404);
      }
    }
  });
  test('any path with any expansion and filter tells nothing of what is another’s', async () => {
    const set = fc.constantFrom(...entitySets);
    const walk = fc.tuple(set, fc.array(fc.nat(5), { maxLength: 3 })).map(([first, turns]) => {
      const steps: string[] = [];
      let at: EntitySet = first;
      for (const turn of turns) {
        const names = navigationNames(at);
        const step = names[turn % names.length] as string;
        steps.push(step);
        at = model[at].navigation[step]!.to;
      }
      return { first, steps, last: at };
    });
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(walk, fc.constantFrom(...marks), fc.nat(20), fc.boolean(), async ({ first, steps, last }, mark, turn, byPath) => {
        const attribute = attributeNames(last)[turn % attributeNames(last).length] as string;
        const filter = steps.length > 0 ? `$filter=${steps.join('/')}/${attribute} ne null or id ne null` : '$filter=id ne null';
        const path =
          byPath && mine.length > 0 && steps.length > 0
            ? `/${first}(${key(made[mine[turn % mine.length] as Mark][first])})/${steps[0]}`
            : `/${first}?$count=true&${steps.length > 0 ? `$expand=${steps.join('/')}` : '$top=50'}&${filter}`;
        const answer = await ask(path);
        expect([200, 404]).toContain(answer.status);
        if (answer.status === 200) answered++;
        if (first !== 'Sensors' && !steps.includes('Sensor')) expect(foreign(answer.text, mine), path).toEqual([]);
        // A filter that asks for another's name finds nothing, whatever it goes through.
        if (mine.includes(mark) || steps.length === 0 || !attributeNames(last).includes('name') || last === 'Sensors') return;
        const probe = (await ask(`/${first}?$count=true&$top=0&$filter=${steps.join('/')}/name eq '名${mark}'`).expect(200)).body;
        expect(probe['@iot.count'], `${first} by ${steps.join('/')}`).toBe(0);
      }),
      { numRuns: 60 },
    );
    expect(answered).toBeGreaterThan(0);
  });
});

test('what two cities share leads each to its own alone, and neither changes it for the other', async () => {
  const sensor = made.S.Sensors;
  const province = await t.token('steward', { adcode: '210000', departments: '*' });
  const shared = await post(province, '/Datastreams', {
    name: '名D 共用',
    description: '名D',
    Thing: { '@iot.id': made.D.Things },
    Sensor: { '@iot.id': sensor },
    ObservedProperty: { '@iot.id': 'a34004' },
  });
  const dalian = tokens.get('Dalian, planning') as string;
  const told = (await t.get(`/sta/v1.1/Sensors(${sensor})/Datastreams?$count=true`, dalian).expect(200)).body;
  expect([told['@iot.count'], told.value.map((one: Json) => one['@iot.id'])]).toEqual([1, [shared['@iot.id']]]);
  for (const token of [stewards.S, stewards.D] as string[]) {
    await t.call('patch', `/sta/v1.1/Sensors(${sensor})`, token, { name: 'x' }).expect(403);
    await t.call('delete', `/sta/v1.1/Sensors(${sensor})`, token).expect(403);
  }
});
test('a steward writes in his own area alone; who only reads writes nothing', async () => {
  const theirs = made.S;
  for (const set of entitySets) {
    const path = `/sta/v1.1/${set}(${key(theirs[set])})`;
    if (set !== 'Sensors')
      for (const method of ['patch', 'put', 'delete'] as const) await t.call(method, encodeURI(path), stewards.D as string, {}).expect(404);
    for (const method of ['patch', 'put', 'delete'] as const)
      await t.call(method, encodeURI(path), tokens.get('Shenyang') as string, {}).expect(403);
    for (const method of ['patch', 'put', 'delete'] as const) await t.call(method, encodeURI(path), 'no-such-token', {}).expect(401);
  }
  const link = { '@iot.id': theirs.Things };
  await t
    .post('/sta/v1.1/Locations', stewards.D as string, {
      name: 'x',
      description: 'x',
      encodingType: geojson,
      location: { type: 'Point', coordinates: [121.5, 38.9] },
      Things: [link],
    })
    .expect(404);
  await t
    .post(`/sta/v1.1/Things(${theirs.Things})/Datastreams`, stewards.D as string, { ObservedProperty: { '@iot.id': 'z' } })
    .expect(404);
  await t
    .post('/sta/v1.1/HistoricalLocations', stewards.D as string, {
      time: '2026-01-01T00:00:00Z',
      Thing: link,
      Locations: [{ '@iot.id': made.D.Locations }],
    })
    .expect(404);
  await t.post('/sta/v1.1/Observations', stewards.D as string, { result: 1, Datastream: { '@iot.id': theirs.Datastreams } }).expect(404);
  await t
    .post(`/sta/v1.1/Datastreams(${made.D.Datastreams})/Observations`, stewards.D as string, {
      result: 1,
      FeatureOfInterest: { '@iot.id': theirs.FeaturesOfInterest },
    })
    .expect(404);
  const answer = await t
    .post('/sta/v1.1/CreateObservations', stewards.D as string, [
      { Datastream: { '@iot.id': theirs.Datastreams }, components: ['result'], dataArray: [[1]] },
    ])
    .expect(201);
  expect(answer.body).toEqual(['error']);
});
test('a device that names another city’s feature shows nobody that feature', async () => {
  const topic = `v1.1/Datastreams(${made.D.Datastreams})/Observations`;
  await t.send('mqtt', topic, JSON.stringify({ result: 77, FeatureOfInterest: { '@iot.id': made.S.FeaturesOfInterest } }));
  await t.written();
  const dalian = tokens.get('Dalian, planning') as string;
  const answer = await t.get(encodeURI('/sta/v1.1/Observations?$filter=result eq 77&$expand=FeatureOfInterest'), dalian).expect(200);
  expect(answer.body.value.map((one: Json) => one['FeatureOfInterest'])).toEqual([null]);
  await t.get(`/sta/v1.1/FeaturesOfInterest(${made.S.FeaturesOfInterest})`, dalian).expect(404);
  const probe = (await t.get(encodeURI("/sta/v1.1/Observations?$filter=FeatureOfInterest/name eq '名S'&$count=true"), dalian).expect(200))
    .body;
  expect(probe['@iot.count']).toBe(0);
});
test('what a steward may not read he cannot link to, nor file a Thing under', async () => {
  const { D } = stewards as Record<Mark, string>;
  const theirs = { '@iot.id': made.S.ObservedProperties };
  const own = { '@iot.id': made.D.Things };
  const sensor = await post(stewards.S as string, '/Sensors', { name: '名S', description: '', encodingType: 'text/plain', metadata: 'x' });
  await t.post('/sta/v1.1/Datastreams', D, { Thing: own, ObservedProperty: theirs }).expect(404);
  await t.post('/sta/v1.1/Datastreams', D, { Thing: own, ObservedProperty: { '@iot.id': 'z' }, Sensor: ref(sensor) }).expect(404);
  const before = [...t.house.registry.things()].length;
  const thing = { name: 'x', properties: { adcode: '210211' } };
  await t.post('/sta/v1.1/Things', D, { ...thing, Datastreams: [{ ObservedProperty: theirs }] }).expect(404);
  await t.post('/sta/v1.1/Things', D, { ...thing, properties: { adcode: '210211', stream: 'ecology/pollution-source' } }).expect(403);
  await t.call('patch', `/sta/v1.1/Things(${made.D.Things})`, D, { properties: { stream: 'ecology/pollution-source' } }).expect(403);
  await t.call('patch', `/sta/v1.1/Things(${made.D.Things})`, D, { properties: { adcode: '210102' } }).expect(403);
  expect([...t.house.registry.things()].length).toBe(before);
});
