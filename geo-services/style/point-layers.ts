// Points of a layer as style layers: single ones, bubbles of many with their number, and on both the worst open alarm as a ring in its colour
// and as its numeral, because colour alone says nothing to some. Tiles: tiles/thing-sql.ts, tiles/pyramid-sql.ts. Pure.
import { type AlertLevel, alertLevelColour, alertLevels, alertLevelTitle } from '../../contracts/event.ts';

export interface PointLook {
  /** Of the style layer of circles; that of the numbers is `<id>@number`. */
  readonly id: string;
  /** source, source-layer, filter. */
  readonly from: Readonly<Record<string, unknown>>;
  /** A colour or an expression. */
  readonly colour: unknown;
  /** CSS px of a single point: at z6 and at z14. */
  readonly radius: readonly [far: number, near: number];
  /** Ring of a point without an alarm, and the halo of numbers. */
  readonly halo: string;
  readonly ink: string;
  readonly opacity?: number;
}
const many: unknown = ['>', ['coalesce', ['get', 'count'], 1], 1];
const byLevel = (of: (level: AlertLevel) => string, otherwise: unknown): unknown => [
  'match',
  ['coalesce', ['get', 'alarm'], ''],
  ...alertLevels.flatMap((level) => [level, of(level)]),
  otherwise,
];

export function pointLayers({ id, from, colour, radius: [far, near], halo, ink, opacity = 1 }: PointLook): Record<string, unknown>[] {
  // 2 are 10 px, 100 are 17, 10,000 are 24: an area that grows with the digits, not with the count.
  const bubble = ['min', 26, ['+', 8, ['*', 4, ['log10', ['coalesce', ['get', 'count'], 1]]]]];
  const radius = (single: number): unknown => ['case', many, bubble, single];
  const alarmed: unknown = ['has', 'alarm'];
  return [
    {
      ...{ id, type: 'circle', ...from },
      paint: {
        'circle-color': colour,
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 6, radius(far), 14, radius(near)],
        'circle-opacity': opacity,
        'circle-stroke-color': byLevel((level) => alertLevelColour[level], halo),
        'circle-stroke-width': ['case', alarmed, 3, 1.2],
        'circle-stroke-opacity': opacity,
      },
    },
    {
      ...{ id: `${id}@number`, type: 'symbol', ...from, filter: ['any', many, alarmed] },
      layout: {
        'text-field': [
          'concat',
          byLevel((level) => alertLevelTitle[level].numeral, ''),
          ['case', many, ['concat', ' ', ['to-string', ['get', 'count']]], ''],
        ],
        'text-size': 12,
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 1.6, 'text-opacity': opacity },
    },
  ];
}
