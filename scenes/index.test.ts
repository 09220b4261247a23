// The registry of scenes: folders = index, id = folder, every stream exists, every scene has a page.
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { streams } from '../streams/index.ts';
import { scenes } from './index.ts';
import { pages } from './pages.ts';

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe('scenes', () => {
  it('are the folders', () => {
    expect([...scenes.map((scene) => scene.id)].sort()).toEqual([...folders].sort());
    expect(scenes.length).toBeGreaterThanOrEqual(2);
  });
  it.each(scenes.map((scene) => [scene.id, scene] as const))('%s refers to what exists', (id, scene) => {
    const paths = streams.map((stream) => `${stream.theme}/${stream.id}`);
    expect(scene.streams.filter((path) => !paths.includes(path))).toEqual([]);
    expect(existsSync(`${import.meta.dirname}/${id}/manifest.ts`)).toBe(true);
    expect(scene.path).toBe(`/${scene.surface}/${id}`);
    expect(Object.keys(pages)).toContain(id);
  });
  it('have one path each', () => {
    expect(new Set(scenes.map((scene) => scene.path)).size).toBe(scenes.length);
  });
});
