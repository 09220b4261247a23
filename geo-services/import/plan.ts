// From preview and a person's wishes to what is done: each layer's columns, types, coordinate system, id and title, or what is amiss with them.
import type { GeometryClass, ImportPlan, ImportType, LayerPreview, Place, RasterPlan } from '../../contracts/import.ts';
import { Problem } from '../../contracts/problem.ts';
import { columnNames, isColumnName } from './column-types.ts';
import { systemOf } from './crs-systems.ts';

export interface PlannedField {
  readonly name: string;
  readonly as: string;
  readonly title: string;
  readonly type: ImportType;
  /** By the person: it is not widened, a value that does not fit is told and left out. */
  readonly chosen: boolean;
}
export interface PlannedLayer {
  readonly source: string;
  /** Of the collection of the first class; others have -line and so on behind it. */
  readonly id: string;
  readonly title: string;
  /** null: the layer's own WKT. */
  readonly crs: string | null;
  readonly swapped: boolean;
  readonly place: Place | null;
  readonly fields: readonly PlannedField[];
  readonly classes: readonly GeometryClass[];
  /** Of a raster: what is made of it. */
  readonly raster?: { readonly use: 'picture' | 'elevation'; readonly plan: RasterPlan };
}

/** An id of a name: its Latin part, else `layer`. */
export function idOf(name: string, job: number): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return plain.length >= 2 ? plain : `layer-${job}`;
}

/**
 * @param taken ids that collections have already
 * @throws Problem bad-body with what is missing or wrong, conflict for an id that is taken
 */
export function planImport(job: number, previews: readonly LayerPreview[], plan: ImportPlan, taken: ReadonlySet<string>): PlannedLayer[] {
  const used = new Set(taken);
  for (const { source } of plan.layers ?? [])
    if (!previews.some((preview) => preview.source === source)) throw new Problem('bad-body', { reason: `文件里没有图层 ${source}` });
  const wishOf = (preview: LayerPreview) => plan.layers?.find(({ source }) => source === preview.source);
  const asked = previews.filter((preview) => !wishOf(preview)?.skip);
  // A layer without any place among others that have one (a folder of legends in a KML) does not hold them up.
  const placed = asked.filter((preview) => preview.classes.length > 0 || (wishOf(preview)?.place ?? preview.place) !== null);
  const wanted = placed.length > 0 ? placed : asked;
  if (wanted.length === 0) throw new Problem('bad-body', { reason: '没有一个图层要导入' });
  return wanted.map((preview) => {
    const wish = wishOf(preview);
    const told = wish?.crs ?? plan.crs;
    const place = wish?.place ?? preview.place;
    const crs = told ?? preview.crs.code;
    const bad = (reason: string): Problem => new Problem('bad-body', { reason: `${preview.source}：${reason}` });
    if (told !== undefined && !systemOf(told)) throw bad(`没有坐标系 ${told}`);
    if (crs === null && preview.classes.length > 0)
      throw bad(`坐标系须由人指定（crs）：${preview.crs.notes.join('；')}。可选 ${preview.crs.others.join('、')}`);
    if (place !== null) {
      const names = new Set(preview.fields.map(({ name }) => name));
      for (const column of Object.values(place)) if (!names.has(column)) throw bad(`没有字段 ${column}`);
    } else if (preview.classes.length === 0) throw bad('没有坐标，也没有指定坐标列或行政区划列');
    for (const { name } of wish?.fields ?? []) if (!preview.fields.some((field) => field.name === name)) throw bad(`没有字段 ${name}`);
    const kept = preview.fields.filter(({ name }) => !wish?.fields?.find((field) => field.name === name)?.skip);
    const fields = kept.map((field): PlannedField => {
      const mapped = wish?.fields?.find(({ name }) => name === field.name);
      const as = mapped?.as ?? field.as;
      if (!isColumnName(as))
        throw bad(`列名 ${as} 不可用：以小写字母或汉字开头，只含小写字母、数字、下划线、汉字，且不是 id、geom 等保留名`);
      return {
        name: field.name,
        as,
        title: mapped?.title ?? field.title,
        type: mapped?.type ?? field.type,
        chosen: mapped?.type !== undefined,
      };
    });
    const doubled = fields.find((field, n) => fields.findIndex(({ as }) => as === field.as) !== n);
    if (doubled) throw bad(`列名 ${doubled.as} 用了两次`);
    if (place !== null && 'division' in place) {
      const [precision = '', placedBy = ''] = columnNames([...fields.map(({ as }) => as), '位置精度', '位置所据']).slice(-2);
      fields.push({ name: '\ue000precision', as: precision, title: '位置精度', type: 'text', chosen: true });
      fields.push({ name: '\ue000placed', as: placedBy, title: '位置所据', type: 'text', chosen: true });
    }
    if (fields.length > 1500) throw bad('字段多于 1500 个');
    const only = wanted.length === 1;
    const chosen = wish?.id ?? (only ? plan.id : undefined);
    if (chosen !== undefined && used.has(chosen)) throw new Problem('conflict', { what: `图层 ${chosen} 已存在` });
    const stem = chosen ?? (plan.id ? `${plan.id}-${idOf(preview.source, job)}` : idOf(preview.source, job));
    let id = stem;
    for (let n = 2; used.has(id); n++) id = `${stem}-${n}`;
    for (const suffix of ['', '-point', '-line', '-polygon']) used.add(`${id}${suffix}`);
    const title = wish?.title ?? (only ? plan.title : plan.title && `${plan.title} ${preview.source}`) ?? preview.source;
    // Told by a person what the file says already: the file's own words are as good.
    const own = told === undefined && preview.crs.how === 'file';
    return {
      ...{
        source: preview.source,
        id,
        title: title.slice(0, 100),
        crs: own ? null : crs,
        swapped: told === undefined && preview.crs.swapped,
      },
      ...{ place, fields, classes: preview.classes },
      ...rasterOf(preview, wish?.raster ?? plan.raster, bad),
    };
  });
}

function rasterOf(preview: LayerPreview, plan: RasterPlan = {}, bad: (reason: string) => Problem): Pick<PlannedLayer, 'raster'> {
  const { raster } = preview;
  if (!raster) return {};
  const use = plan.as ?? raster.uses[0] ?? 'picture';
  const band = [plan.band ?? 1, ...(plan.bands ?? [])].find((one) => one > Math.max(1, raster.bands.length));
  if (band !== undefined) throw bad(`没有波段 ${band}`);
  if (plan.min !== undefined && plan.max !== undefined && plan.min >= plan.max) throw bad('下限须小于上限');
  return { raster: { use, plan } };
}
