// Header of a NetCDF classic file: where each variable's numbers lie, so that a caller reads only the rows it wants.
//
// Source: NetCDF Users Guide, "File Format Specifications: the classic format" (CDF-1 and CDF-2, big-endian). Record variables are refused.
import { Problem } from '../../contracts/problem.ts';

const typeBytes = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8 } as const;
export type NetcdfType = keyof typeof typeBytes;

export interface NetcdfVariable {
  readonly name: string;
  /** 1 byte, 2 char, 3 short, 4 int, 5 float, 6 double. */
  readonly type: NetcdfType;
  readonly shape: readonly number[];
  /** First byte in the file. */
  readonly begin: number;
  readonly bytes: number;
}

/** Variables by name, from the first bytes of the file. @throws Problem bad-body: not NetCDF classic, cut short, or with record variables */
export function readNetcdfHeader(head: Uint8Array): ReadonlyMap<string, NetcdfVariable> {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const fail = (reason: string): never => {
    throw new Problem('bad-body', { reason: `NetCDF: ${reason}` });
  };
  let at = 4;
  const need = (bytes: number): number => {
    const start = at;
    if (bytes < 0 || start + bytes > head.byteLength) fail('header is cut short');
    at += bytes;
    return start;
  };
  const int = (): number => view.getUint32(need(4));
  const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;
  const name = (): string => {
    const length = int();
    return new TextDecoder().decode(head.subarray(need(padded(length))).subarray(0, length));
  };
  /** Length of a list whose tag is `tag`; an absent list has tag 0. */
  const list = (tag: number): number => {
    const found = int();
    const count = int();
    if (found !== tag && !(found === 0 && count === 0)) fail(`tag ${found} instead of ${tag}`);
    return count;
  };
  const typeOf = (): NetcdfType => {
    const type = int();
    return type in typeBytes ? (type as NetcdfType) : fail(`type ${type}`);
  };
  const skipAttributes = (): void => {
    for (let left = list(12); left > 0; left--) {
      name();
      const type = typeOf();
      need(padded(int() * typeBytes[type]));
    }
  };

  if (head.byteLength < 8 || head[0] !== 0x43 || head[1] !== 0x44 || head[2] !== 0x46 || (head[3] !== 1 && head[3] !== 2))
    fail('no CDF-1/2 signature');
  int(); // number of records
  const sizes: number[] = [];
  for (let left = list(10); left > 0; left--) {
    name();
    sizes.push(int());
  }
  skipAttributes();
  const variables = new Map<string, NetcdfVariable>();
  for (let left = list(11); left > 0; left--) {
    const variable = name();
    const shape: number[] = [];
    for (let d = int(); d > 0; d--) {
      const size = sizes[int()];
      if (!size) fail(`${variable}: record or unknown dimension`);
      else shape.push(size);
    }
    skipAttributes();
    const type = typeOf();
    int(); // vsize: may overflow, computed instead
    const begin = head[3] === 2 ? Number(view.getBigUint64(need(8))) : int();
    variables.set(variable, { name: variable, type, shape, begin, bytes: shape.reduce((a, b) => a * b, 1) * typeBytes[type] });
  }
  return variables;
}

/** Big-endian numbers of a stretch of a variable. @throws Problem bad-body when the stretch is no multiple of the type's size */
export function netcdfNumbers(variable: NetcdfVariable, bytes: Uint8Array): Float64Array {
  const size = typeBytes[variable.type];
  if (bytes.byteLength % size !== 0) throw new Problem('bad-body', { reason: `NetCDF: ${variable.name}: ${bytes.byteLength} bytes` });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength / size;
  const numbers = new Float64Array(count);
  // One loop per type: files of two million points are read at every first start.
  if (variable.type === 1) for (let i = 0; i < count; i++) numbers[i] = view.getInt8(i);
  else if (variable.type === 2) for (let i = 0; i < count; i++) numbers[i] = view.getUint8(i);
  else if (variable.type === 3) for (let i = 0; i < count; i++) numbers[i] = view.getInt16(i * 2);
  else if (variable.type === 4) for (let i = 0; i < count; i++) numbers[i] = view.getInt32(i * 4);
  else if (variable.type === 5) for (let i = 0; i < count; i++) numbers[i] = view.getFloat32(i * 4);
  else for (let i = 0; i < count; i++) numbers[i] = view.getFloat64(i * 8);
  return numbers;
}
