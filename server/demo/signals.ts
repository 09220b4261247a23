// What the simulated devices measure: smooth, seeded functions of time, so that back-filled hours and live minutes are one curve.
import type { Instant } from '../../contracts/observation.ts';
import { hashUnit, smoothNoise } from './random.ts';

const hour = 3_600_000;
const shanghai = 8 * hour;

/** Share of the day in Asia/Shanghai, 0–1. */
function dayPart(t: Instant): number {
  return ((t + shanghai) % (24 * hour)) / (24 * hour);
}
function rush(t: Instant): number {
  const part = dayPart(t) * 24;
  return Math.exp(-((part - 8) ** 2) / 6) + Math.exp(-((part - 19) ** 2) / 8);
}

/** Hour means of the six pollutants, µg/m³, CO mg/m³. West is dustier, winter nights are worse; a front passes about every four days. */
export function air(seed: number, uid: string, city: string, t: Instant): Readonly<Record<string, number>> {
  const front = smoothNoise(seed, 'front', t / (46 * hour));
  const regional = 0.5 + 0.5 * smoothNoise(seed, `region ${city}`, t / (30 * hour));
  const local = 0.85 + 0.3 * hashUnit(seed, uid, 'level');
  const wobble = 1 + 0.12 * smoothNoise(seed, uid, t / (2 * hour));
  const pm25 = Math.max(4, (28 + 46 * regional + 26 * front + 9 * rush(t)) * local * wobble);
  const sun = Math.max(0, Math.sin((dayPart(t) - 0.28) * 2 * Math.PI * 1.05));
  return {
    a34004: Math.round(pm25),
    a34002: Math.round(pm25 * (1.35 + 0.35 * hashUnit(seed, city, 'dust')) + 8),
    a21026: Math.round(6 + pm25 * 0.11),
    a21004: Math.round(14 + 22 * rush(t) * local + pm25 * 0.12),
    a21005: Math.round((0.3 + pm25 * 0.009) * 10) / 10,
    a05024: Math.round(24 + 62 * sun * (1.1 - 0.4 * regional)),
  };
}

/** Stack (mg/m³; flow m³/s) or outfall (mg/L; L/s) readings. A few sources run near their permit and pass it now and then. */
export function source(seed: number, uid: string, kind: '31' | '32', t: Instant): Readonly<Record<string, number>> {
  const load = 0.62 + 0.26 * hashUnit(seed, uid, 'load') + 0.16 * smoothNoise(seed, uid, t / (5 * hour));
  const near = hashUnit(seed, uid, 'near') > 0.9 ? 1.22 : 0.86;
  const round = (x: number, digits: number): number => Math.round(x * 10 ** digits) / 10 ** digits;
  const noise = (name: string): number => 1 + 0.08 * smoothNoise(seed, `${uid} ${name}`, t / (0.6 * hour));
  if (kind === '31')
    return {
      a34013: round(9.4 * load * near * noise('dust'), 2),
      a21026: round(30 * load * near * noise('so2'), 1),
      a21002: round(44 * load * near * noise('nox'), 1),
      a00000: round(62 * load, 2),
      a19001: round(8.5 - 2 * load, 2),
    };
  return {
    w01018: round(41 * load * near * noise('cod'), 1),
    w21003: round(3.4 * load * near * noise('nh3'), 2),
    w21011: round(0.31 * load * near * noise('tp'), 3),
    w01001: round(7.2 + 0.3 * smoothNoise(seed, `${uid} ph`, t / (3 * hour)), 2),
    w00000: round(180 * load, 1),
  };
}

/** Water level in metres. One gauge (巨流河) carries a flood wave past its warning level; the others breathe below theirs. */
export function level(seed: number, uid: string, usual: number, warning: number, t: Instant): number {
  const room = warning - usual;
  const flood = uid.endsWith('巨流河');
  const wave = flood ? 1.02 + 0.16 * smoothNoise(seed, uid, t / (20 * hour)) : 0.34 + 0.4 * hashUnit(seed, uid, 'fill');
  const breath = 0.1 * smoothNoise(seed, `${uid} breath`, t / (9 * hour)) + 0.012 * smoothNoise(seed, `${uid} ripple`, t / (0.1 * hour));
  return Math.round((usual + room * (wave + breath)) * 100) / 100;
}
