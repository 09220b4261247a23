// The parameters of one feature: `crs`, `datetime` and `f`, nothing else (OGC 17-069r4 §7.2 Req 8; OGC 18-058r1 /req/crs/fc-crs-definition).
import { Problem } from '../../contracts/problem.ts';
import type { Moment } from '../features/rows.ts';
import { CRS84, crsOf, type OgcCrs } from './crs.ts';
import { formatNamed, itemFormats } from './formats.ts';
import { parseDatetime } from './query.ts';

/** @throws Problem bad-parameter for an unknown, repeated or malformed parameter */
export function parseItemQuery(given: Readonly<Record<string, unknown>>): { readonly crs: OgcCrs; readonly moment: Moment | null } {
  let crs = CRS84;
  let moment: Moment | null = null;
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string')
      throw new Problem('bad-parameter', { name, given: (JSON.stringify(value) ?? '').slice(0, 80), allowed: '只给一次' });
    if (name === 'crs') crs = crsOf(name, value);
    else if (name === 'datetime') moment = parseDatetime(value);
    else if (name === 'f') formatNamed(itemFormats, value);
    else throw new Problem('bad-parameter', { name, given: value.slice(0, 80), allowed: 'crs datetime f' });
  }
  return { crs, moment };
}
