// Table: what the kinds of each layer are drawn in, and what the land classes are called. Colours follow the habit of land-use maps in China.
//
// Land classes: GB/T 21010-2017 table 1 (two-digit class, two-digit sub-class). Only codes that the layers use.

/** Code → name. */
export const landClasses: Readonly<Record<string, string>> = {
  '0101': '水田',
  '0102': '水浇地',
  '0103': '旱地',
  '0201': '果园',
  '0301': '乔木林地',
  '0305': '灌木林地',
  '0307': '其他林地',
  '0401': '天然牧草地',
  '0404': '其他草地',
  '0501': '零售商业用地',
  '0601': '工业用地',
  '0602': '采矿用地',
  '0603': '盐田',
  '0604': '仓储用地',
  '0701': '城镇住宅用地',
  '0702': '农村宅基地',
  '0801': '机关团体用地',
  '0810': '公园与绿地',
  '1101': '河流水面',
  '1103': '水库水面',
  '1104': '坑塘水面',
  '1105': '沿海滩涂',
  '1106': '内陆滩涂',
  '1108': '沼泽地',
};

/** Layer → the attribute that tells its kinds apart (null: one colour for all) and value → colour. `*`: whatever else there is. */
export const layerColours: Readonly<
  Record<string, { readonly attribute: string | null; readonly colours: Readonly<Record<string, string>> }>
> = {
  'land-use': {
    attribute: 'dlbm',
    colours: {
      ...{ '0101': '#e8e27a', '0102': '#f3ec9c', '0103': '#f7f1b8', '0201': '#f0b97d', '0301': '#4f9d5b', '0305': '#84b96b' },
      ...{ '0307': '#a9cf8c', '0401': '#c3dc86', '0404': '#d3e3a2', '0501': '#e3526a', '0601': '#b98a5e', '0602': '#9c7a68' },
      ...{ '0603': '#a9c7d9', '0604': '#a48ac0', '0701': '#ee8a86', '0702': '#f2a79b', '0801': '#d9698f', '0810': '#63b98a' },
      ...{ '1101': '#6fb4dd', '1103': '#5aa5d6', '1104': '#8cc6e4', '1105': '#b9cfcf', '1106': '#cbd9c4', '1108': '#7fbfa6' },
      '*': '#d8d8d8',
    },
  },
  'permanent-farmland': { attribute: null, colours: { '*': '#d9b61c' } },
  'ecological-redline': { attribute: null, colours: { '*': '#2e8b57' } },
  'urban-boundary': { attribute: null, colours: { '*': '#d1495b' } },
  minerals: {
    attribute: 'kind',
    colours: { 铁矿: '#8c2d04', 菱镁矿: '#7a5195', 煤: '#333333', 金矿: '#d4a017', 硼矿: '#3b7a9e', 石灰岩: '#8f9779', '*': '#6b6b6b' },
  },
  'sea-use': {
    attribute: 'kind',
    colours: {
      ...{ 农渔业区: '#8fd0c6', 港口航运区: '#8797c9', 旅游休闲娱乐区: '#f2b6a0', 海洋保护区: '#57b894' },
      ...{ 工业与城镇用海区: '#c79a7b', 矿产与能源区: '#a98fb8', 保留区: '#c9d6dd', '*': '#b8c9d2' },
    },
  },
  counties: { attribute: null, colours: { '*': '#7f8c99' } },
  reservoirs: { attribute: null, colours: { '*': '#3f8fc4' } },
  dykes: { attribute: 'grade', colours: { '1': '#7a3e1d', '2': '#95572f', '3': '#b17a4d', '*': '#c7a07a' } },
  'flood-retention': { attribute: null, colours: { '*': '#5b7fd1' } },
  'forest-stands': {
    attribute: 'species',
    colours: {
      ...{ 油松: '#2f7d4f', 落叶松: '#5f9e3f', 红松: '#1f6650', 蒙古栎: '#8a9a3b', 刺槐: '#a8b84f', 杨树: '#9cc069', 灌木: '#b9c98a' },
      '*': '#6fa36a',
    },
  },
  grassland: { attribute: null, colours: { '*': '#b7d26f' } },
  'nature-reserves': { attribute: 'zone', colours: { 核心保护区: '#0f6b3f', 一般控制区: '#5aa874', '*': '#5aa874' } },
  watchtowers: { attribute: null, colours: { '*': '#b3541e' } },
  'water-function-zones': {
    attribute: 'target_class',
    colours: { Ⅰ: '#2f7fe0', Ⅱ: '#35a7e0', Ⅲ: '#3bb273', Ⅳ: '#e0b02f', Ⅴ: '#e0772f', '*': '#8a99a6' },
  },
  'drinking-water-zones': { attribute: 'level', colours: { 一级保护区: '#1c5fa8', 二级保护区: '#6aa5dc', '*': '#6aa5dc' } },
  outfalls: {
    attribute: 'kind',
    colours: { 工业排污口: '#8e3b8e', 城镇污水处理厂排污口: '#2f6fb0', 农业排口: '#7a9a2f', 其他排口: '#777777', '*': '#777777' },
  },
  'rescue-teams': { attribute: null, colours: { '*': '#b0487c' } },
  shelters: { attribute: null, colours: { '*': '#2a9d8f' } },
  warehouses: { attribute: null, colours: { '*': '#e9a227' } },
  hazards: { attribute: null, colours: { '*': '#7b2d8b' } },
};
