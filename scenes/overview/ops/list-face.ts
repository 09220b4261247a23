// Which face a list of the operations page shows, and its words. What could not be read is never called empty. Pure.

export interface Face {
  readonly state: 'loading' | 'normal' | 'error' | 'forbidden' | 'empty';
  readonly what?: string;
  readonly why?: string;
  readonly action?: string;
}
interface Asked {
  readonly state: 'loading' | 'normal' | 'error' | 'forbidden';
  readonly problem: { readonly message: string; readonly status: number } | null;
}

/** @param words of the empty face, two lines; and who may see what is forbidden */
export function listFace(
  asked: Asked,
  items: number,
  words: { readonly empty: readonly [string, string]; readonly forbidden: string },
): Face {
  switch (asked.state) {
    case 'loading':
      return { state: 'loading', what: '正在读取' };
    case 'forbidden':
      return { state: 'forbidden', what: '本账号无权查看', why: words.forbidden };
    case 'error':
      return asked.problem?.status === 404
        ? { state: 'error', what: '这版服务器没有此列表', why: '升级服务端后可见' }
        : { state: 'error', what: asked.problem?.message ?? '没有读到', why: '每 5 秒自动重读', action: '立即重读' };
    case 'normal':
      return items > 0 ? { state: 'normal' } : { state: 'empty', what: words.empty[0], why: words.empty[1] };
  }
}
