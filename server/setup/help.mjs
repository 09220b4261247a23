// The help of npm start: every option and variable, from the same table that server/config.ts reads.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.mjs';

/** Lines for one variable. What is allowed is said as server/config.ts says it. */
function describe(variable) {
  const option = `--${variable.name.toLowerCase().replaceAll('_', '-')}`;
  const allowed =
    {
      port: '0–65535',
      integer: `${variable.min}–${variable.max}`,
      flag: '0 | 1',
      choice: (variable.choices ?? []).join(' | '),
      url: (variable.schemes ?? []).map((scheme) => `${scheme}://…`).join(' | '),
      origins: 'https://host[:port], comma-separated',
      text: variable.minLength ? `${variable.minLength} characters or more` : 'text',
    }[variable.kind] ?? variable.kind;
  const preset = variable.default === null ? '不设 unset' : variable.default || '空 empty';
  return [
    `  ${variable.name.padEnd(24)}${option}`,
    `      ${variable.zh}`,
    `      ${variable.en}`,
    `      默认 default: ${preset} · 可取 allowed: ${allowed}`,
  ];
}

export function helpText() {
  const variables = JSON.parse(readFileSync(join(root, 'server/variables.json'), 'utf8'));
  return [
    '辽智 — npm start [-- --option value …]',
    '',
    '  在本机准备所需的一切（npm 软件包、PostGIS、页面）并启动；Ctrl-C 正常停止。',
    '  Sets up what is missing (npm packages, PostGIS, pages) and starts everything; Ctrl-C stops it cleanly.',
    '',
    '  --help                  本说明 / this text',
    '',
    '变量 / variables. 优先级 precedence: 命令行 option > 环境变量 environment > .env > 默认 default',
    '',
    ...variables.flatMap((variable) => [...describe(variable), '']),
    '其他命令 / other commands: npm test · npm run check · dev · build · bench · replay -- FILE · import -- FILE',
  ].join('\n');
}
