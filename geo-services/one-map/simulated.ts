// What the layers of the demonstration have in common: generated, marked so, and of one area each.
export const simulated = {
  maxZoom: 22,
  adcodeColumn: 'adcode',
  source: '演示数据：由程序按固定种子生成，非真实调查成果，示意',
  provenance: 'simulated',
} as const;
/** Title of the attribute `area`. */
export const hectares = '面积（公顷）';
