// Grants: who sees a layer whole, who sees it masked, who does not see it at all; and the view of one person that comes of them.
//
// A grant never opens what the sharing law (GB/T 21063, geo-services/one-map/sight.ts) closes: it lifts the mask of a sensitive layer, or it
// takes away. A view says everything that an answer depends on, so answers are shared by all who have the same view (`viewKey`).
import type { Department, Identity, Role } from './access.ts';
import { adcodePrefix } from './geo.ts';
import type { Layer } from './layer.ts';

/** GeoJSON (RFC 7946), degrees in CGCS2000 (EPSG:4490). */
export interface Fence {
  readonly type: 'Polygon' | 'MultiPolygon';
  readonly coordinates: unknown;
}

export interface LayerGrant {
  /** A layer's id, `theme:` and a theme, or '*'. */
  readonly layer: string;
  /** Whoever is all of these; nothing given: everybody. `user`: the name of an account or of a key. */
  readonly to: { readonly role?: Role; readonly department?: Department; readonly user?: string };
  /** full: the mask of a sensitive layer is lifted · masked: it stays · none: the layer is not there. */
  readonly view: 'full' | 'masked' | 'none';
  /** Taken away besides, with any view. */
  readonly hiddenAttributes: readonly string[];
  /** Given out alone; absent or null: all that are not hidden. */
  readonly onlyAttributes?: readonly string[] | null;
  /** Places no finer than this; null: as they are. */
  readonly precisionMetres: number | null;
  /** Only features that touch it; null: everywhere. */
  readonly fence: Fence | null;
}

/** What one person sees of a layer that sharing lets him read. */
export interface LayerView {
  /** Digits that the AdCodes of visible rows begin with; null: rows are not told apart by area. */
  readonly rows: string | null;
  /** Departments of visible rows, sorted; '*': rows are not told apart by department. */
  readonly departments: '*' | readonly Department[];
  /** Attributes of the layer that are not given out, sorted. */
  readonly hidden: readonly string[];
  readonly precisionMetres: number | null;
  /** A feature is seen when it touches every one of them. */
  readonly fences: readonly Fence[];
}

/** How near a grant speaks to the person and the layer; higher is nearer. */
function nearness({ layer, to }: LayerGrant): number {
  const who = (to.role === undefined ? 0 : 2) + (to.department === undefined ? 0 : 1);
  const what = layer === '*' ? 0 : layer.startsWith('theme:') ? 1 : 2;
  return (to.user === undefined ? 0 : 100) + what * 10 + who;
}

function speaksOf({ layer }: LayerGrant, { id, theme }: Pick<Layer, 'id' | 'theme'>): boolean {
  return layer === '*' || layer === id || layer === `theme:${theme}`;
}
/** The name of a key of the portal; no account is meant by it. */
const isKeyName = (user: string): boolean => /^key-\d+$/.test(user);
function speaksTo({ to, view }: LayerGrant, { user, role, scope, machine }: Identity): boolean {
  if (to.user !== undefined && (to.user !== user || isKeyName(user) !== (machine === true))) return false;
  if (to.role !== undefined && to.role !== role) return false;
  if (to.department === undefined) return true;
  return scope.departments === '*' ? view === 'full' : scope.departments.includes(to.department);
}

const sorted = <T extends string>(list: Iterable<T>): readonly T[] => [...new Set(list)].sort();

/** What one person sees of each layer: grants are sorted once for all of them. `null`: the layer is not there for him. */
export function viewsOf(identity: Identity, grants: Iterable<LayerGrant>): (layer: Parameters<typeof resolveView>[1]) => LayerView | null {
  const byLayer = new Map<string, LayerGrant[]>();
  for (const grant of grants) {
    if (!speaksTo(grant, identity)) continue;
    const list = byLayer.get(grant.layer);
    if (list) list.push(grant);
    else byLayer.set(grant.layer, [grant]);
  }
  return (layer) =>
    resolveView(
      identity,
      layer,
      byLayer.size === 0 ? [] : ['*', `theme:${layer.theme}`, layer.id].flatMap((name) => byLayer.get(name) ?? []),
    );
}

/**
 * What is left of a layer for a person; null: it is not there for him. Whether sharing lets him read it at all is not asked here.
 *
 * 1. Of the grants that speak of the layer and to the person only the nearest count: one that names the account before all others; then one for
 *    the layer before one for its theme before one for all ('*'); then role and department, role, department, everybody.
 * 2. Among equally near ones the stricter wins: `none` before all; `masked` before `full`; hidden attributes of all of them, given-out ones that
 *    all of them give; the coarsest precision; every fence.
 * 3. No grant: a sensitive layer is masked as it declares, another is seen whole.
 * 4. He who answers for all departments ('*') is reached by a grant to one department when it is `full`, and not when it takes away.
 * 5. For a machine (a key, a visitor) a grant lifts the mask only when it names it; what takes away counts as for people.
 * 6. Rows are always those of his area, and of his departments where the layer tells them (departmentColumn).
 */
export function resolveView(
  identity: Identity,
  layer: Pick<Layer, 'id' | 'theme' | 'attributes' | 'adcodeColumn' | 'departmentColumn' | 'sensitive'>,
  grants: Iterable<LayerGrant>,
): LayerView | null {
  let nearest = -1;
  let counting: LayerGrant[] = [];
  for (const grant of grants) {
    if (!speaksOf(grant, layer) || !speaksTo(grant, identity)) continue;
    const near = nearness(grant);
    if (near > nearest) [nearest, counting] = [near, []];
    if (near === nearest) counting.push(grant);
  }
  if (counting.some(({ view }) => view === 'none')) return null;
  const lifts = ({ view, to }: LayerGrant): boolean => view === 'full' && (identity.machine !== true || to.user === identity.user);
  const lifted = counting.length > 0 && counting.every(lifts);
  const masks = [
    ...counting.map(({ hiddenAttributes, precisionMetres }) => ({ hidden: hiddenAttributes, precisionMetres })),
    ...(layer.sensitive && !lifted ? [layer.sensitive] : []),
  ];
  const hidden = new Set(masks.flatMap((mask) => mask.hidden));
  for (const { onlyAttributes } of counting)
    if (onlyAttributes) for (const name of layer.attributes) if (!onlyAttributes.includes(name)) hidden.add(name);
  const coarsest = Math.max(0, ...masks.map(({ precisionMetres }) => precisionMetres ?? 0));
  const fences = sorted(counting.flatMap(({ fence }) => (fence ? [fenceText(fence)] : [])));
  const { adcode, departments } = identity.scope;
  return {
    rows: layer.adcodeColumn === null ? null : adcodePrefix(adcode),
    departments: layer.departmentColumn === undefined || departments === '*' ? '*' : sorted(departments),
    hidden: sorted(layer.attributes.filter((name) => hidden.has(name))),
    precisionMetres: coarsest > 0 ? coarsest : null,
    fences: fences.map((text) => JSON.parse(text) as Fence),
  };
}

/** Everything of the rows whose AdCode begins with the digits; null: of all. */
export const wholeView = (rows: string | null): LayerView => ({ rows, departments: '*', hidden: [], precisionMetres: null, fences: [] });

/** Equal exactly when two fences are. */
export const fenceText = ({ type, coordinates }: Fence): string => JSON.stringify({ type, coordinates });

/** Equal exactly when two views are: the key under which answers are shared. */
export function viewKey({ rows, departments, hidden, precisionMetres, fences }: LayerView): string {
  return JSON.stringify([rows, departments, hidden, precisionMetres, fences.map(fenceText)]);
}

/** Whether a view takes nothing away but rows of other areas: who sees less may not write what he does not see. */
export function isWhole({ departments, hidden, precisionMetres, fences }: LayerView): boolean {
  return departments === '*' && hidden.length === 0 && precisionMetres === null && fences.length === 0;
}
