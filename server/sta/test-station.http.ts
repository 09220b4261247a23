// A house with a steward, and what he sends and is told: what the abstract test suite of SensorThings stands on.
import { hour, morning, openTestHouse, type TestDatabase, type TestHouse } from '../routes/test-house.http.ts';

export const req = 'http://www.opengis.net/spec/iot_sensing/1.1/req';
export type Json = Record<string, unknown> & { '@iot.id': number | string };
export type Station = Awaited<ReturnType<typeof openStation>>;

export async function openStation(db: TestDatabase) {
  const t: TestHouse = await openTestHouse(db);
  const steward = await t.token('steward', { adcode: '210000', departments: '*' });
  let serial = 0;
  const below = (url: unknown): string => decodeURIComponent(String(url).replace(/^.*\/sta\/v1\.1/, ''));
  const get = async (path: string, status = 200) => (await t.get(encodeURI(`/sta/v1.1${path}`), steward).expect(status)).body;
  const values = async (path: string): Promise<Json[]> => (await get(path)).value;
  const post = async (path: string, body: unknown, status = 201) => (await t.post(`/sta/v1.1${path}`, steward, body).expect(status)).body;
  const call = async (method: 'put' | 'patch' | 'delete', path: string, body?: unknown, status = 200) =>
    (await t.call(method, encodeURI(`/sta/v1.1${path}`), steward, body).expect(status)).body;
  const at = (lng: number, lat: number) => ({ type: 'Point', coordinates: [lng, lat] });
  const geojson = 'application/geo+json';
  const om = 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement';
  const iso = (instant: number): string => new Date(instant).toISOString();
  const ref = (entity: Json) => ({ '@iot.id': entity['@iot.id'] });
  const thingBody = (change: object = {}) => ({
    name: `站 ${++serial}`,
    description: '一座站',
    properties: { adcode: '210102', owner: '甲' },
    ...change,
  });
  const placeBody = (lng = 123.4, lat = 41.8, change: object = {}) => ({
    name: '门口',
    description: '门口的位置',
    encodingType: geojson,
    location: at(lng, lat),
    ...change,
  });
  const sensorBody = (change: object = {}) => ({
    name: '水位计',
    description: '雷达',
    encodingType: 'application/pdf',
    metadata: 'https://example.invalid/radar.pdf',
    ...change,
  });
  const propertyBody = (change: object = {}) => ({
    name: '照度',
    definition: `https://example.invalid/def/light-${++serial}`,
    description: '光',
    ...change,
  });
  const streamBody = (change: object = {}) => ({
    ...{
      name: '照度序列',
      description: '每分钟',
      observationType: om,
      unitOfMeasurement: { name: 'lux', symbol: 'lx', definition: 'ucum:lx' },
    },
    ...change,
  });
  /** A Thing with everything around it, one Datastream, `n` Observations an hour apart. */
  async function station(
    results: readonly (number | null)[] = [],
  ): Promise<{ thing: Json; datastream: Json; sensor: Json; property: Json }> {
    const thing = await post('/Things', thingBody({ Locations: [placeBody()] }));
    const sensor = await post('/Sensors', sensorBody());
    const property = await post('/ObservedProperties', propertyBody());
    const datastream = await post('/Datastreams', streamBody({ Thing: ref(thing), Sensor: ref(sensor), ObservedProperty: ref(property) }));
    for (const [index, result] of results.entries())
      await post(`/Datastreams(${datastream['@iot.id']})/Observations`, { result, phenomenonTime: iso(morning - (index + 1) * hour) });
    await t.written();
    return { thing, datastream, sensor, property };
  }
  return {
    t,
    steward,
    below,
    get,
    values,
    post,
    call,
    at,
    geojson,
    om,
    iso,
    ref,
    thingBody,
    placeBody,
    sensorBody,
    propertyBody,
    streamBody,
    station,
  };
}
