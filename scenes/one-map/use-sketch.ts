// The tool in hand, its corners, and the drawings that this browser keeps.
import { computed, shallowRef, watch } from 'vue';
import type { LngLat } from '../../contracts/geo.ts';
import { type Drawing, endsItself, geometryOf, isComplete, readDrawings, ringOf, rubberBand, shapesOf, type Tool } from './sketch.ts';

const key = 'one-map-drawings';

/** `onArea`: a box or a region was drawn to filter by. */
export function useSketch(onArea: (ring: readonly LngLat[]) => void, onDrawn: (drawing: Drawing) => void) {
  const tool = shallowRef<Tool | null>(null);
  const corners = shallowRef<readonly LngLat[]>([]);
  const pointer = shallowRef<LngLat | null>(null);
  const drawings = shallowRef<readonly Drawing[]>(readDrawings(localStorage.getItem(key)));
  watch(drawings, (list) => localStorage.setItem(key, JSON.stringify(list)));

  function take(next: Tool | null): void {
    tool.value = tool.value === next ? null : next;
    corners.value = [];
    pointer.value = null;
  }
  function finish(): void {
    const inHand = tool.value;
    if (!inHand || !isComplete(inHand, corners.value)) return;
    const done = corners.value;
    corners.value = [];
    pointer.value = null;
    if (inHand === 'box' || inHand === 'region') {
      tool.value = null;
      onArea(ringOf(inHand, done));
      return;
    }
    const geometry = geometryOf(inHand, done);
    if (!geometry) return;
    const kind = inHand === 'length' || inHand === 'area' ? 'measure' : 'sketch';
    const next = 1 + Math.max(0, ...drawings.value.map(({ id }) => Number(id) || 0));
    const drawing: Drawing = { id: String(next), kind, geometry, note: kind === 'sketch' ? `标注 ${next}` : '' };
    drawings.value = [...drawings.value, drawing];
    onDrawn(drawing);
  }
  function add(position: LngLat): void {
    const inHand = tool.value;
    if (!inHand) return;
    const last = corners.value.at(-1);
    // The second click of a double click adds no corner of its own.
    if (last && Math.hypot(last[0] - position[0], last[1] - position[1]) < 1e-7) return;
    corners.value = [...corners.value, position];
    if (endsItself(inHand, corners.value)) finish();
  }
  return {
    ...{ tool, corners, drawings, take, finish, add },
    hover: (position: LngLat): void => {
      if (corners.value.length > 0) pointer.value = position;
    },
    /** Takes the last corner back; with none, puts the tool down. @returns false: there was nothing to undo */
    back(): boolean {
      if (tool.value === null) return false;
      if (corners.value.length > 0) corners.value = corners.value.slice(0, -1);
      else tool.value = null;
      return true;
    },
    remove: (id: string): void => {
      drawings.value = drawings.value.filter((drawing) => drawing.id !== id);
    },
    note: (id: string, note: string): void => {
      drawings.value = drawings.value.map((drawing) => (drawing.id === id ? { ...drawing, note: note.slice(0, 80) } : drawing));
    },
    shapes: computed<readonly object[]>(() => [
      ...drawings.value.flatMap(shapesOf),
      ...(tool.value ? rubberBand(tool.value, corners.value, pointer.value) : []),
    ]),
  };
}
export type Sketch = ReturnType<typeof useSketch>;
