// The law of the house over every file, without exceptions; and each rule broken once on purpose, to see that it is held.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../server/project-root.file.ts';
import { folders } from './architecture.data.ts';
import { checkShape, checkTouch, edgeOf, type Finding, foreignUrls, type SourceFile } from './architecture.ts';

const root = projectRoot();

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

const paths = [...folders.map((level) => level.folder), 'tests']
  .flatMap(filesBelow)
  .filter((path) => !/\/(node_modules|artefacts|results)\//.test(path));
const files: SourceFile[] = paths
  .filter((path) => /\.(ts|mjs|vue|css|html)$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const code = files.filter((file) => /\.(ts|mjs|vue)$/.test(file.path));

function lines(findings: readonly Finding[]): string[] {
  return findings.map((finding) => `${finding.path}: ${finding.rule}: ${finding.what}`);
}

describe('the tree', () => {
  it('keeps the law in every import, global and string', () => {
    const results = code.map(checkTouch);
    expect(lines(results.flatMap((result) => result.findings))).toEqual([]);
    // A check that looked at nothing fails: these are well below what the tree held when the law was written.
    expect(code.length).toBeGreaterThan(180);
    expect(results.reduce((sum, result) => sum + result.imports, 0)).toBeGreaterThan(600);
    expect(code.filter((file) => edgeOf(file.path) !== null).length).toBeGreaterThan(25);
    expect(code.filter((file) => file.path.endsWith('.vue')).length).toBeGreaterThan(20);
  });

  it('has good names, lengths and first lines', () => {
    const others: SourceFile[] = paths.filter((path) => !files.some((file) => file.path === path)).map((path) => ({ path, text: '' }));
    expect(lines([...files, ...others].flatMap(checkShape))).toEqual([]);
  });

  it('has no top-level folder beyond the nine, and loads nothing from outside in styles and pages', () => {
    const top = readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^(\..*|node_modules|dist|data|artefacts)$/.test(entry.name))
      .map((entry) => entry.name);
    expect(top.sort()).toEqual([...folders.map((level) => level.folder), 'tests'].sort());
    const sheets = files.filter((file) => /\.(css|html)$/.test(file.path));
    expect(sheets.length).toBeGreaterThan(0);
    const index = { path: 'index.html', text: readFileSync(join(root, 'index.html'), 'utf8') };
    for (const { path, text } of [...sheets, index])
      expect([path, foreignUrls(text.replace(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->/g, ''))]).toEqual([path, []]);
  });

  it('has the scripts before the house on a list', () => {
    expect(paths.filter((path) => path.startsWith('server/setup/')).map((path) => relative('server/setup', path))).toEqual(
      'bench build-stamp build check dev help import npm-packages processes replay start system-packages test-report test'
        .split(' ')
        .map((n) => `${n}.mjs`),
    );
  });
});

/** path, one line of code, and the rule that must be reported for it; null: nothing. */
type Case = readonly [path: string, text: string, rule: string | null];

describe('each rule, broken once on purpose', () => {
  const touch: readonly Case[] = [
    // levels
    ['contracts/a.ts', "import { x } from '../geo-services/x.ts';", 'level'],
    ['contracts/a.ts', "import { x } from 'vue';", 'level'],
    ['contracts/a.ts', "import { Type } from 'typebox';", null],
    ['geo-services/a.ts', "import type { X } from '../iot-gateway/x.ts';", 'level'],
    ['iot-gateway/protocols/a.ts', "import { x } from '../../streams/x.ts';", 'level'],
    ['streams/a.ts', "export { x } from '../iot-gateway/x.ts';", 'level'],
    ['twin/a.ts', "export type { X } from '../streams/x.ts';", 'level'],
    ['screen/a.ts', "const x = await import('../iot-gateway/x.ts');", 'level'],
    ['screen/a.ts', "type X = import('../scenes/x.ts').X;", 'level'],
    ['screen/a.vue', '<!-- v -->\n<script setup lang="ts">\nimport x from \'../server/x.ts\';\n</script>', 'level'],
    ['screen/a.ts', "import { x } from '../streams/models/aqi.ts';", null],
    ['screen/a.socket.ts', "import { x } from '../streams/log/table.pg.ts';", 'level'],
    ['scenes/flood/a.ts', "import { x } from '../../server/config.ts';", 'level'],
    ['server/a.ts', "import { scenes } from '../scenes/index.ts';", null],
    ['server/a.ts', "import { manifest } from '../scenes/flood/manifest.ts';", null],
    ['server/a.ts', "import { x } from '../scenes/flood/model.ts';", 'level'],
    ['server/a.ts', "import { x } from '../screen/x.ts';", 'level'],
    ['server/main.ts', "import { x } from '../twin/engines/globe.gl.ts';", 'level'],
    ['server/a.ts', "import { x } from '../../elsewhere/x.ts';", 'level'],
    ['server/a.ts', "import { x } from '../tests/database.pg.ts';", 'imports-test'],
    // pure files and edges
    ['streams/a.ts', "import { x } from './log/table.pg.ts';", 'pure-imports-edge'],
    ['streams/a.ts', "import type { X } from './log/table.pg.ts';", 'pure-imports-edge'],
    ['screen/a.ts', "const url = new URL('./tiles.worker.ts', import.meta.url);", 'pure-imports-edge'],
    ['server/a.pg.ts', "import { x } from './b.file.ts';", null],
    ['geo-services/a.ts', "import x from './x.vue';", 'pure-imports-edge'],
    // suffixes
    ['server/a.ts', "import { readFileSync } from 'node:fs';", 'suffix'],
    ['server/a.pg.ts', "import { readFile } from 'node:fs/promises';", 'suffix'],
    ['server/a.file.ts', "import { spawn } from 'node:child_process';", null],
    ['server/a.file.ts', "import { createServer } from 'node:net';", 'suffix'],
    ['server/a.ts', "import type pg from 'pg';", 'suffix'],
    ['server/a.http.ts', "import { from } from 'pg-copy-streams';", 'suffix'],
    ['iot-gateway/a.tcp.ts', "import { Aedes } from 'aedes';", 'suffix'],
    ['server/a.ts', "import express from 'express';", 'suffix'],
    ['server/a.ts', "import { Server } from 'socket.io';", 'suffix'],
    ['screen/a.http.ts', "import { io } from 'socket.io-client';", 'suffix'],
    ['screen/a.ts', "import maplibregl from 'maplibre-gl';", 'suffix'],
    ['screen/a.vue', "<!-- v -->\n<script setup>\nimport { Map } from 'maplibre-gl';\n</script>", 'suffix'],
    ['screen/a.gl.ts', "import { init } from 'echarts/core';", 'suffix'],
    ['screen/a.chart.ts', "import { init } from 'echarts/core';", null],
    ['streams/a.ts', "import { connect } from '@nats-io/transport-node';", 'suffix'],
    ['server/a.ts', "import { Worker } from 'node:worker_threads';", 'suffix'],
    ['screen/a.ts', "export const x = () => fetch('/api');", 'suffix'],
    ['screen/a.http.ts', "export const x = () => fetch('/api');", null],
    ['screen/a.vue', "<!-- v -->\n<script setup>\nnew WebSocket('/x');\n</script>", 'suffix'],
    // environment, clock, chance
    ['server/a.file.ts', 'export const x = process.env.PORT;', 'environment'],
    ['server/a.file.ts', "export const x = process['env'];", 'environment'],
    ['server/a.file.ts', 'export const { env } = process;', 'environment'],
    ['server/config.ts', 'export const x = process.env;', null],
    ['streams/a.ts', 'export const x = Date.now();', 'clock'],
    ['streams/a.ts', 'export const clock = Date.now;', 'clock'],
    ['streams/a.ts', 'export const x = new Date();', 'clock'],
    ['streams/a.ts', 'export const x = new Date(0);', null],
    ['streams/a.ts', 'export const x = globalThis.performance.now();', 'clock'],
    ['streams/a.ts', 'export const x = Math.random();', 'clock'],
    ['streams/a.ts', '// Date.now() is not read here\nexport const x = "Math.random()";', null],
    ['streams/a.pg.ts', 'export const x = Date.now();', null],
    // tables, pages, scripts
    ['streams/a.data.ts', 'export function x() {\n  return 1;\n}', 'table-with-logic'],
    ['streams/a.data.ts', 'export const x = [1].map((y) => (y > 0 ? 1 : 0));', 'table-with-logic'],
    ['streams/a.data.ts', 'export const x = [1].map((y) => ({ y }));', null],
    ['streams/a.data.ts', 'export const x = [1, 2];', null],
    ['screen/a.ts', "export const x = 'https://tiles.example/1';", 'outside-url'],
    ['screen/a.ts', 'export const x = (z: number) => `https://tiles.example/$' + '{z}`;', 'outside-url'],
    [
      'screen/a.vue',
      '<!-- https://in-a-comment.example -->\n<template><img src="//x" alt="https://x.example/a.png" /></template>',
      'outside-url',
    ],
    ['screen/a.ts', "// https://cited.example\nexport const x = 'http://www.w3.org/2000/svg';", null],
    ['screen/a.ts', "import { readFile } from 'node:path';", 'page-imports-node'],
    ['server/setup/a.mjs', "import express from 'express';", 'setup-script'],
    ['server/setup/a.mjs', "import { spawn } from 'node:child_process';\nexport const x = process.env;", null],
    // who may do all that
    ['streams/a.test.ts', "import pg from 'pg';\nexport const x = Date.now();", null],
    ['server/main.ts', "import { x } from './database/pool.pg.ts';\nexport const x = Date.now();", null],
  ];
  it.each(touch)('%s  %s → %s', (path, text, rule) => {
    const rules = checkTouch({ path, text }).findings.map((finding) => finding.rule);
    expect(rule === null ? rules : rules.includes(rule)).toEqual(rule === null ? [] : true);
  });

  const long = `// long\n${'x;\n'.repeat(400)}`;
  const shape: readonly Case[] = [
    ['server/utils/a.ts', '// a', 'forbidden-name'],
    ['server/string-helpers.ts', '// a', 'forbidden-name'],
    ['server/base.ts', '// a', 'forbidden-name'],
    ['screen/base-map.ts', '// a', null],
    ['server/tile-manager.ts', '// a', 'forbidden-name'],
    ['server/tileCache.ts', '// a', 'kebab-case'],
    ['screen/Panel.vue', '<!-- a -->', 'kebab-case'],
    ['server/a.ts', long, 'too-long'],
    ['server/a.data.ts', long, null],
    ['server/main.ts', `// root\n${'x;\n'.repeat(150)}`, 'too-long'],
    ['server/a.ts', 'export const x = 1;', 'first-line'],
    ['screen/a.vue', '<script setup>', 'first-line'],
    ['screen/a.vue', '<!-- A view. -->\n<template />', null],
  ];
  it.each(shape.map(([path, text, rule]) => [path, rule, text] as const))('%s → %s', (path, rule, text) => {
    const rules = checkShape({ path, text }).map((finding) => finding.rule);
    expect(rule === null ? rules : rules.includes(rule)).toEqual(rule === null ? [] : true);
  });
});
