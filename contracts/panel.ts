// The declared shape of a panel, and the five states that each one has.
import type { Topic } from './wire.ts';

export const panelStates = ['normal', 'loading', 'empty', 'error', 'stale', 'forbidden'] as const;
export type PanelState = (typeof panelStates)[number];

export interface Panel {
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
  /** Unit or scope that stands in the title's line. */
  readonly unit: string;
  /** What it listens to. */
  readonly topics: readonly Topic[];
  /** The source as the truth strip prints it. */
  readonly source: string;
}

export function definePanel(panel: Panel): Panel {
  return Object.freeze(panel);
}
