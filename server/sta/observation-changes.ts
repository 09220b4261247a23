// PATCH, PUT and DELETE of an Observation: nothing in the history is rewritten. A correction is a new reading of the same moment that goes the
// whole road (log, checks, history) and counts from then on under the id of the first; a withdrawal is one without a result.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §10.3, §10.4. Former versions stay in the history and in the log, with their frames.
import { timeText } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { bad, type Json, json, record } from './bodies.ts';
import { checkNames, checkWhole } from './changes.ts';
import { linkOf } from './drafts.ts';
import { readObservationId } from './observation-id.ts';
import { address } from './path.ts';
import { attributeOf, bodyOf } from './print.ts';
import type { Found } from './reader.ts';
import { audit, type Writing } from './writing.ts';

/** An event is on the map as what was reported then; a second report beside it would be a second event. */
function checkKind({ house }: Writing, { row }: Found): void {
  const stream = house.streams.find((one) => `${one.theme}/${one.id}` === row['stream']);
  if (stream?.kind === 'event') throw new Problem('conflict', { what: '事件流的观测不能改写或撤回，请再报一次' });
}
function addressOf({ row }: Found): string {
  return `/sta/v1.1/${address('Observations', String(row['id']))}`;
}
async function send(writing: Writing, found: Found, body: Json): Promise<void> {
  const { lng, lat } = found.row as { lng: number | null; lat: number | null };
  const place = lng === null || lat === null ? {} : { feature: { type: 'Point', coordinates: [lng, lat] } };
  const linked = body['FeatureOfInterest'] as Json | undefined;
  const feature = { ...place, ...linked };
  const whole = { ...body, ...(Object.keys(feature).length > 0 ? { FeatureOfInterest: feature } : {}) };
  await writing.door.post(addressOf(found), new TextEncoder().encode(JSON.stringify(whole)));
}

/** What a client read and sends back: our own marks in it are not his. */
function withoutOurs(given: Json): Json {
  const { parameters, resultQuality, ...rest } = given;
  const quality =
    typeof resultQuality === 'object' && resultQuality !== null && 'failed' in resultQuality
      ? (resultQuality as Json)['given']
      : resultQuality;
  const { frame: _frame, ...own } = parameters === undefined ? {} : record(parameters, 'parameters');
  return {
    ...rest,
    ...(parameters === undefined ? {} : { parameters: own }),
    ...(quality === undefined ? {} : { resultQuality: quality }),
  };
}
/** @param whole PUT. @throws Problem */
export async function correct(writing: Writing, found: Found, sent: Json, whole: boolean): Promise<void> {
  const { row } = found;
  const given = withoutOurs(sent);
  checkNames('Observations', given);
  if (whole) checkWhole('Observations', given);
  checkKind(writing, found);
  const id = readObservationId(String(row['id']));
  if (!id) throw new Problem('not-found', { what: addressOf(found) });
  if (given['Datastream'] !== undefined && String(linkOf(given['Datastream'], 'Datastream')) !== String(row['datastream']))
    throw new Problem('conflict', { what: '观测的 Datastream 不能改：请撤回后另报' });
  const start = given['phenomenonTime'];
  // When it was observed is part of what an Observation is: the history files and judges it by that.
  if (start !== undefined && (typeof start !== 'string' || Date.parse(start.split('/')[0] as string) !== id.phenomenonTime))
    throw new Problem('conflict', { what: `观测的 phenomenonTime 起点不能改（${timeText(id.phenomenonTime)}）：请撤回后另报` });
  if (given['result'] !== undefined && given['result'] !== null && typeof given['result'] !== 'number') throw bad('result 应为数字或 null');
  const { frame: _frame, ...parameters } = attributeOf('Observations', row, 'parameters') as Record<string, unknown>;
  const quality = attributeOf('Observations', row, 'resultQuality') as Record<string, unknown>;
  const before: Json = {
    ...{ phenomenonTime: attributeOf('Observations', row, 'phenomenonTime'), result: row['result'] },
    ...(whole ? {} : { resultTime: attributeOf('Observations', row, 'resultTime'), parameters }),
    ...(whole || row['validTime'] === null ? {} : { validTime: attributeOf('Observations', row, 'validTime') }),
    ...(whole || quality['given'] === undefined ? {} : { resultQuality: quality['given'] }),
    ...(row['feature_id'] === null ? {} : { FeatureOfInterest: { '@iot.id': row['feature_id'] } }),
  };
  const next: Record<string, unknown> = { ...before };
  for (const name of ['phenomenonTime', 'result', 'resultTime', 'resultQuality', 'validTime', 'parameters'])
    if (given[name] !== undefined)
      next[name] = name === 'parameters' && !whole ? { ...parameters, ...record(given[name], name) } : json(given[name], name);
  if (given['FeatureOfInterest'] !== undefined) {
    const link = linkOf(given['FeatureOfInterest'], 'FeatureOfInterest');
    const { row: feature } = await writing.reader.find([{ name: 'FeaturesOfInterest', key: link }]);
    if (feature['kind'] === 'own') next['FeatureOfInterest'] = { '@iot.id': feature['num'] };
    else if (feature['kind'] === 'thing' && feature['thing'] === row['thing']) delete next['FeatureOfInterest'];
    else throw new Problem('conflict', { what: 'FeatureOfInterest 应为本对象所在位置，或单独登记的要素' });
  }
  await send(writing, found, next);
  audit(writing, addressOf(found), { corrected: Object.keys(given), before: bodyOf('Observations', row)['result'] as unknown });
}

export async function withdraw(writing: Writing, found: Found): Promise<void> {
  checkKind(writing, found);
  const { row } = found;
  await send(writing, found, { result: null, phenomenonTime: attributeOf('Observations', row, 'phenomenonTime'), withdrawn: true });
  audit(writing, addressOf(found), { withdrawn: row['result'] as unknown });
}
