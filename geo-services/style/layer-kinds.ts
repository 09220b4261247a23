// What a layer's kinds are drawn in and called: the table of layer-colours.data.ts as maps and legends ask for it. Pure.
import { landClasses, layerColours } from './layer-colours.data.ts';

export interface LayerKinds {
  /** Tells the kinds apart. */
  readonly attribute: string;
  /** Values in the order of the table. */
  readonly kinds: readonly { readonly value: string; readonly title: string; readonly colour: string }[];
}

/** The colour of a layer as a whole, or of what is none of its kinds; null: nobody chose one. */
export function layerColour(id: string): string | null {
  return layerColours[id]?.colours['*'] ?? null;
}
/** Null: the layer is drawn in one colour. */
export function layerKinds(id: string): LayerKinds | null {
  const table = layerColours[id];
  if (!table?.attribute) return null;
  const { attribute } = table;
  const values = Object.keys(table.colours).filter((value) => value !== '*');
  return {
    attribute,
    kinds: values.map((value) => ({ value, title: kindTitle(attribute, value), colour: table.colours[value] as string })),
  };
}
/** A code is told with its name. */
export function kindTitle(attribute: string, value: string): string {
  const name = attribute === 'dlbm' ? landClasses[value] : undefined;
  return name === undefined ? value : `${value} ${name}`;
}
