// failures.ts: which database errors mean away, busy, or a defect of ours (SQLSTATE, PostgreSQL 15 appendix A).
import { describe, expect, it } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { classify, type Failure, problemOf } from './failures.ts';

const error = (code: string | undefined, message = 'x'): Error => Object.assign(new Error(message), code === undefined ? {} : { code });

describe('classify', () => {
  const cases: [Failure, Error | null][] = [
    ['away', error('ECONNREFUSED')],
    ['away', error('ENOENT', 'connect ENOENT /data/postgres/.s.PGSQL.5432')],
    ['away', error('ECONNRESET')],
    ['away', error('08006')],
    ['away', error('57P01')],
    ['away', error('57P02')],
    ['away', error('57P03')],
    ['away', error('25006')],
    ['away', error('53100')],
    ['away', error('58030')],
    ['away', error(undefined, 'Connection terminated unexpectedly')],
    ['away', error(undefined, 'Connection terminated due to connection timeout')],
    ['away', error(undefined, 'Client has encountered a connection error and is not queryable')],
    ['busy', error(undefined, 'timeout exceeded when trying to connect')],
    ['busy', error('53300')],
    ['busy', error('57014')],
    ['busy', error('40P01')],
    ['defect', error('42P01')],
    ['defect', error('23505')],
    ['defect', error('28P01')],
    ['defect', error(undefined, 'x is not a function')],
    ['defect', null],
  ];
  it.each(cases)('%s: %s', (kind, thrown) => {
    expect(classify(thrown)).toBe(kind);
    const answer = problemOf(thrown);
    if (kind === 'defect') expect(answer).toBe(thrown);
    else expect(answer).toMatchObject({ code: kind === 'away' ? 'database-unavailable' : 'overloaded', status: 503, cause: thrown });
  });
  it('leaves a Problem as it is', () => {
    const problem = new Problem('forbidden', { what: 'x' });
    expect(problemOf(problem)).toBe(problem);
  });
});
