// What a database error means to the caller: away (send again later), too busy (send again soon), or a defect of our own.
//
// Source: PostgreSQL 15 documentation, appendix A (SQLSTATE); error codes of Node's sockets.
import { Problem } from '../../contracts/problem.ts';

export type Failure = 'away' | 'busy' | 'defect';

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** What pg says without a code when a connection breaks. */
const brokenConnection = /^Connection terminated|^Client has encountered a connection error|^Client was closed|^Query read timeout/;
/** What the pool says when no connection became free in time. */
const poolExhausted = /^timeout exceeded when trying to connect/;

/** Pure. `error` is anything that pg or the pool threw. */
export function classify(error: unknown): Failure {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : '';
  if (typeof code === 'string') {
    if (socketCodes.has(code)) return 'away';
    // 08 connection exception; 57P01–57P05 shutdown, crash, starting, database dropped, idle session; 58 system error; XX001–2 corruption
    if (code.startsWith('08') || code.startsWith('57P') || code.startsWith('58')) return 'away';
    // 25006: a standby took over and does not write yet. 53100, 53200: disk or memory full.
    if (code === '25006' || code === '53100' || code === '53200') return 'away';
    // 53300 too many connections; 57014 statement timeout; 55P03 lock timeout; 40001, 40P01 serialisation, deadlock
    if (['53300', '57014', '55P03', '40001', '40P01'].includes(code)) return 'busy';
    return 'defect';
  }
  if (brokenConnection.test(text)) return 'away';
  if (poolExhausted.test(text)) return 'busy';
  return 'defect';
}

/** The Problem behind a failure, with the cause kept for the log; a defect comes back as it was. */
export function problemOf(error: unknown): unknown {
  if (error instanceof Problem) return error;
  const kind = classify(error);
  if (kind === 'defect') return error;
  const problem = kind === 'away' ? new Problem('database-unavailable') : new Problem('overloaded', { retryAfterSeconds: 1 });
  problem.cause = error;
  return problem;
}
