// The demo province: which simulated devices exist. Pure and seeded; every Thing made here says provenance simulated.
import { cities } from '../../contracts/adcodes.data.ts';
import type { LngLat } from '../../contracts/geo.ts';
import type { Thing } from '../../contracts/thing.ts';
import { gauges } from './gauges.data.ts';
import { hashUnit } from './random.ts';

/** How a simulated device misbehaves, on purpose: the pages must show each of these for what it is. */
export type Fault = 'silent' | 'stuck' | 'maintenance' | 'late' | null;

export interface Site {
  readonly thing: Omit<Thing, 'id'>;
  readonly road: 'hj212' | 'sl651' | 'jt808' | 'mqtt';
  /** HJ 212 ST, or the kind of device. */
  readonly kind: '22' | '31' | '32' | 'gauge' | 'satellite' | 'vehicle';
  readonly fault: Fault;
}

const perCity = { air: 5, stack: 2, outfall: 1 };
const vehicles: readonly (readonly [mark: string, kind: string])[] = [
  ['消', '消防'],
  ['救', '救护'],
  ['警', '公安'],
  ['环', '环境监测'],
];

/** A point about `radius` degrees around a centre; longitude is stretched so that the circle is round on the ground. */
function around(seed: number, name: string, centre: LngLat, radius: number): LngLat {
  const angle = hashUnit(seed, name, 'angle') * 2 * Math.PI;
  const r = radius * Math.sqrt(hashUnit(seed, name, 'radius'));
  const round = (x: number): number => Math.round(x * 1e5) / 1e5;
  return [round(centre[0] + (r * Math.cos(angle)) / Math.cos((centre[1] * Math.PI) / 180)), round(centre[1] + r * Math.sin(angle))];
}

function faultOf(seed: number, name: string): Fault {
  const draw = hashUnit(seed, name, 'fault');
  if (draw < 0.03) return 'silent';
  if (draw < 0.05) return 'stuck';
  if (draw < 0.07) return 'maintenance';
  if (draw < 0.09) return 'late';
  return null;
}

/** MN as HJ 212 wants it: 24 hexadecimal digits (EPC-96); ours begin with the county and say DE30 for demo. */
function mn(adcode: string, kind: string, n: number): string {
  return `${adcode}DE30${kind}${String(n).padStart(12, '0')}`;
}

/** Of an SL 651 station: ten hexadecimal digits, those of a hydrological station begin with 00 (§6.2.3.2). */
function stationAddress(adcode: string, n: number): string {
  return `00${adcode}${String(n).padStart(2, '0')}`;
}
/** Of a JT/T 808 terminal: eleven digits, in a range that no operator has. */
function phoneNumber(adcode: string, n: number): string {
  return `10${adcode}${String(n).padStart(3, '0')}`;
}

/** @param onLand says whether a point lies inside the city; a candidate that does not is drawn again */
export function demoSites(seed: number, onLand: (adcode: string, position: LngLat) => boolean): Site[] {
  const sites: Site[] = [];
  const place = (name: string, city: (typeof cities)[number], radius: number): LngLat => {
    for (let attempt = 0; attempt < 12; attempt++) {
      const candidate = around(seed, `${name}#${attempt}`, city.centre, radius);
      if (onLand(city.adcode, candidate)) return candidate;
    }
    return city.centre;
  };
  for (const city of cities) {
    for (let n = 0; n < perCity.air; n++) {
      const county = city.counties[n % city.counties.length] ?? [city.adcode, city.name];
      const id = mn(county[0], '22', n + 1);
      const uid = `demo:air:${county[0]}-${n + 1}`;
      sites.push({
        road: 'hj212',
        kind: '22',
        fault: faultOf(seed, uid),
        thing: {
          uid,
          name: `${city.short}${county[1].replace(/(区|县|市)$/, '')}站`,
          description: `演示空气站，${county[1]}，位置示意`,
          adcode: county[0],
          position: place(uid, city, n === 0 ? 0.05 : 0.22),
          properties: {
            device: { protocol: 'hj212', id },
            stream: 'ecology/air-quality',
            provenance: 'simulated',
            department: 'ecology',
            class: n < 3 ? '国控' : '省控',
          },
        },
      });
    }
    for (let n = 0; n < perCity.stack + perCity.outfall; n++) {
      const stack = n < perCity.stack;
      const county = city.counties[(n + 1) % city.counties.length] ?? [city.adcode, city.name];
      const uid = `demo:source:${city.adcode}-${n + 1}`;
      sites.push({
        road: 'hj212',
        kind: stack ? '31' : '32',
        fault: faultOf(seed, uid),
        thing: {
          uid,
          name: stack ? `${city.short}演示热源厂 ${n + 1} 号排口` : `${city.short}演示污水厂总排口`,
          description: '演示排污单位，名称与限值均为虚构',
          adcode: county[0],
          position: place(uid, city, 0.28),
          properties: {
            device: { protocol: 'hj212', id: mn(county[0], stack ? '31' : '32', n + 1) },
            stream: 'ecology/pollution-source',
            provenance: 'simulated',
            department: 'ecology',
            limits: stack
              ? { a34013: { permit: 10 }, a21026: { permit: 35 }, a21002: { permit: 50 } }
              : { w01018: { permit: 50 }, w21003: { permit: 5 }, w21011: { permit: 0.5 } },
          },
        },
      });
    }
  }
  for (const gauge of gauges) {
    const uid = `demo:gauge:${gauge.adcode}-${gauge.name}`;
    sites.push({
      road: 'sl651',
      kind: 'gauge',
      fault: gauge.name === '巨流河' ? null : faultOf(seed, uid),
      thing: {
        uid,
        name: gauge.name,
        description: `演示水位站，${gauge.river}，位置与限值示意`,
        adcode: gauge.adcode,
        position: gauge.position,
        properties: {
          device: { protocol: 'sl651', id: stationAddress(gauge.adcode, gauges.indexOf(gauge) + 1) },
          stream: 'water/water-level',
          provenance: 'simulated',
          department: 'water',
          river: gauge.river,
          kind: gauge.kind,
          usual: gauge.usual,
          limits: { z: { warning: gauge.warning, guarantee: gauge.guarantee, record: gauge.record } },
        },
      },
    });
  }
  sites.push({
    road: 'mqtt',
    kind: 'satellite',
    fault: null,
    thing: {
      uid: 'demo:satellite:fire',
      name: '演示卫星过境',
      description: '演示火点遥感，热点位置与置信度均为模拟',
      adcode: '210000',
      position: null,
      properties: {
        device: { protocol: 'mqtt', id: 'demo-satellite-fire' },
        stream: 'forestry/fire-hotspot',
        provenance: 'simulated',
        department: 'forestry',
      },
    },
  });
  cities.forEach((city, index) => {
    for (let n = 0; n < 2; n++) {
      const [mark, kind] = vehicles[(index * 2 + n) % vehicles.length] ?? ['消', '消防'];
      const uid = `demo:vehicle:${city.adcode}-${n + 1}`;
      sites.push({
        road: 'jt808',
        kind: 'vehicle',
        fault: null,
        thing: {
          uid,
          name: `${city.short}${kind} ${n + 1} 号车`,
          description: '演示应急车辆',
          adcode: city.adcode,
          position: city.centre,
          properties: {
            device: { protocol: 'jt808', id: phoneNumber(city.adcode, n + 1) },
            stream: 'emergency/vehicle-position',
            provenance: 'simulated',
            department: 'emergency',
            mark,
            kind,
          },
        },
      });
    }
  });
  return sites;
}

/** The device of the frames in the standard's own examples (MN 2101…0001): real bytes sent by hand move this station. Not simulated. */
export const acceptanceSite: Omit<Thing, 'id'> = {
  uid: 'acceptance:hj212',
  name: '沈阳接入验收站',
  description: '手工发送 HJ 212 报文验收用，MN 210100000000000000000001',
  adcode: '210102',
  position: [123.42, 41.79],
  properties: {
    device: { protocol: 'hj212', id: '210100000000000000000001' },
    stream: 'ecology/air-quality',
    department: 'ecology',
    class: '验收',
  },
};
