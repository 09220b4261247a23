// The tool in hand, its corners, the shape that is being edited, and the drawings that this browser keeps, each step of which can be undone.
import { computed, shallowRef, watch } from 'vue';
import type { LngLat } from '../../contracts/geo.ts';
import type { Drawing, Tool } from './sketch.ts';
import * as shapes from './sketch.ts';
import { readUnits, type Units } from './units.ts';

const key = 'one-map-drawings';
const unitKey = 'one-map-units';
const mostSteps = 100;

/** `onArea`: a box or a region was drawn to filter by. `given`: drawings that came with the link. */
export function useSketch(onArea: (ring: readonly LngLat[]) => void, onDrawn: (drawing: Drawing) => void, given: readonly Drawing[]) {
  const tool = shallowRef<Tool | null>(null);
  const corners = shallowRef<readonly LngLat[]>([]);
  const pointer = shallowRef<LngLat | null>(null);
  const drawings = shallowRef<readonly Drawing[]>(shapes.joinedDrawings(shapes.readDrawings(localStorage.getItem(key)), given));
  const units = shallowRef<Units>(readUnits(localStorage.getItem(unitKey)));
  /** Earlier states, oldest first; and those that were undone, latest first. */
  const past = shallowRef<readonly (readonly Drawing[])[]>([]);
  const ahead = shallowRef<readonly (readonly Drawing[])[]>([]);
  const edited = shallowRef<string | null>(null);
  /** The corner that is being dragged. */
  let held: number | null = null;
  watch(drawings, (list) => localStorage.setItem(key, JSON.stringify(list)), { immediate: given.length > 0 });
  watch(units, ({ length, area }) => localStorage.setItem(unitKey, `${length},${area}`));

  function keep(list: readonly Drawing[]): void {
    past.value = [...past.value, drawings.value].slice(-mostSteps);
    ahead.value = [];
    drawings.value = list;
  }
  function undo(): void {
    const before = past.value.at(-1);
    if (!before) return;
    [past.value, ahead.value] = [past.value.slice(0, -1), [drawings.value, ...ahead.value]];
    drawings.value = before;
    if (!editing.value) edited.value = null;
  }
  function redo(): void {
    const [after, ...rest] = ahead.value;
    if (!after) return;
    [past.value, ahead.value] = [[...past.value, drawings.value], rest];
    drawings.value = after;
    if (!editing.value) edited.value = null;
  }
  const editing = computed(() => drawings.value.find(({ id }) => id === edited.value) ?? null);

  function take(next: Tool | null): void {
    tool.value = tool.value === next ? null : next;
    corners.value = [];
    pointer.value = null;
    edited.value = null;
  }
  function finish(): void {
    const inHand = tool.value;
    if (!inHand || !shapes.isComplete(inHand, corners.value)) return;
    const done = corners.value;
    corners.value = [];
    pointer.value = null;
    if (inHand === 'box' || inHand === 'region') {
      tool.value = null;
      onArea(shapes.ringOf(inHand, done));
      return;
    }
    const geometry = shapes.geometryOf(inHand, done);
    if (!geometry) return;
    const kind = inHand === 'length' || inHand === 'area' ? 'measure' : 'sketch';
    const next = 1 + Math.max(0, ...drawings.value.map(({ id }) => Number(id) || 0));
    const drawing: Drawing = { id: String(next), kind, geometry, note: kind === 'sketch' ? `标注 ${next}` : '' };
    keep([...drawings.value, drawing]);
    onDrawn(drawing);
  }
  function add(position: LngLat): void {
    const inHand = tool.value;
    if (!inHand) return;
    const last = corners.value.at(-1);
    // The second click of a double click adds no corner of its own.
    if (last && Math.hypot(last[0] - position[0], last[1] - position[1]) < 1e-7) return;
    corners.value = [...corners.value, position];
    if (shapes.endsItself(inHand, corners.value)) finish();
  }

  const withShape = (id: string, geometry: shapes.Geometry): readonly Drawing[] =>
    drawings.value.map((drawing) => (drawing.id === id ? { ...drawing, geometry } : drawing));
  /** Handles on the map: corners, then middles of sides. */
  const handles = computed<readonly LngLat[]>(() =>
    editing.value ? [...shapes.cornersOf(editing.value.geometry), ...shapes.middlesOf(editing.value.geometry)] : [],
  );
  /** Takes handle `index` in hand; a middle becomes a corner. One step for the undo, however long it is dragged. */
  function grab(index: number): void {
    const { value: drawing } = editing;
    if (!drawing) return;
    const list = [...shapes.cornersOf(drawing.geometry)];
    const middle = index - list.length;
    const place = handles.value[index];
    if (middle >= 0 && place) list.splice(middle + 1, 0, place);
    held = middle >= 0 ? middle + 1 : index;
    const geometry = shapes.withCorners(drawing.geometry, list);
    if (geometry) keep(withShape(drawing.id, geometry));
  }
  function drag(position: LngLat): void {
    const { value: drawing } = editing;
    if (!drawing || held === null) return;
    const list = shapes.cornersOf(drawing.geometry).map((corner, k) => (k === held ? position : corner));
    const geometry = shapes.withCorners(drawing.geometry, list);
    if (geometry) drawings.value = withShape(drawing.id, geometry);
  }
  /** Takes the corner out that was moved last; a shape keeps as many as it needs. @returns false: none was in hand */
  function removeCorner(): boolean {
    const { value: drawing } = editing;
    if (!drawing || held === null) return false;
    const list = shapes.cornersOf(drawing.geometry).filter((_, k) => k !== held);
    const geometry = shapes.withCorners(drawing.geometry, list);
    held = null;
    if (geometry) keep(withShape(drawing.id, geometry));
    return geometry !== null;
  }

  return {
    ...{ tool, corners, drawings, units, editing, handles, take, finish, add, undo, redo, grab, drag, removeCorner },
    canUndo: computed(() => past.value.length > 0),
    canRedo: computed(() => ahead.value.length > 0),
    edit(id: string | null): void {
      tool.value = null;
      corners.value = [];
      held = null;
      edited.value = edited.value === id ? null : id;
    },
    hover: (position: LngLat): void => {
      if (corners.value.length > 0) pointer.value = position;
    },
    /** Takes the last corner back; with none, puts the tool or the shape down. @returns false: there was nothing to undo */
    back(): boolean {
      if (tool.value === null && edited.value === null) return false;
      if (corners.value.length > 0) corners.value = corners.value.slice(0, -1);
      else [tool.value, edited.value] = [null, null];
      return true;
    },
    remove: (id: string): void => {
      if (edited.value === id) edited.value = null;
      keep(drawings.value.filter((drawing) => drawing.id !== id));
    },
    clear: (): void => {
      edited.value = null;
      keep([]);
    },
    note: (id: string, note: string): void =>
      keep(drawings.value.map((drawing) => (drawing.id === id ? { ...drawing, note: note.slice(0, 80) } : drawing))),
    setUnits: (next: Partial<Units>): void => {
      units.value = { ...units.value, ...next };
    },
    shapes: computed<readonly object[]>(() => [
      ...drawings.value.flatMap((drawing) => shapes.shapesOf(drawing, units.value)),
      ...(tool.value ? shapes.rubberBand(tool.value, corners.value, pointer.value, units.value) : []),
      ...(editing.value ? shapes.handleShapes(editing.value.geometry) : []),
    ]),
  };
}
export type Sketch = ReturnType<typeof useSketch>;
