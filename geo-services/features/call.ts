// Layers whose rows come from a function of the database: its parameters from the query string, checked against the declaration. Pure.
import type { Layer, LayerParameter } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';

const decimal = /^-?\d{1,15}(\.\d{1,15})?$/;

function numberOf({ name, min, max, integer, otherwise }: LayerParameter, given: unknown): number {
  const allowed = `${min}–${max} 的${integer ? '整数' : '数'}`;
  if (given === undefined && otherwise !== undefined) return otherwise;
  const value = typeof given === 'string' && decimal.test(given) ? Number(given) : Number.NaN;
  if (!(value >= min && value <= max) || (integer && !Number.isInteger(value)))
    throw new Problem('bad-parameter', { name, given: given === undefined ? '（未给）' : String(given).slice(0, 80), allowed });
  return value;
}

/** The layer with what the query gives to its function; any other layer as it is. @throws Problem bad-parameter */
export function bindCall<L extends Layer>(layer: L, query: Readonly<Record<string, unknown>>): L {
  if (!layer.call) return layer;
  const given = layer.call.parameters.map((parameter) => numberOf(parameter, query[parameter.name]));
  return { ...layer, call: { ...layer.call, given } };
}
