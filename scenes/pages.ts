// The page of each scene, as a chunk of its own. Apart from index.ts, because the server imports that one and knows no views.
import type { Component } from 'vue';

export const pages: Readonly<Record<string, () => Promise<{ default: Component }>>> = {
  overview: () => import('./overview/overview.vue'),
  'one-map': () => import('./one-map/one-map.vue'),
  ecology: () => import('./ecology/ecology.vue'),
};
