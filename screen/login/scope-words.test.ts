// Tests of a scope in words.
import { describe, expect, it } from 'vitest';
import { departments } from '../../contracts/access.ts';
import { scopeWords } from './scope-words.ts';

describe('scopeWords', () => {
  it.each([
    [{ adcode: '210000', departments: '*' as const }, '全省 · 全部部门'],
    [{ adcode: '210200', departments: ['ecology'] }, '大连市 · 生态环境'],
    [{ adcode: '210202', departments: ['water', 'ocean'] }, '中山区 · 水利、海洋'],
    [{ adcode: '210000', departments: [...departments] }, '全省 · 8 个部门'],
    [{ adcode: '210000', departments: [] }, '全省 · 仅公开数据'],
    [{ adcode: '999999', departments: ['unheard-of'] }, '999999 · unheard-of'],
  ])('%j is %s', (scope, words) => expect(scopeWords(scope)).toBe(words));
});
