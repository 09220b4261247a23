// The parameters of one feature: `crs` and `f`, nothing else (OGC 17-069r4 §7.2 Req 8; OGC 18-058r1 /req/crs/fc-crs-definition).
import { Problem } from '../../contracts/problem.ts';
import { CRS84, crsOf, type OgcCrs } from './crs.ts';
import { featureFormats, formatNamed } from './formats.ts';

/** @throws Problem bad-parameter for an unknown, repeated or malformed parameter */
export function parseItemQuery(given: Readonly<Record<string, unknown>>): { readonly crs: OgcCrs } {
  let crs = CRS84;
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string')
      throw new Problem('bad-parameter', { name, given: (JSON.stringify(value) ?? '').slice(0, 80), allowed: '只给一次' });
    if (name === 'crs') crs = crsOf(name, value);
    else if (name === 'f') formatNamed(featureFormats, value);
    else throw new Problem('bad-parameter', { name, given: value.slice(0, 80), allowed: 'crs f' });
  }
  return { crs };
}
