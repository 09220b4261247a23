// The set-up scripts of server/setup: what counts as outdated, as changed, as a failed test; the help; no start without what is needed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../server/project-root.file.ts';

const root = projectRoot();
/** Plain JavaScript without types. */
const load = (name: string) => import(join(root, 'server/setup', `${name}.mjs`));

describe('outdated', () => {
  const wanted = {
    '': { version: '1' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/for-mac': { version: '1.0.0', optional: true },
  };
  it.each([
    ['nothing is there', {}, ['node_modules/a']],
    ['another version', { 'node_modules/a': { version: '1.0.1' } }, ['node_modules/a']],
    ['as locked, the other platform missing', { 'node_modules/a': { version: '1.0.0' } }, []],
    [
      'an optional one is old',
      { 'node_modules/a': { version: '1.0.0' }, 'node_modules/for-mac': { version: '0.9.0' } },
      ['node_modules/for-mac'],
    ],
  ])('%s', async (_, present, expected) => {
    const { outdated } = await load('npm-packages');
    expect(outdated(wanted, present)).toEqual(expected);
  });
});

describe('stampOf', () => {
  it('changes with size, time and files, and not with tests', async () => {
    const { stampOf } = await load('build-stamp');
    const folder = mkdtempSync(join(root, '.stamp-'));
    try {
      const stamp = (): string => stampOf([folder.slice(root.length + 1)]);
      writeFileSync(join(folder, 'a.ts'), 'x');
      const seen = [stamp()];
      expect(stamp()).toBe(seen[0]);
      writeFileSync(join(folder, 'a.test.ts'), 'x');
      expect(stamp()).toBe(seen[0]);
      writeFileSync(join(folder, 'b.ts'), 'x');
      seen.push(stamp());
      utimesSync(join(folder, 'b.ts'), 1, 1);
      seen.push(stamp());
      rmSync(join(folder, 'a.ts'));
      seen.push(stamp());
      expect(new Set(seen).size).toBe(4);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('countTests', () => {
  it('counts a file that did not even load as failed', async () => {
    const { countTests } = await load('test-report');
    const report = {
      numPassedTests: 2,
      numFailedTests: 1,
      numPendingTests: 1,
      numTodoTests: 1,
      testResults: [
        { status: 'passed', assertionResults: [{ status: 'passed' }, { status: 'passed' }, { status: 'pending' }] },
        { status: 'failed', assertionResults: [{ status: 'failed' }] },
        { status: 'failed', assertionResults: [] },
      ],
    };
    expect(countTests(report)).toEqual({ passed: 2, failed: 2, skipped: 2 });
  });
});

describe('npm start -- --help', () => {
  it('documents every variable without any package installed', () => {
    const text = execFileSync(process.execPath, ['server/setup/start.mjs', '--help'], { cwd: root, encoding: 'utf8' });
    const variables: { name: string; zh: string; en: string }[] = JSON.parse(readFileSync(join(root, 'server/variables.json'), 'utf8'));
    expect(variables.length).toBeGreaterThan(15);
    for (const { name, zh, en } of variables) for (const part of [name, zh, en]) expect(text).toContain(part);
  });
});

describe('package.json', () => {
  it('names a script of server/setup for every command of interfaces.md', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const name of ['start', 'test', 'check', 'dev', 'build', 'bench', 'replay'])
      expect(scripts[name]).toBe(`node server/setup/${name}.mjs`);
  });
});
