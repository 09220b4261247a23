// Faces of a list: each state once, and no list is called empty that was not read.
import { describe, expect, it } from 'vitest';
import { listFace } from './list-face.ts';

const words = { empty: ['空', '下一步'], forbidden: '谁可看' } as const;
describe('face of a list', () => {
  it.each([
    ['loading', null, 0, 'loading', undefined],
    ['forbidden', { message: '', status: 403 }, 0, 'forbidden', undefined],
    ['error', { message: '数据库断开', status: 503 }, 0, 'error', '立即重读'],
    ['error', { message: '没有', status: 404 }, 0, 'error', undefined],
    ['normal', null, 0, 'empty', undefined],
    ['normal', null, 3, 'normal', undefined],
  ] as const)('%s %o with %i items: %s', (state, problem, items, shown, action) => {
    const face = listFace({ state, problem }, items, words);
    expect([face.state, face.action]).toEqual([shown, action]);
  });
});
