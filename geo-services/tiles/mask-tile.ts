// One vector tile made into the tile of a viewer: what he may not see is taken out of the protobuf, and no byte of it stays behind.
//
// Source: Mapbox Vector Tile 2.1 §4 (layers, features, tables of keys and values, geometry) over protobuf. Features that stay are not decoded:
// their identifiers and geometries are copied as bytes; the tables are made anew of what is still named. Ids stay: the door of items gives the
// same ids with the same mask, and list, map and detail must agree on a selection. What depends on the place (fences) the tile brings with it as
// marks that are never given out; coarser places are another tile (tile-sql.ts). Failing is closed: a layer without a mask, a feature without its
// guard or its mark and fields that we do not know are left out; what is no MVT is an Error.
import { malformed, ProtoReader, ProtoWriter } from './protobuf.ts';

export interface TileMask {
  /** Attributes that stay. */
  readonly keep: ReadonlySet<string>;
  /** Only features whose attribute begins so. */
  readonly rows: { readonly attribute: string; readonly prefix: string } | null;
  /** Only features whose attribute is one of these. */
  readonly departments: { readonly attribute: string; readonly among: ReadonlySet<string> } | null;
  /** Only features that have each of these attributes, whatever its value. */
  readonly marks: readonly string[];
}

const [VARINT, BYTES] = [0, 2];
/** Field numbers: Tile, Layer, Feature (2.1, vector_tile.proto). */
const TILE = { layers: 3 };
const LAYER = { name: 1, features: 2, keys: 3, values: 4, extent: 5, version: 15 };
const FEATURE = { id: 1, tags: 2, type: 3, geometry: 4 };

interface Range {
  readonly from: number;
  readonly to: number;
}
interface RawLayer {
  readonly name: string;
  readonly keys: readonly string[];
  readonly values: readonly Range[];
  readonly features: readonly Range[];
  readonly extent: number | null;
  readonly version: number | null;
  /** Has fields that we do not know. */
  readonly strange: boolean;
}
interface RawFeature {
  /** Its varint, with the tag. */
  readonly id: Range | null;
  readonly tags: Range | null;
  readonly type: number;
  readonly geometry: Range | null;
  readonly strange: boolean;
}

function readLayer(reader: ProtoReader, { from, to }: Range): RawLayer {
  const layer = { keys: [] as string[], values: [] as Range[], features: [] as Range[], strange: false };
  let [name, extent, version] = [null, null, null] as [string | null, number | null, number | null];
  reader.fields(from, to, (field, wire, at) => {
    if (field === LAYER.features && wire === BYTES) layer.features.push(at);
    else if (field === LAYER.keys && wire === BYTES) layer.keys.push(reader.text(at));
    else if (field === LAYER.values && wire === BYTES) layer.values.push(at);
    else if (field === LAYER.name && wire === BYTES && name === null) name = reader.text(at);
    else if (field === LAYER.extent && wire === VARINT) extent = reader.number(at);
    else if (field === LAYER.version && wire === VARINT) version = reader.number(at);
    else if (field === LAYER.name || field <= LAYER.extent || field === LAYER.version) malformed(`layer field ${field}`, at.from);
    else layer.strange = true;
  });
  return { ...layer, name: name ?? malformed('layer without a name', from), extent, version };
}

function readFeature(reader: ProtoReader, { from, to }: Range): RawFeature {
  let [id, tags, geometry] = [null, null, null] as [Range | null, Range | null, Range | null];
  let [type, strange] = [0, false];
  reader.fields(from, to, (field, wire, at, tagAt) => {
    if (field === FEATURE.tags && wire === BYTES && tags === null) tags = at;
    else if (field === FEATURE.geometry && wire === BYTES && geometry === null) geometry = at;
    else if (field === FEATURE.id && wire === VARINT) id = { from: tagAt, to: at.to };
    else if (field === FEATURE.type && wire === VARINT) type = reader.number(at);
    else if (field <= FEATURE.geometry) malformed(`feature field ${field}`, at.from);
    else strange = true;
  });
  return { id, tags, geometry, type, strange };
}

/** A value (§4.4) as text, as PostgreSQL would write it; null: it has none. */
function valueText(reader: ProtoReader, { from, to }: Range): string | null {
  let text: string | null = null;
  reader.fields(from, to, (field, wire, at) => {
    if (field === 1 && wire === BYTES) text = reader.text(at);
    else if (field === 2 && wire === 5) text = String(reader.float(at));
    else if (field === 3 && wire === 1) text = String(reader.float(at));
    else if ((field === 4 || field === 5) && wire === VARINT) text = String(reader.number(at));
    else if (field === 6 && wire === VARINT) {
      const zigzag = reader.number(at);
      text = String(zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2);
    } else if (field === 7 && wire === VARINT) text = String(reader.number(at) !== 0);
    else malformed(`value field ${field}`, at.from);
  });
  return text;
}

/** What a mask says of each key, by its number in the layer's table. */
interface KeyMask {
  readonly stays: boolean;
  readonly area: boolean;
  readonly department: boolean;
  readonly mark: boolean;
}

class LayerMasking {
  private readonly keyMasks: readonly KeyMask[];
  private readonly newKeys: Int32Array;
  private readonly newValues: Int32Array;
  private readonly keyOrder: number[] = [];
  private readonly valueOrder: number[] = [];
  private readonly texts: (string | null | undefined)[] = [];
  private readonly features = new ProtoWriter();
  private readonly body = new ProtoWriter();
  private readonly packed = new ProtoWriter();
  private kept = 0;
  /** Something was taken out. */
  private touched: boolean;

  private readonly reader: ProtoReader;
  private readonly layer: RawLayer;
  private readonly mask: TileMask;

  constructor(reader: ProtoReader, layer: RawLayer, mask: TileMask) {
    [this.reader, this.layer, this.mask] = [reader, layer, mask];
    this.newKeys = new Int32Array(layer.keys.length).fill(-1);
    this.newValues = new Int32Array(layer.values.length).fill(-1);
    this.keyMasks = layer.keys.map((key) => ({
      stays: mask.keep.has(key),
      area: mask.rows?.attribute === key,
      department: mask.departments?.attribute === key,
      mark: mask.marks.includes(key),
    }));
    this.touched = layer.strange || this.keyMasks.some(({ stays }) => !stays);
  }

  private text(value: number): string | null {
    const known = this.texts[value];
    if (known !== undefined) return known;
    const text = valueText(this.reader, this.layer.values[value] as Range);
    this.texts[value] = text;
    return text;
  }

  /** Looks at the tags of a feature: whether it is within its rows, departments and fences. Bounds are checked of every tag. */
  private isRow({ tags }: RawFeature): boolean {
    const { rows, departments, marks } = this.mask;
    let [area, department, marked] = [false, false, 0];
    let allowed = true;
    if (tags)
      this.reader.pairs(tags, (key, value) => {
        const mask = this.keyMasks[key];
        if (!mask || value >= this.layer.values.length) return malformed(`tag ${key} ${value} beyond its table`, tags.from);
        if (mask.area && rows) {
          area = true;
          allowed &&= this.text(value)?.startsWith(rows.prefix) === true;
        }
        if (mask.mark) marked++;
        if (mask.department && departments) {
          department = true;
          allowed &&= departments.among.has(this.text(value) ?? '');
        }
      });
    return allowed && (rows === null || area) && (departments === null || department) && marked === marks.length;
  }

  private numberOf(table: Int32Array, order: number[], old: number): number {
    const known = table[old] as number;
    if (known >= 0) return known;
    table[old] = order.length;
    return order.push(old) - 1;
  }

  feature(range: Range): void {
    const { reader } = this;
    const feature = readFeature(reader, range);
    if (feature.strange) this.touched = true;
    if (!this.isRow(feature)) {
      this.touched = true;
      return;
    }
    this.kept++;
    const { body, packed } = this;
    body.clear();
    if (feature.id) body.copy(reader.bytes, feature.id);
    if (feature.tags) {
      packed.clear();
      reader.pairs(feature.tags, (key, value) => {
        if (!(this.keyMasks[key] as KeyMask).stays) return;
        packed.varint(this.numberOf(this.newKeys, this.keyOrder, key));
        packed.varint(this.numberOf(this.newValues, this.valueOrder, value));
      });
      if (packed.length > 0) body.message(FEATURE.tags, packed);
    }
    body.number(FEATURE.type, feature.type);
    if (feature.geometry) body.field(FEATURE.geometry, reader.bytes, feature.geometry);
    this.features.message(LAYER.features, body);
  }

  /** null: nothing is masked, the layer goes out as it came; of a layer without features nothing goes out. */
  finish(): ProtoWriter | null {
    if (!this.touched) return null;
    const { layer, reader } = this;
    const out = new ProtoWriter();
    if (this.kept === 0) return out;
    out.number(LAYER.version, layer.version ?? 1);
    out.string(LAYER.name, layer.name);
    out.raw(this.features);
    for (const key of this.keyOrder) out.string(LAYER.keys, layer.keys[key] as string);
    for (const value of this.valueOrder) out.field(LAYER.values, reader.bytes, layer.values[value] as Range);
    if (layer.extent !== null) out.number(LAYER.extent, layer.extent);
    return out;
  }
}

/**
 * The tile with only what the masks leave, by name of layer; 'whole': as it is; a layer without an entry does not go out.
 * Nothing to take away: the same buffer, uncopied. @throws Error what is no MVT, and at which byte
 */
export function maskTile(mvt: Uint8Array, masks: ReadonlyMap<string, TileMask | 'whole'>): Uint8Array {
  const reader = new ProtoReader(mvt);
  const out = new ProtoWriter();
  let touched = false;
  reader.fields(0, mvt.length, (field, wire, at) => {
    if (field !== TILE.layers || wire !== BYTES) {
      if (field <= TILE.layers) malformed(`tile field ${field}`, at.from);
      touched = true;
      return;
    }
    const layer = readLayer(reader, at);
    const mask = masks.get(layer.name);
    if (mask === 'whole') return out.field(TILE.layers, mvt, at);
    if (!mask) {
      touched = true;
      return;
    }
    const masking = new LayerMasking(reader, layer, mask);
    for (const feature of layer.features) masking.feature(feature);
    const masked = masking.finish();
    if (masked === null) return out.field(TILE.layers, mvt, at);
    touched = true;
    if (masked.length > 0) out.message(TILE.layers, masked);
  });
  return touched ? out.done() : mvt;
}
