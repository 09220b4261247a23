// Names beside the marks of a map: above, right, below or left, wherever they cover neither a mark nor another name.

export interface Name {
  readonly key: string;
  readonly text: string;
  /** Centre of the mark, px. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Drawn even where it covers another. */
  readonly always: boolean;
}
export interface PlacedName {
  readonly key: string;
  readonly text: string;
  /** px from the mark's centre. */
  readonly dx: number;
  readonly dy: number;
  readonly align: 'start' | 'middle' | 'end';
}

const letterPixels = 12.5;
const linePixels = 15;

/** Width in px of a name at 12.5 px: a Chinese character is a square, a Latin one about half. */
export function nameWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += letter.charCodeAt(0) > 0xff ? letterPixels : letterPixels * 0.58;
  return width;
}

/** Places names beside their marks in the order given; one that would cover a mark or a placed name is left out. */
export function placeNames(
  names: readonly Name[],
  obstacles: readonly { x: number; y: number; radius: number; halfWidth?: number }[],
): PlacedName[] {
  const taken: [number, number, number, number][] = obstacles.map(({ x, y, radius, halfWidth = radius }) => [
    x - halfWidth,
    y - radius,
    x + halfWidth,
    y + radius,
  ]);
  const placed: PlacedName[] = [];
  for (const name of names) {
    const width = nameWidth(name.text);
    const reach = name.radius + 5;
    const options = [
      { dx: 0, dy: -reach - linePixels / 2, align: 'middle' as const, left: name.x - width / 2 },
      { dx: reach, dy: 0, align: 'start' as const, left: name.x + reach },
      { dx: 0, dy: reach + linePixels / 2, align: 'middle' as const, left: name.x - width / 2 },
      { dx: -reach, dy: 0, align: 'end' as const, left: name.x - reach - width },
    ];
    const boxes = options.map(({ dy, left }): [number, number, number, number] => [
      left,
      name.y + dy - linePixels / 2,
      left + width,
      name.y + dy + linePixels / 2,
    ]);
    let choice = boxes.findIndex((box) => !taken.some((other) => overlap(box, other)));
    // No room at all: where it covers least.
    if (choice < 0 && name.always) {
      const covered = boxes.map((box) => taken.reduce((sum, other) => sum + shared(box, other), 0));
      choice = covered.indexOf(Math.min(...covered));
    }
    const option = options[choice];
    const box = boxes[choice];
    if (!option || !box) continue;
    taken.push(box);
    placed.push({ key: name.key, text: name.text, dx: option.dx, dy: option.dy, align: option.align });
  }
  return placed;
}
/** Area that two boxes share, px². */
function shared(a: readonly number[], b: readonly number[]): number {
  const width = Math.min(a[2]!, b[2]!) - Math.max(a[0]!, b[0]!);
  const height = Math.min(a[3]!, b[3]!) - Math.max(a[1]!, b[1]!);
  return Math.max(0, width) * Math.max(0, height);
}
function overlap(a: readonly number[], b: readonly number[]): boolean {
  return a[0]! < b[2]! && b[0]! < a[2]! && a[1]! < b[3]! && b[1]! < a[3]!;
}
