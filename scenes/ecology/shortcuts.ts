// Keys of the ecology console. Source: look/console-tokens.md §6.
import { defineShortcuts } from '../../screen/console/keyboard.ts';

export const shortcuts = defineShortcuts([
  { id: 'next', keys: ['j', 'ArrowDown'], caps: ['J'], zh: '下一站', group: '选站', inLine: true },
  { id: 'previous', keys: ['k', 'ArrowUp'], caps: ['K'], zh: '上一站', group: '选站', inLine: true },
  { id: 'search', keys: ['/'], caps: ['/'], zh: '检索', group: '选站', inLine: true },
  { id: 'abnormal', keys: ['a'], caps: ['A'], zh: '仅异常', group: '选站', inLine: false },
  { id: 'in-view', keys: ['m'], caps: ['M'], zh: '仅图内', group: '选站', inLine: false },
  { id: 'view-air', keys: ['1'], caps: ['1'], zh: '大气', group: '视图', inLine: false },
  { id: 'view-source', keys: ['2'], caps: ['2'], zh: '污染源', group: '视图', inLine: false },
  { id: 'view-water', keys: ['3'], caps: ['3'], zh: '地表水', group: '视图', inLine: false },
  { id: 'lineage', keys: ['l'], caps: ['L'], zh: '溯源', group: '查证', inLine: true },
  { id: 'frame', keys: ['x'], caps: ['X'], zh: '展开报文', group: '查证', inLine: true },
  { id: 'span', keys: ['t'], caps: ['T'], zh: '24 h／7 d', group: '查证', inLine: true },
  { id: 'back', keys: ['['], caps: ['['], zh: '前 10 min', group: '时间', inLine: true },
  { id: 'forward', keys: [']'], caps: [']'], zh: '后 10 min', group: '时间', inLine: true },
  { id: 'live', keys: ['0'], caps: ['0'], zh: '实时', group: '时间', inLine: true },
  { id: 'play', keys: [' '], caps: ['空格'], zh: '回看时播放／停', group: '时间', inLine: false },
  { id: 'share', keys: ['s'], caps: ['S'], zh: '发链接', group: '页面', inLine: true },
  { id: 'theme', keys: ['d'], caps: ['D'], zh: '日间／夜间', group: '页面', inLine: false },
  { id: 'escape', keys: ['Escape'], caps: ['Esc'], zh: '退一层', group: '页面', inLine: true },
  { id: 'help', keys: ['?'], caps: ['?'], zh: '全部快捷键', group: '页面', inLine: true },
]);
export type ShortcutId = (typeof shortcuts)[number]['id'];
