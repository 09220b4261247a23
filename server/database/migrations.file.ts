// The numbered SQL files of server/migrations, read from wherever the project stands: run from source or from the bundle in dist/.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../contracts/problem.ts';
import { projectRoot } from '../project-root.file.ts';

export interface Migration {
  readonly id: number;
  /** 001-things.sql */
  readonly name: string;
  readonly sha256: string;
  readonly sql: string;
}

/** In order of number. @throws Problem duplicate-declaration | bad-declaration for a bad name or a hole in the numbers */
export function readMigrations(folder: string = join(projectRoot(), 'server/migrations')): Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.map((name, index) => {
    const id = Number(/^(\d{3})-[a-z0-9-]+\.sql$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(id)) throw new Problem('bad-declaration', { what: `migration ${name}: the name is NNN-words.sql` });
    if (id === index) throw new Problem('duplicate-declaration', { what: `migration number ${name.slice(0, 3)}` });
    if (id !== index + 1) throw new Problem('bad-declaration', { what: `migration ${name}: number ${index + 1} is missing` });
    const sql = readFileSync(join(folder, name), 'utf8');
    return { id, name, sha256: createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex'), sql };
  });
}
