// The list of scenes, data only: the server reads it for /api/scenes, the root for its routes. index.test.ts compares it with the folders.
import type { Scene } from '../contracts/scene.ts';
import { ecology } from './ecology/manifest.ts';
import { oneMap } from './one-map/manifest.ts';
import { overview } from './overview/manifest.ts';

export const scenes: readonly Scene[] = [overview, ecology, oneMap];
