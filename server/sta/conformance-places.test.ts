// The abstract test suite of SensorThings 1.1, where Things were and are: each title carries the URI of the requirement that it holds.
//
// Source: OGC 18-088 Annex A (abstract test suite), §8.2.3. The OGC executable suite is a Java program that is not at hand here.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { hour, morning } from '../routes/test-house.http.ts';
import { type Json, openStation, req, type Station } from './test-station.http.ts';

let t: Station['t'];
let values: Station['values'];
let post: Station['post'];
let call: Station['call'];
let at: Station['at'];
let iso: Station['iso'];
let ref: Station['ref'];
let thingBody: Station['thingBody'];
let placeBody: Station['placeBody'];
beforeAll(async () => {
  ({ t, values, post, call, at, iso, ref, thingBody, placeBody } = await openStation(await testDatabase()));
});
afterAll(() => t?.close());

describe(`${req}/create-update-delete`, () => {
  test(`${req}/create-update-delete/historical-location-auto-creation: whatever moves a Thing leaves a HistoricalLocation`, async () => {
    const thing = await post('/Things', thingBody({ Locations: [placeBody(123.1, 41.1)] }));
    const id = thing['@iot.id'];
    const stories = () => values(`/Things(${id})/HistoricalLocations?$expand=Locations&$orderby=id`);
    expect((await stories()).length).toBe(1);
    const next = await post(`/Things(${id})/Locations`, placeBody(123.2, 41.2));
    const third = await post('/Locations', placeBody(123.3, 41.3));
    await call('patch', `/Things(${id})`, { Locations: [ref(third)] });
    // By the house's own door, too.
    await t.house.registry.saveThing({ ...t.house.registry.thing(id as number)!, position: [123.4, 41.4] });
    const told = await stories();
    expect(told.map((story) => (story['Locations'] as Json[])[0]!['location'])).toEqual([
      at(123.1, 41.1),
      at(123.2, 41.2),
      at(123.3, 41.3),
      at(123.4, 41.4),
    ]);
    expect((await values(`/Things(${id})/Locations`)).map(({ location }) => location)).toEqual([at(123.4, 41.4)]);
    expect((await values(`/Locations(${next['@iot.id']})/Things`)).length).toBe(0);
    expect((await values(`/Locations(${next['@iot.id']})/HistoricalLocations`)).length).toBe(1);
  });
  test(`${req}/create-update-delete/historical-location-manual-creation: the newest is where the Thing is`, async () => {
    const thing = await post('/Things', thingBody({ Locations: [placeBody(123.1, 41.1)] }));
    const [old, later] = [await post('/Locations', placeBody(123.2, 41.2)), await post('/Locations', placeBody(123.3, 41.3))];
    const story = (time: number, location: Json) =>
      post('/HistoricalLocations', { time: iso(time), Thing: ref(thing), Locations: [ref(location)] });
    await story(morning - 1000 * hour, old);
    expect(t.house.registry.thing(thing['@iot.id'] as number)?.position).toEqual([123.1, 41.1]);
    await story(Date.now() + hour, later);
    expect(t.house.registry.thing(thing['@iot.id'] as number)?.position).toEqual([123.3, 41.3]);
    expect((await values(`/Things(${thing['@iot.id']})/Locations`)).map((one) => one['@iot.id'])).toEqual([later['@iot.id']]);
    expect((await values(`/Things(${thing['@iot.id']})/HistoricalLocations`)).length).toBe(3);
  });
});
