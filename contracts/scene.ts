// The declared shape of a scene: a page's question, and what it is made of.
import type { Role } from './access.ts';
import { Problem } from './problem.ts';
import type { StreamPath } from './stream.ts';

export interface Scene {
  /** Folder name. */
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
  /** The question that the page answers, as its user would ask it. */
  readonly question: string;
  readonly surface: 'screen' | 'console' | 'twin';
  readonly path: `/${string}`;
  readonly layers: readonly string[];
  readonly streams: readonly StreamPath[];
  readonly panels: readonly string[];
  readonly roles: readonly Role[];
}

/** Checks a scene's declaration. @throws Problem bad-declaration */
export function defineScene(scene: Scene): Scene {
  if (!/^[a-z][a-z-]*$/.test(scene.id) || scene.roles.length === 0) throw new Problem('bad-declaration', { what: `scene ${scene.id}` });
  return Object.freeze(scene);
}
