// Geometries as PostGIS sends them (EWKB), read straight into whole numbers of a tile: flat positions, part after part, y to the south.
//
// Source: PostGIS manual, "Extended WKB": WKB of OGC 06-103r4 with flags for Z, M and SRID in the type. Arcs are not read: EwkbFault.

/** A geometry that this reader does not know. */
export class EwkbFault extends Error {}

/** Where tile units come from: x' = (x − west) · scaleX, y' = (north − y) · scaleY. Already in units: 0, 1, 0, −1. */
export interface Placing {
  readonly west: number;
  readonly scaleX: number;
  readonly north: number;
  readonly scaleY: number;
}

export const [POINT, LINE, POLYGON, COLLECTION] = [1, 2, 3, 7] as const;
const [HAS_Z, HAS_M, HAS_SRID] = [0x80000000, 0x40000000, 0x20000000];

/** Reads one geometry after another; what was read stands in the fields until the next reading. */
export class EwkbReader {
  /** POINT, LINE or POLYGON: a collection gives the parts of its highest dimension. 0: empty. */
  kind = 0;
  /** x, y, x, y … */
  positions = new Int32Array(1024);
  /** Of each part, one past its last number in `positions`. A ring has its first position once more at its end, as it was sent. */
  ends = new Int32Array(64);
  /** Of each part, 1 if it is the first ring of a polygon. */
  exterior = new Uint8Array(64);
  /** Parts. */
  count = 0;
  private length = 0;
  private at = 0;
  private readonly view: DataView;

  constructor(view: DataView) {
    this.view = view;
  }

  /** The geometry that begins at a byte. @throws EwkbFault for a type that is none of points, lines, polygons; RangeError beyond the end */
  read(at: number, placing: Placing): void {
    this.at = at;
    this.length = 0;
    this.kind = 0;
    this.count = 0;
    this.geometry(placing);
  }

  private geometry(placing: Placing): void {
    const { view } = this;
    const little = view.getUint8(this.at) === 1;
    const type = view.getUint32(this.at + 1, little);
    this.at += (type & HAS_SRID) !== 0 ? 9 : 5;
    const stride = 16 + ((type & HAS_Z) !== 0 ? 8 : 0) + ((type & HAS_M) !== 0 ? 8 : 0);
    const shape = type & 0x1fffffff;
    if (shape < POINT || shape > COLLECTION) throw new EwkbFault(`geometry of type ${shape}`);
    if (shape === POINT) {
      // An empty point is one of NaN.
      const empty = Number.isNaN(view.getFloat64(this.at, little));
      if (empty || !this.takes(POINT)) this.at += stride;
      else this.part(1, stride, little, placing, false);
      return;
    }
    const count = view.getUint32(this.at, little);
    this.at += 4;
    if (shape === LINE) this.line(count, stride, little, placing);
    else if (shape === POLYGON)
      for (let ring = 0; ring < count; ring++) {
        const positions = view.getUint32(this.at, little);
        this.at += 4;
        if (this.takes(POLYGON)) this.part(positions, stride, little, placing, ring === 0);
        else this.at += positions * stride;
      }
    else for (let member = 0; member < count; member++) this.geometry(placing);
  }
  private line(count: number, stride: number, little: boolean, placing: Placing): void {
    if (count > 0 && this.takes(LINE)) this.part(count, stride, little, placing, false);
    else this.at += count * stride;
  }

  /** Whether a part of the kind belongs to the answer: a higher one puts away what is there. */
  private takes(kind: number): boolean {
    if (kind < this.kind) return false;
    if (kind > this.kind) {
      this.kind = kind;
      this.length = 0;
      this.count = 0;
    }
    return true;
  }
  private part(count: number, stride: number, little: boolean, { west, scaleX, north, scaleY }: Placing, first: boolean): void {
    const { view } = this;
    if (this.at + count * stride > view.byteLength) throw new RangeError('the geometry ends within a position');
    const from = this.length;
    if (from + count * 2 > this.positions.length) {
      const wider = new Int32Array(Math.max(this.positions.length * 2, from + count * 2));
      wider.set(this.positions);
      this.positions = wider;
    }
    const { positions } = this;
    let at = this.at;
    let to = from;
    for (let n = 0; n < count; n++) {
      positions[to++] = Math.round((view.getFloat64(at, little) - west) * scaleX);
      positions[to++] = Math.round((north - view.getFloat64(at + 8, little)) * scaleY);
      at += stride;
    }
    this.at = at;
    this.length = to;
    if (this.count === this.ends.length) this.moreParts();
    this.ends[this.count] = to;
    this.exterior[this.count++] = first ? 1 : 0;
  }
  private moreParts(): void {
    const [ends, exterior] = [new Int32Array(this.count * 2), new Uint8Array(this.count * 2)];
    ends.set(this.ends);
    exterior.set(this.exterior);
    this.ends = ends;
    this.exterior = exterior;
  }
}
