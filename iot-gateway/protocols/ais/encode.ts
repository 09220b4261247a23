// AIS messages as sentences, for simulators and tests: the inverse of what reports.ts reads.
import { Problem } from '../../../contracts/problem.ts';
import { layouts, staticB } from '../ais.codes.ts';
import { type Values, writeLayout } from './bits.ts';
import { sealSentence } from './sentence.ts';

export interface AisSentences {
  readonly formatter?: 'AIVDM' | 'AIVDO';
  readonly channel?: 'A' | 'B';
  /** Message number that several sentences share, 0–9. */
  readonly number?: number;
  /** Characters of payload in one sentence; receivers send 56 to 62. */
  readonly most?: number;
}

/** @param values by the names of ais.codes.ts, raw as they are sent; absent: 0. @throws Problem bad-parameter for a type that has no layout */
export function encodeAis(values: Values, how: AisSentences = {}): string[] {
  const layout = values['type'] === 24 && values['part'] === 1 ? staticB : layouts[Number(values['type'])];
  if (!layout) throw new Problem('bad-parameter', { name: 'type', given: String(values['type']), allowed: Object.keys(layouts).join(' ') });
  const { formatter = 'AIVDM', channel = 'A', number = 0, most = 60 } = how;
  const { payload, fill } = writeLayout(layout, values);
  const total = Math.ceil(payload.length / most);
  return Array.from({ length: total }, (_, i) => {
    const piece = payload.slice(i * most, (i + 1) * most);
    const last = i === total - 1;
    return sealSentence(`!${formatter},${total},${i + 1},${total === 1 ? '' : number},${channel},${piece},${last ? fill : 0}`);
  });
}
