// Tables of SL 651-2014: control characters, functions, station classes, elements with their identifiers, configuration, status bits, events.
//
// Source: SL 651-2014 table 10, Annexes A, B, C and D, tables 58 and 82, E.1 and E.4, read in the approval draft (报批稿). Elements that HJ 212
// measures too carry its code, so that one property has one name; the others carry the identifier of Annex C in small letters. Names and units
// of the properties are in contracts/observed-properties.data.ts.
import type { Period, Statistic } from '../../contracts/observation.ts';

/** Table 10. */
export const control = {
  SOH: 0x01,
  STX: 0x02,
  ETX: 0x03,
  EOT: 0x04,
  ENQ: 0x05,
  ACK: 0x06,
  NAK: 0x15,
  SYN: 0x16,
  ETB: 0x17,
  ESC: 0x1b,
} as const;
export const controlTitle: Readonly<Record<number, string>> = {
  2: 'STX 传输正文起始',
  3: 'ETX 报文结束，后续无报文',
  4: 'EOT 传输结束，退出',
  5: 'ENQ 询问',
  6: 'ACK 肯定确认，继续发送',
  21: 'NAK 否定应答，要求重发',
  22: 'SYN 多包传输正文起始',
  23: 'ETB 报文结束，后续有报文',
  27: 'ESC 传输结束，终端保持在线',
};

/**
 * What the body of a function holds on the way up. none: serial and time only. elements: readings. series: readings at even steps. test: readings
 * that must not be stored. manual: text of SL 330. picture: JPEG. configuration, state: no readings, kept raw. status: table 58 alone.
 */
export type Content = 'none' | 'elements' | 'series' | 'test' | 'manual' | 'picture' | 'configuration' | 'state' | 'status';
export interface Sl651Function {
  readonly zh: string;
  readonly content: Content;
  /** The station's address is followed by its class (Annex A) in these bodies. */
  readonly classed?: true;
}
const reading = (zh: string, content: Content = 'elements'): Sl651Function => ({ zh, content, classed: true });
const plain = (zh: string, content: Content): Sl651Function => ({ zh, content });
/** Annex B. */
export const functions: Readonly<Record<number, Sl651Function>> = {
  47: plain('链路维持报', 'none'),
  48: reading('测试报', 'test'),
  49: reading('均匀时段水文信息报', 'series'),
  50: reading('遥测站定时报'),
  51: reading('遥测站加报报'),
  52: reading('遥测站小时报'),
  53: plain('遥测站人工置数报', 'manual'),
  54: reading('遥测站图片报或中心站查询图片', 'picture'),
  55: reading('中心站查询遥测站实时数据'),
  56: reading('中心站查询遥测站时段数据', 'series'),
  57: plain('中心站查询遥测站人工置数', 'manual'),
  58: reading('中心站查询遥测站指定要素实时数据'),
  64: plain('中心站修改遥测站基本配置表', 'configuration'),
  65: plain('中心站读取/遥测站自报基本配置表', 'configuration'),
  66: plain('中心站修改遥测站运行参数配置表', 'configuration'),
  67: plain('中心站读取/遥测站自报运行参数配置表', 'configuration'),
  68: reading('查询水泵电机实时工作数据'),
  69: plain('查询遥测终端软件版本', 'state'),
  70: plain('查询遥测站状态和报警信息', 'status'),
  71: plain('初始化固态存储数据', 'state'),
  72: plain('恢复终端出厂设置', 'state'),
  73: plain('修改密码', 'configuration'),
  74: plain('设置遥测站时钟', 'state'),
  75: plain('设置遥测终端 IC 卡状态', 'status'),
  76: plain('控制水泵开关命令/水泵状态信息自报', 'state'),
  77: plain('控制阀门开关命令/阀门状态信息自报', 'state'),
  78: plain('控制闸门开关命令/闸门状态信息自报', 'state'),
  79: plain('水量定值控制命令', 'state'),
  80: plain('中心站查询遥测站事件记录', 'state'),
  81: plain('中心站查询遥测站时钟', 'state'),
};
export function functionTitle(fn: number): string {
  return functions[fn]?.zh ?? (fn >= 0xe0 ? '用户自定义扩展区' : '保留的扩展功能码');
}

/** Annex A, by the byte; its ASCII character is the same byte. */
export const stationClasses: Readonly<Record<number, string>> = {
  80: '降水站',
  72: '河道站',
  75: '水库（湖泊）站',
  90: '闸坝站',
  68: '泵站',
  84: '潮汐站',
  77: '墒情站',
  71: '地下水站',
  81: '水质站',
  73: '取水口',
  79: '排水口',
};

/**
 * How the data of an element are read. number: decimal. bits: four bytes of table 58. rain, level: twelve groups at five minutes (F4, F5–FC).
 * wind: sixteen directions of table E.1. lapse: HH.mm. gate, well: decimal with the special states of E.3.2.2 and E.8.2.2.
 * equipment: no reading, it says which gate or outlet the next ones belong to. step, raw: no readings.
 */
export type ElementKind =
  | 'number'
  | 'bits'
  | 'rain'
  | 'level'
  | 'wind'
  | 'lapse'
  | 'gate'
  | 'well'
  | 'equipment'
  | 'gated'
  | 'step'
  | 'raw';
export interface Element {
  /** Identifier byte (标识符引导符). */
  readonly id: number;
  /** Identifier in ASCII bodies. */
  readonly ascii: string;
  readonly zh: string;
  readonly kind: ElementKind;
  /** ObservedProperty; '' where there is none. */
  readonly property: string;
  readonly period: Period;
  readonly statistic: Statistic;
  /** §6.6.2.8 c: the time of a period is its end; so much before it began, in milliseconds. */
  readonly span: number;
  /** From the unit of the standard to that of the property: × times ÷ per. */
  readonly times: number;
  readonly per: number;
  /** UCUM unit of `property` where contracts knows it by another unit, or only by its stem. */
  readonly unit: string | undefined;
  /** N(D,d) of Annex C: digits, and those behind the point; for the definition byte of a query. */
  readonly digits: number;
  readonly decimals: number;
}

type Row = readonly [id: number, ascii: string, zh: string, property: string, digits: number, decimals: number];
const minute = 60_000;
const hour = 60 * minute;
const of = (row: Row, more: Partial<Element> = {}): Element => ({
  id: row[0],
  ascii: row[1],
  zh: row[2],
  kind: 'number',
  property: row[3],
  period: 'instant',
  statistic: 'value',
  span: 0,
  times: 1,
  per: 1,
  unit: undefined,
  digits: row[4],
  decimals: row[5],
  ...more,
});
const sum = (span: number): Partial<Element> => ({
  period: span < hour ? 'minute' : span < 24 * hour ? 'hour' : 'day',
  statistic: 'sum',
  span,
});
const eight = (first: number, row: (n: number) => Row, more: Partial<Element> = {}): Element[] =>
  Array.from({ length: 8 }, (_, index) => of([first + index, ...row(index + 1).slice(1)] as unknown as Row, more));

/** Annex C, table C.1, in its order. F0 (time), F1 (address), F2 and F3 (text, picture) are no elements but stand in `guides`. */
export const elements: readonly Element[] = [
  of([0xf4, 'DRP', '1 小时内每 5 分钟时段雨量', 'pn05', 24, 0], { kind: 'rain', ...sum(5 * minute) }),
  ...eight(0xf5, (n) => [0, `DRZ${n}`, `1 小时内 5 分钟间隔相对水位 ${n}`, `drz${n}`, 48, 0], { kind: 'level' }),
  of([0xfd, 'DATA', '流速批量数据传输', '', 0, 0], { kind: 'raw' }),
  of([0x01, 'AC', '断面面积', 'ac', 8, 2]),
  of([0x02, 'AI', '瞬时气温', 'a01001', 3, 1]),
  of([0x03, 'C', '瞬时水温', 'w01010', 3, 1]),
  of([0x04, 'DR', '时间步长码', '', 6, 0], { kind: 'step' }),
  of([0x05, 'DT', '时段长，降水、引排水、抽水历时', 'dt', 4, 2], { kind: 'lapse' }),
  of([0x06, 'ED', '日蒸发量', 'ed', 5, 1], sum(24 * hour)),
  of([0x07, 'EJ', '当前蒸发', 'ej', 5, 1]),
  // hPa on the wire, kPa in the house.
  of([0x08, 'FL', '气压', 'a01006', 5, 0], { per: 10 }),
  of([0x09, 'GH', '闸坝、水库闸门开启高度', 'gh', 5, 2], { kind: 'gate', unit: 'm' }),
  of([0x0a, 'GN', '输水设备、闸门（组）编号', '', 3, 0], { kind: 'equipment' }),
  of([0x0b, 'GS', '输水设备类别', '', 1, 0], { kind: 'equipment' }),
  of([0x0c, 'GT', '水库、闸坝闸门开启孔数', 'gt', 3, 0], { kind: 'gated', unit: '1' }),
  of([0x0d, 'GTP', '地温', 'gtp', 3, 1]),
  of([0x0e, 'H', '地下水瞬时埋深', 'h', 6, 2], { kind: 'well' }),
  of([0x0f, 'HW', '波浪高度', 'hw', 5, 2]),
  of([0x10, 'M10', '10 厘米处土壤含水量', 'm10', 4, 1]),
  of([0x11, 'M20', '20 厘米处土壤含水量', 'm20', 4, 1]),
  of([0x12, 'M30', '30 厘米处土壤含水量', 'm30', 4, 1]),
  of([0x13, 'M40', '40 厘米处土壤含水量', 'm40', 4, 1]),
  of([0x14, 'M50', '50 厘米处土壤含水量', 'm50', 4, 1]),
  of([0x15, 'M60', '60 厘米处土壤含水量', 'm60', 4, 1]),
  of([0x16, 'M80', '80 厘米处土壤含水量', 'm80', 4, 1]),
  of([0x17, 'M100', '100 厘米处土壤含水量', 'm100', 4, 1]),
  of([0x18, 'MST', '湿度', 'a01002', 4, 1]),
  of([0x19, 'NS', '开机台数', 'ns', 2, 0]),
  of([0x1a, 'P1', '1 小时时段降水量', 'rain', 5, 1], sum(hour)),
  of([0x1b, 'P2', '2 小时时段降水量', 'p2', 5, 1], sum(2 * hour)),
  of([0x1c, 'P3', '3 小时时段降水量', 'p3', 5, 1], sum(3 * hour)),
  of([0x1d, 'P6', '6 小时时段降水量', 'p6', 5, 1], sum(6 * hour)),
  of([0x1e, 'P12', '12 小时时段降水量', 'p12', 5, 1], sum(12 * hour)),
  of([0x1f, 'PD', '日降水量', 'pd', 5, 1], sum(24 * hour)),
  of([0x20, 'PJ', '当前降水量', 'pj', 5, 1]),
  of([0x21, 'PN01', '1 分钟时段降水量', 'pn01', 5, 1], sum(minute)),
  of([0x22, 'PN05', '5 分钟时段降水量', 'pn05', 5, 1], sum(5 * minute)),
  of([0x23, 'PN10', '10 分钟时段降水量', 'pn10', 5, 1], sum(10 * minute)),
  of([0x24, 'PN30', '30 分钟时段降水量', 'pn30', 5, 1], sum(30 * minute)),
  of([0x25, 'PR', '暴雨量', 'pr', 5, 1]),
  of([0x26, 'PT', '降水量累计值', 'pt', 6, 1]),
  of([0x27, 'Q', '瞬时流量、抽水流量', 'q', 9, 3]),
  ...eight(0x28, (n) => [0, `Q${n}`, `取（排）水口流量 ${n}`, `q${n}`, 9, 3]),
  of([0x30, 'QA', '总出库流量、过闸总流量', 'qa', 9, 3]),
  of([0x31, 'QZ', '输水设备流量、过闸（组）流量', 'qz', 9, 3], { kind: 'gated', unit: 'm3/s' }),
  // 10⁴ t on the wire, t in the house.
  of([0x32, 'SW', '输沙量', 'sw', 11, 3], { times: 10_000 }),
  of([0x33, 'UC', '风向', 'a01008', 2, 0], { kind: 'wind' }),
  of([0x34, 'UE', '风力（级）', 'ue', 2, 0]),
  of([0x35, 'US', '风速', 'a01007', 4, 1]),
  of([0x36, 'VA', '断面平均流速', 'va', 5, 3]),
  of([0x37, 'VJ', '当前瞬时流速', 'vj', 5, 3]),
  of([0x38, 'VT', '电源电压', 'vt', 4, 2]),
  of([0x39, 'Z', '瞬时河道水位、潮位', 'z', 7, 3]),
  of([0x3a, 'ZB', '库（闸、站）下水位', 'zb', 7, 3]),
  of([0x3b, 'ZU', '库（闸、站）上水位', 'zu', 7, 3]),
  ...eight(0x3c, (n) => [0, `Z${n}`, `取（排）水口水位 ${n}`, `z${n}`, 7, 3]),
  of([0x44, 'SQ', '含沙量', 'sq', 9, 3]),
  of([0x45, 'ZT', '遥测站状态及报警信息', 'zt', 8, 0], { kind: 'bits' }),
  of([0x46, 'PH', 'pH 值', 'w01001', 4, 2]),
  of([0x47, 'DO', '溶解氧', 'w01009', 4, 1]),
  of([0x48, 'COND', '电导率', 'w01014', 5, 0]),
  of([0x49, 'TURB', '浊度', 'turb', 3, 0]),
  of([0x4a, 'CODMN', '高锰酸盐指数', 'w01019', 4, 1]),
  of([0x4b, 'REDOX', '氧化还原电位', 'redox', 5, 1]),
  of([0x4c, 'NH4N', '氨氮', 'w21003', 6, 2]),
  of([0x4d, 'TP', '总磷', 'w21011', 5, 3]),
  of([0x4e, 'TN', '总氮', 'w21001', 5, 2]),
  of([0x4f, 'TOC', '总有机碳', 'w01020', 4, 2]),
  of([0x50, 'CU', '铜', 'w20122', 7, 4]),
  of([0x51, 'ZN', '锌', 'w20123', 6, 4]),
  of([0x52, 'SE', '硒', 'se', 7, 5]),
  of([0x53, 'AS', '砷', 'w20119', 7, 5]),
  of([0x54, 'THG', '总汞', 'w20111', 7, 5]),
  of([0x55, 'CD', '镉', 'w20115', 7, 5]),
  of([0x56, 'PB', '铅', 'w20120', 7, 5]),
  of([0x57, 'CHLA', '叶绿素 a', 'chla', 4, 2]),
  ...eight(0x58, (n) => [0, `WP${n}`, `水压 ${n}`, `wp${n}`, 5, 2]),
  ...eight(0x60, (n) => [0, `SYL${n}`, `水表 ${n} 剩余水量`, `syl${n}`, 11, 3]),
  ...eight(0x68, (n) => [0, `SBL${n}`, `水表 ${n} 每小时水量`, `sbl${n}`, 10, 2], { period: 'hour', statistic: 'mean', span: hour }),
  of([0x70, 'VTA', '交流 A 相电压', 'vta', 4, 1]),
  of([0x71, 'VTB', '交流 B 相电压', 'vtb', 4, 1]),
  of([0x72, 'VTC', '交流 C 相电压', 'vtc', 4, 1]),
  of([0x73, 'VIA', '交流 A 相电流', 'via', 4, 1]),
  of([0x74, 'VIB', '交流 B 相电流', 'vib', 4, 1]),
  of([0x75, 'VIC', '交流 C 相电流', 'vic', 4, 1]),
];
/** By the identifier byte; undefined: reserved (76H–EFH). */
export const elementById: readonly (Element | undefined)[] = Array.from({ length: 256 }, (_, id) => elements.find((one) => one.id === id));
export const elementByAscii: ReadonlyMap<string, Element> = new Map(elements.map((element) => [element.ascii, element]));
/** Notes a to d of table C.1: identifiers that are followed by themselves in place of a data definition. */
export const guides: Readonly<Record<number, string>> = {
  240: '观测时间引导符',
  241: '测站编码引导符',
  242: '人工置数',
  243: '图片信息',
  253: '流速批量数据传输',
};

/** E.3.2.2, E.4.2.3 and E.8.2.2: numbers that are none, but a state of the gate or of the well. */
export const gateStates: Readonly<Record<number, string>> = { 444: '闸门全关', 555: '无闸门控制', 888: '闸门提出水面', 999: '闸门全开' };
export const wellStates: Readonly<Record<number, string>> = { 444: '监测井干涸' };
/** Table E.4. */
export const outletClasses: Readonly<Record<number, string>> = {
  0: '非常溢洪道',
  1: '正常溢洪道',
  2: '泄洪道（洞）',
  3: '灌溉洞（渠）',
  4: '发电洞',
  5: '供水洞（渠）',
  6: '排沙孔',
  7: '船闸',
  9: '其他',
};

/** Table 58, by bit: name, meaning of 0, meaning of 1. */
export const statusBits: readonly (readonly [name: string, zero: string, one: string])[] = [
  ['交流电充电状态', '正常', '停电'],
  ['蓄电池电压', '正常', '电压低'],
  ['水位超限', '正常', '报警'],
  ['流量超限', '正常', '报警'],
  ['水质超限', '正常', '报警'],
  ['流量仪表', '正常', '故障'],
  ['水位仪表', '正常', '故障'],
  ['终端箱门', '开启', '关闭'],
  ['存储器', '正常', '异常'],
  ['IC 卡功能', '关闭', '有效'],
  ['水泵', '工作', '停机'],
  ['剩余水量', '未超限', '超限'],
];

/** Table 82, ERC1 to ERC18: two bytes of count each. */
export const events: readonly string[] = [
  '历史数据初始化',
  '参数变更',
  '状态量变位',
  '传感器及仪表故障',
  '密码修改',
  '终端故障',
  '交流失电',
  '蓄电池电压低告警',
  '终端箱非法打开',
  '水泵故障',
  '剩余水量超限告警',
  '水位超限告警',
  '水压超限告警',
  '水质参数超限告警',
  '数据出错',
  '发报文',
  '收报文',
  '发报文出错',
];

const numbered = (first: number, names: readonly string[]): [number, string][] => names.map((name, index) => [first + index, name]);
const eightOf = (before: string, after = ''): string[] => Array.from({ length: 8 }, (_, index) => `${before}${index + 1}${after}`);
const bounds = (names: readonly string[]): string[] => names.flatMap((name) => [`${name}上限`, `${name}下限`]);
/** Annex D, table D.1 (functions 40H, 41H, 49H). */
export const basicConfiguration: ReadonlyMap<number, string> = new Map(
  numbered(0x01, [
    '中心站地址',
    '遥测站地址',
    '密码',
    ...[1, 2, 3, 4].flatMap((n) => [`中心站 ${n} 主信道类型及地址`, `中心站 ${n} 备用信道类型及地址`]),
    '工作方式',
    '遥测站采集要素设置',
    '中继站（集合转发站）服务地址范围',
    '遥测站通信设备识别号',
  ]),
);
/** Annex D, table D.4 (functions 42H, 43H, 47H, 48H). */
export const runConfiguration: ReadonlyMap<number, string> = new Map([
  ...numbered(0x20, [
    '定时报时间间隔',
    '加报时间间隔',
    '降水量日起始时间',
    '采样间隔',
    '水位数据存储间隔',
    '雨量计分辨力',
    '水位计分辨力',
    '雨量加报阈值',
  ]),
  ...numbered(0x28, [...eightOf('水位基值 '), ...eightOf('水位修正基值 '), ...eightOf('加报水位 ')]),
  ...numbered(0x40, [
    '加报水位以上加报阈值',
    '加报水位以下加报阈值',
    '流量加报阈值',
    '流速加报阈值',
    '闸位加报阈值',
    '功率加报阈值',
    '气压加报阈值',
  ]),
  ...numbered(0x47, ['风速加报阈值', '水温加报阈值']),
  ...numbered(
    0x49,
    [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [`取（排）水口 ${n} 上限水位`, `取（排）水口 ${n} 下限水位`]),
  ),
  ...numbered(
    0x59,
    [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [`取（排）水口 ${n} 上限水压`, `取（排）水口 ${n} 下限水压`]),
  ),
  ...numbered(
    0x69,
    bounds(['水温', 'pH 值', '溶解氧', '高锰酸盐指数', '电导率', '氧化还原电位', '浊度', '氨氮', '总氮', '铜', '锌', '氟化物']),
  ),
  ...numbered(0x81, bounds(['硒', '砷', '汞', '镉', '总有机碳', '叶绿素'])),
  ...numbered(0x8d, ['流量上限', ...eightOf('水表 ', ' 充值水量'), '水量定值量', '固态存储数据初始化', '遥测终端参数恢复出厂设置']),
  ...numbered(0x99, [...eightOf('水表 ', ' 水量表底（初始）值'), ...eightOf('水表 ', ' 剩余水量报警值')]),
]);
