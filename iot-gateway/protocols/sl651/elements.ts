// The tables of SL 651 made ready to be looked up: elements by byte and by ASCII identifier, functions and parameters by name.
//
// Source: SL 651-2014 Annexes B, C and D (sl651.codes.ts).
import {
  basicBlocks,
  controlRows,
  type Element,
  type ElementRow,
  elementRows,
  functionRows,
  guideRows,
  numberedRows,
  type ParameterBlock,
  runBlocks,
  type Sl651Function,
  stationClassRows,
} from '../sl651.codes.ts';

const numbered = (text: string, n: number): string => text.replace('{n}', String(n));

function elementOf([id, ascii, zh, property, digits, decimals, more]: ElementRow): Element {
  const plain = { kind: 'number', period: 'instant', statistic: 'value', span: 0, times: 1, per: 1, unit: undefined } as const;
  const all = { ...plain, ...more };
  // One literal for all: elements are looked at for every value, and of different shapes they are slow.
  return {
    ...{ id, ascii, zh, property, digits, decimals },
    ...{ kind: all.kind, period: all.period, statistic: all.statistic, span: all.span, times: all.times, per: all.per, unit: all.unit },
  };
}
const eightOf = ([id, ascii, zh, property, digits, decimals, more]: ElementRow): ElementRow[] =>
  Array.from({ length: 8 }, (_, index) => {
    const n = index + 1;
    return [id + index, numbered(ascii, n), numbered(zh, n), numbered(property, n), digits, decimals, more];
  });

/** Table C.1. F0 (time), F1 (address), F2 and F3 (text, picture) are no elements but stand in `guides`. */
export const elements: readonly Element[] = [...elementRows, ...numberedRows.flatMap(eightOf)].map(elementOf);
/** By the identifier byte; undefined: reserved (76H–EFH). */
export const elementById: readonly (Element | undefined)[] = Array.from({ length: 256 }, (_, id) => elements.find((one) => one.id === id));
export const elementByAscii: ReadonlyMap<string, Element> = new Map(elements.map((element) => [element.ascii, element]));

/** Annex B. */
export const functions: Readonly<Record<number, Sl651Function>> = Object.fromEntries(functionRows);
/** Annex A, by the byte; its ASCII character is the same byte. */
export const stationClasses: Readonly<Record<number, string>> = Object.fromEntries(stationClassRows);
export const guides: Readonly<Record<number, string>> = Object.fromEntries(guideRows);
export const controlTitle: Readonly<Record<number, string>> = Object.fromEntries(controlRows);

export function functionTitle(fn: number): string {
  return functions[fn]?.zh ?? (fn >= 0xe0 ? '用户自定义扩展区' : '保留的扩展功能码');
}

function namesOf(blocks: readonly ParameterBlock[]): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const block of blocks)
    for (let n = 0; n < (block.times ?? 1); n++)
      block.names.forEach((name, index) => {
        names.set(block.first + n * block.names.length + index, numbered(name, n + 1));
      });
  return names;
}
/** Annex D, table D.1. */
export const basicConfiguration = namesOf(basicBlocks);
/** Annex D, table D.4. */
export const runConfiguration = namesOf(runBlocks);
