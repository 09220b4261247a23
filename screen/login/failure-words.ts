// A failed login in the words of a duty officer: what is wrong, how long it lasts, what to do.

export interface LoginFailure {
  /** Code of contracts/problem.ts, or 'unreachable' when no answer came. */
  readonly code: string;
  readonly title: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Seconds until trying again makes sense; 0: at once. */
  readonly retryAfterSeconds: number;
}

export interface FailureWords {
  readonly what: string;
  /** While `secondsLeft` > 0 another attempt would be refused or useless: the button waits too. */
  readonly advice: string;
}

/** `secondsLeft`: of the failure's wait, as of now. */
export function failureWords(failure: LoginFailure, secondsLeft: number): FailureWords {
  const waiting = secondsLeft > 0 ? `${secondsLeft} 秒后可再试` : '现在可以再试';
  const { attemptsLeft, incident } = failure.details;
  switch (failure.code) {
    case 'bad-credentials':
      if (failure.retryAfterSeconds > 0) return { what: '用户名或口令不对，此处已暂锁', advice: waiting };
      if (typeof attemptsLeft === 'number' && attemptsLeft <= 3)
        return { what: '用户名或口令不对', advice: `再错 ${attemptsLeft} 次将暂锁` };
      return { what: '用户名或口令不对', advice: '核对大小写后再试' };
    case 'too-many-attempts':
      return { what: '连续登录失败，此处已暂锁', advice: waiting };
    case 'database-unavailable':
      return { what: '数据库暂不可用，无法核对账号', advice: waiting };
    case 'overloaded':
      return { what: '此刻登录的人太多', advice: waiting };
    case 'unreachable':
      return { what: '连不上服务器', advice: '检查网络；仍不通请联系系统管理' };
    case 'cross-site':
      return { what: '登录请求来自别的站点，已拒绝', advice: '请从本系统的地址打开登录页' };
    case 'forbidden':
      return { what: '演示身份在这台机器上不可用', advice: '请用用户名和口令登录' };
    case 'internal':
      return { what: `服务器内部错误，编号 ${String(incident ?? '—')}`, advice: '请把编号告诉系统管理' };
    default:
      return { what: failure.title || '登录没有完成', advice: '请联系系统管理' };
  }
}

/** Whole seconds of a wait that are left. `now`, `until`: milliseconds. */
export function secondsLeft(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / 1000));
}
