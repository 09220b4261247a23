// Build of the pages (vite) and the test runner (vitest).
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [vue()],
  build: {
    outDir: 'dist/pages',
    target: 'es2022',
    chunkSizeWarningLimit: 1200,
    sourcemap: false,
    // Fonts as files of their own: cached once, and nothing of the pages depends on data: addresses.
    assetsInlineLimit: 0,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: {
    proxy: {
      ...Object.fromEntries(
        ['/api', '/ogc', '/wmts', '/sta', '/cap', '/3dtiles', '/livez', '/readyz', '/metrics'].map((path) => [
          path,
          'http://127.0.0.1:8080',
        ]),
      ),
      '/socket.io': { target: 'http://127.0.0.1:8080', ws: true },
    },
  },
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{contracts,geo-services,iot-gateway,streams,twin,screen,scenes,server,tests}/**/*.test.ts'],
          exclude: ['**/*.e2e.test.ts', '**/node_modules/**'],
          globalSetup: ['tests/global-setup.ts'],
          sequence: { groupOrder: 0 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.e2e.test.ts'],
          globalSetup: ['tests/global-setup.ts'],
          // One browser at a time, after the unit tests.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
    maxWorkers: 2,
  },
});
