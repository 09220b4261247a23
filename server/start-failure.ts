// Why the server did not start, in words for whoever typed the command: which variable, what was given, what is allowed. Pure.
import { Problem } from '../contracts/problem.ts';
import { type Config, variables } from './config.ts';

interface SystemError {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly port?: unknown;
  readonly severity?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}
const asSystem = (error: unknown): SystemError => (typeof error === 'object' && error !== null ? error : {});

/** A port or an address that cannot be listened on, by the name of its variable. */
function listenProblem(error: SystemError, config: Config): Problem | null {
  const refuse = (name: string, given: string | number, allowed: string): Problem =>
    new Problem('bad-configuration', { name, given, allowed });
  if (error.syscall === 'getaddrinfo' || error.code === 'EADDRNOTAVAIL') return refuse('HOST', config.host, 'an address of this machine');
  if (error.syscall !== 'listen' || typeof error.port !== 'number') return null;
  const values = config as unknown as Readonly<Record<string, unknown>>;
  const camel = (name: string): string => name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const variable = variables.find(({ kind, name }) => kind === 'port' && values[camel(name)] === error.port);
  const free =
    error.code === 'EACCES' ? 'a port that this account may open, 1024 or more' : 'a port that nobody else listens on, or 0 for a free one';
  return refuse(variable?.name ?? 'PORT', error.port, free);
}

/** What an outside database said, without the address, which may hold a password. */
function databaseProblem(error: SystemError): Problem | null {
  const said = error instanceof Problem || typeof error.severity !== 'string' ? asSystem(error.cause) : error;
  let reason: string | null = null;
  if (typeof said.severity === 'string') reason = `${String(said.message)} (${String(said.code)})`;
  else if (error instanceof Problem && error.code === 'database-unavailable') reason = String(said.code ?? 'no answer');
  if (reason === null) return null;
  const allowed = `a reachable PostgreSQL 15+ whose account may enter and create tables, with PostGIS. It says: ${reason}`;
  return new Problem('bad-configuration', { name: 'DATABASE_URL', given: '(hidden)', allowed });
}

/**
 * Two lines, Chinese and English, with the code of the problem; a defect of ours keeps its stack.
 * @param config as it was read; not called for a configuration that could not be
 */
export function startFailure(error: unknown, config: () => Config): string {
  let problem = error instanceof Problem && error.code !== 'database-unavailable' ? error : null;
  if (!problem) {
    const known = config();
    problem = (known.databaseUrl === null ? null : databaseProblem(asSystem(error))) ?? listenProblem(asSystem(error), known);
  }
  if (!problem) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `启动失败 [${problem.code}]：${problem.zh}\nThe server did not start [${problem.code}]: ${problem.message}`;
}
