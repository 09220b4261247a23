// The law of the house as pure functions: a file's path and text in, what it breaks out. architecture.test.ts runs it over the tree.
import { posix } from 'node:path';
import ts from 'typescript';
import {
  edgeSuffixes,
  folders,
  forbiddenNames,
  foreignUrlExceptions,
  globalTable,
  type Level,
  libraryTable,
  maxLines,
  maxLinesOfRoot,
  rootFiles,
} from './architecture.data.ts';

export interface SourceFile {
  /** Relative to the project, with slashes. */
  readonly path: string;
  readonly text: string;
}
export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly what: string;
}

/** What one file does, read from its syntax tree. */
interface Reading {
  /** Every module named: import, export from, import(), import type, import('…').T, new URL(…, import.meta.url). */
  readonly imports: readonly string[];
  /** Global names used as a value, dotted: process.env, Date.now, new Date(), fetch. */
  readonly globals: readonly string[];
  readonly strings: readonly string[];
  /** Statements that decide or compute: a table has none. An arrow that only shapes a row is no logic. */
  readonly logic: number;
}

export const isTest = (path: string): boolean => path.startsWith('tests/') || /\.(test|bench)\.ts$/.test(path);
export const isRoot = (path: string): boolean => rootFiles.some((pattern) => pattern.test(path));
const isTable = (path: string): boolean => /\.(data|codes)\.ts$/.test(path);
const isView = (path: string): boolean => path.endsWith('.vue');
const isCode = (path: string): boolean => /\.(ts|mjs|vue)$/.test(path);
const isScript = (path: string): boolean => path.startsWith('server/setup/') && path.endsWith('.mjs');
/** The page code; everything a browser may load by itself. */
const isPage = (path: string): boolean => /^(screen|scenes|twin)\//.test(path) || path === 'index.html';

/** The outside thing that a path names; null: none, the file is pure (or a view). */
export function edgeOf(path: string): string | null {
  const suffix = /\.([a-z]+)\.(?:ts|mjs|js)$/.exec(path.replace(/\.test\.ts$/, '.ts'))?.[1];
  return suffix !== undefined && edgeSuffixes.includes(suffix) ? suffix : null;
}

function dotted(node: ts.Expression): string | null {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) {
    const left = dotted(node.expression);
    return left === null ? null : `${left}.${node.name.text}`;
  }
  return null;
}

export function readSource(path: string, text: string): Reading {
  const code = isView(path) ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n') : text;
  const tree = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, false, path.endsWith('.mjs') ? ts.ScriptKind.JS : ts.ScriptKind.TS);
  const imports: string[] = [];
  const globals: string[] = [];
  const strings: string[] = [];
  let logic = 0;
  const take = (node: ts.Node | undefined): void => {
    if (node && ts.isStringLiteralLike(node)) imports.push(node.text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      take(node.moduleSpecifier);
      return;
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) take(node.argument.literal);
    else if (ts.isExternalModuleReference(node)) take(node.expression);
    else if (ts.isCallExpression(node)) {
      const name = dotted(node.expression);
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword || name === 'require') take(node.arguments[0]);
      if (name === 'Date') globals.push('new Date()');
    } else if (ts.isNewExpression(node)) {
      const name = dotted(node.expression);
      if (name === 'URL' && node.arguments?.[1]?.getText(tree) === 'import.meta.url') take(node.arguments[0]);
      if (name === 'Date' && (node.arguments?.length ?? 0) === 0) globals.push('new Date()');
    }
    if (ts.isPropertyAccessExpression(node)) {
      const name = dotted(node);
      if (name !== null) globals.push(name.replace(/^(globalThis|window|self)\./, ''));
    }
    if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
      globals.push(`${dotted(node.expression) ?? ''}.${node.argumentExpression.text}`);
    // `const { env } = process` reads the environment as well.
    if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer) {
      const from = dotted(node.initializer);
      for (const element of node.name.elements) globals.push(`${from}.${(element.propertyName ?? element.name).getText(tree)}`);
    }
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && ts.isIdentifier(node.expression))
      globals.push(`${node.expression.text}(`);
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) strings.push(node.text);
    if (ts.isFunctionLike(node) && 'body' in node && node.body && ts.isBlock(node.body as ts.Node)) logic++;
    if (ts.isIfStatement(node) || ts.isIterationStatement(node, false) || ts.isSwitchStatement(node) || ts.isConditionalExpression(node))
      logic++;
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { imports, globals, strings, logic };
}

function folderOf(path: string): Level | undefined {
  return folders.find((level) => path.startsWith(`${level.folder}/`));
}

/** Rules about what a file is called, how long it is, and how it begins. */
export function checkShape({ path, text }: SourceFile): Finding[] {
  const found: Finding[] = [];
  const report = (rule: string, what: string): number => found.push({ rule, path, what });
  const segments = path.split('/');
  const names = segments.map((segment) => segment.replace(/^\./, '').split('.')[0] ?? '');
  for (const name of names) {
    if (forbiddenNames.whole.includes(name)) report('forbidden-name', name);
    else if (name.split('-').some((word) => forbiddenNames.word.includes(word))) report('forbidden-name', name);
  }
  const isFixture = segments.includes('fixtures');
  if (!isFixture && isCode(path)) for (const name of names) if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) report('kebab-case', name);
  if (!isCode(path) || isFixture) return found;
  const lines = text.replace(/\n$/, '').split('\n');
  const limit = isRoot(path) ? maxLinesOfRoot : maxLines;
  if (!isTable(path) && lines.length > limit) report('too-long', `${lines.length} lines, ${limit} allowed`);
  const first = lines[0] ?? '';
  if (!(isView(path) ? /^<!-- \S/ : /^\/\/ \S/).test(first)) report('first-line', first.slice(0, 60));
  return found;
}

/** Which folder may import which. */
function checkLevels(path: string, target: string): string | null {
  const from = folderOf(path);
  const to = folderOf(target);
  if (!from) return null;
  if (!to) return target.startsWith('../') || target.includes('node_modules') ? `${target} lies outside the house` : null;
  if (from.folder === to.folder) return null;
  if (!from.mayImport.includes(to.folder)) return `${from.folder} imports ${target}`;
  if (from.folder === 'server' && to.folder === 'scenes' && !/^scenes\/(index|[a-z0-9-]+\/(manifest|service))\.ts$/.test(target))
    return `server reads index, manifest and service of scenes only, not ${target}`;
  const edge = edgeOf(target);
  if (from.folder === 'server' && (isView(target) || edge === 'gl' || edge === 'chart')) return `server imports the page's ${target}`;
  if (
    (from.folder === 'screen' || from.folder === 'scenes') &&
    to.folder !== 'screen' &&
    edge !== null &&
    edge !== 'gl' &&
    edge !== 'chart'
  )
    return `a page imports the ${edge} edge ${target}`;
  return null;
}

/** Rules about what a file touches. Tests may touch anything; the set-up scripts run before the house stands. */
export function checkTouch({ path, text }: SourceFile): { findings: Finding[]; imports: number } {
  const findings: Finding[] = [];
  const report = (rule: string, what: string): number => findings.push({ rule, path, what });
  const reading = readSource(path, text);
  const edge = edgeOf(path);
  const pure = edge === null && !isView(path) && !isRoot(path);
  if (isTest(path)) return { findings, imports: reading.imports.length };
  if (isScript(path)) {
    for (const specifier of reading.imports)
      if (!/^node:|^\.\/[a-z-]+\.mjs$|^(vite|rolldown)$/.test(specifier)) report('setup-script', specifier);
    return { findings, imports: reading.imports.length };
  }
  for (const specifier of reading.imports) {
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(path), specifier.replace(/\?.*$/, ''));
      const broken = checkLevels(path, target);
      if (broken) report('level', broken);
      if (pure && edgeOf(target) !== null) report('pure-imports-edge', target);
      if (pure && isView(target) && !isPage(path)) report('pure-imports-edge', target);
      if (isTest(target)) report('imports-test', target);
      continue;
    }
    if (folderOf(path)?.folder === 'contracts' && specifier !== 'typebox' && !specifier.startsWith('typebox/')) report('level', specifier);
    for (const entry of libraryTable)
      if (entry.module.test(specifier) && !isRoot(path) && !entry.suffixes.includes(edge ?? '') && !(isView(path) && entry.view))
        report('suffix', `${specifier} belongs in a .${entry.suffixes.join(' or .')} file`);
    if (isPage(path) && specifier.startsWith('node:') && !/^scenes\/[a-z0-9-]+\/service\.ts$/.test(path))
      report('page-imports-node', specifier);
  }
  for (const name of new Set(reading.globals)) {
    if (/^process\.env\b/.test(name) && path !== 'server/config.ts') report('environment', name);
    if (pure && /^(Date\.now|new Date\(\)|Math\.random|performance\.now)$/.test(name)) report('clock', name);
    for (const entry of globalTable)
      if (entry.names.includes(name) && !isRoot(path) && !entry.suffixes.includes(edge ?? ''))
        report('suffix', `${name.replace('(', '')} belongs in a .${entry.suffixes.join(' or .')} file`);
  }
  if (isTable(path) && reading.logic > 0) report('table-with-logic', `${reading.logic} functions or branches`);
  if (isPage(path)) {
    // Comments may cite an address; what the page would load may not hold one.
    const markup = isView(path) ? text.replace(/<!--[\s\S]*?-->|<script[\s\S]*?<\/script>|\/\*[\s\S]*?\*\//g, '') : '';
    for (const piece of [...reading.strings, markup]) foreignUrls(piece).forEach((url) => void report('outside-url', url));
  }
  return { findings, imports: reading.imports.length };
}

/** Addresses outside our own origin, namespaces excepted. For style sheets and HTML, hand in the text without comments. */
export function foreignUrls(text: string): string[] {
  return [...text.matchAll(/\b(?:https?|wss?):\/\/[^\s"'`)<>]+/g)]
    .map((match) => match[0])
    .filter((url) => !foreignUrlExceptions.some((exception) => url.startsWith(exception)));
}
