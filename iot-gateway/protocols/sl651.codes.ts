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
export const controlRows: readonly (readonly [code: number, title: string])[] = [
  [0x02, 'STX 传输正文起始'],
  [0x03, 'ETX 报文结束，后续无报文'],
  [0x04, 'EOT 传输结束，退出'],
  [0x05, 'ENQ 询问'],
  [0x06, 'ACK 肯定确认，继续发送'],
  [0x15, 'NAK 否定应答，要求重发'],
  [0x16, 'SYN 多包传输正文起始'],
  [0x17, 'ETB 报文结束，后续有报文'],
  [0x1b, 'ESC 传输结束，终端保持在线'],
];

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
/** Annex B. */
export const functionRows: readonly (readonly [code: number, what: Sl651Function])[] = [
  [0x2f, { zh: '链路维持报', content: 'none' }],
  [0x30, { zh: '测试报', content: 'test', classed: true }],
  [0x31, { zh: '均匀时段水文信息报', content: 'series', classed: true }],
  [0x32, { zh: '遥测站定时报', content: 'elements', classed: true }],
  [0x33, { zh: '遥测站加报报', content: 'elements', classed: true }],
  [0x34, { zh: '遥测站小时报', content: 'elements', classed: true }],
  [0x35, { zh: '遥测站人工置数报', content: 'manual' }],
  [0x36, { zh: '遥测站图片报或中心站查询图片', content: 'picture', classed: true }],
  [0x37, { zh: '中心站查询遥测站实时数据', content: 'elements', classed: true }],
  [0x38, { zh: '中心站查询遥测站时段数据', content: 'series', classed: true }],
  [0x39, { zh: '中心站查询遥测站人工置数', content: 'manual' }],
  [0x3a, { zh: '中心站查询遥测站指定要素实时数据', content: 'elements', classed: true }],
  [0x40, { zh: '中心站修改遥测站基本配置表', content: 'configuration' }],
  [0x41, { zh: '中心站读取/遥测站自报基本配置表', content: 'configuration' }],
  [0x42, { zh: '中心站修改遥测站运行参数配置表', content: 'configuration' }],
  [0x43, { zh: '中心站读取/遥测站自报运行参数配置表', content: 'configuration' }],
  [0x44, { zh: '查询水泵电机实时工作数据', content: 'elements', classed: true }],
  [0x45, { zh: '查询遥测终端软件版本', content: 'state' }],
  [0x46, { zh: '查询遥测站状态和报警信息', content: 'status' }],
  [0x47, { zh: '初始化固态存储数据', content: 'state' }],
  [0x48, { zh: '恢复终端出厂设置', content: 'state' }],
  [0x49, { zh: '修改密码', content: 'configuration' }],
  [0x4a, { zh: '设置遥测站时钟', content: 'state' }],
  [0x4b, { zh: '设置遥测终端 IC 卡状态', content: 'status' }],
  [0x4c, { zh: '控制水泵开关命令/水泵状态信息自报', content: 'state' }],
  [0x4d, { zh: '控制阀门开关命令/阀门状态信息自报', content: 'state' }],
  [0x4e, { zh: '控制闸门开关命令/闸门状态信息自报', content: 'state' }],
  [0x4f, { zh: '水量定值控制命令', content: 'state' }],
  [0x50, { zh: '中心站查询遥测站事件记录', content: 'state' }],
  [0x51, { zh: '中心站查询遥测站时钟', content: 'state' }],
];

/** Annex A, by the byte; its ASCII character is the same byte. */
export const stationClassRows: readonly (readonly [code: number, title: string])[] = [
  [0x50, '降水站'],
  [0x48, '河道站'],
  [0x4b, '水库（湖泊）站'],
  [0x5a, '闸坝站'],
  [0x44, '泵站'],
  [0x54, '潮汐站'],
  [0x4d, '墒情站'],
  [0x47, '地下水站'],
  [0x51, '水质站'],
  [0x49, '取水口'],
  [0x4f, '排水口'],
];

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

/** What differs from a plain instantaneous number. */
export type ElementMore = Partial<Omit<Element, 'id' | 'ascii' | 'zh' | 'property' | 'digits' | 'decimals'>>;
export type ElementRow = readonly [
  id: number,
  ascii: string,
  zh: string,
  property: string,
  digits: number,
  decimals: number,
  more?: ElementMore,
];
const hour = 3_600_000;
const sum1m: ElementMore = { period: 'minute', statistic: 'sum', span: hour / 60 };
const sum5m: ElementMore = { ...sum1m, span: hour / 12 };
const sum10m: ElementMore = { ...sum1m, span: hour / 6 };
const sum30m: ElementMore = { ...sum1m, span: hour / 2 };
const sum1h: ElementMore = { period: 'hour', statistic: 'sum', span: hour };
const sum2h: ElementMore = { ...sum1h, span: 2 * hour };
const sum3h: ElementMore = { ...sum1h, span: 3 * hour };
const sum6h: ElementMore = { ...sum1h, span: 6 * hour };
const sum12h: ElementMore = { ...sum1h, span: 12 * hour };
const sumDay: ElementMore = { period: 'day', statistic: 'sum', span: 24 * hour };

/** Annex C, table C.1, in its order. F0 (time), F1 (address), F2 and F3 (text, picture) are no elements but stand in `guides`. */
export const elementRows: readonly ElementRow[] = [
  [0xf4, 'DRP', '1 小时内每 5 分钟时段雨量', 'pn05', 24, 0, { kind: 'rain', ...sum5m }],
  [0xfd, 'DATA', '流速批量数据传输', '', 0, 0, { kind: 'raw' }],
  [0x01, 'AC', '断面面积', 'ac', 8, 2],
  [0x02, 'AI', '瞬时气温', 'a01001', 3, 1],
  [0x03, 'C', '瞬时水温', 'w01010', 3, 1],
  [0x04, 'DR', '时间步长码', '', 6, 0, { kind: 'step' }],
  [0x05, 'DT', '时段长，降水、引排水、抽水历时', 'dt', 4, 2, { kind: 'lapse' }],
  [0x06, 'ED', '日蒸发量', 'ed', 5, 1, sumDay],
  [0x07, 'EJ', '当前蒸发', 'ej', 5, 1],
  // hPa on the wire, kPa in the house.
  [0x08, 'FL', '气压', 'a01006', 5, 0, { per: 10 }],
  [0x09, 'GH', '闸坝、水库闸门开启高度', 'gh', 5, 2, { kind: 'gate', unit: 'm' }],
  [0x0a, 'GN', '输水设备、闸门（组）编号', '', 3, 0, { kind: 'equipment' }],
  [0x0b, 'GS', '输水设备类别', '', 1, 0, { kind: 'equipment' }],
  [0x0c, 'GT', '水库、闸坝闸门开启孔数', 'gt', 3, 0, { kind: 'gated', unit: '1' }],
  [0x0d, 'GTP', '地温', 'gtp', 3, 1],
  [0x0e, 'H', '地下水瞬时埋深', 'h', 6, 2, { kind: 'well' }],
  [0x0f, 'HW', '波浪高度', 'hw', 5, 2],
  [0x10, 'M10', '10 厘米处土壤含水量', 'm10', 4, 1],
  [0x11, 'M20', '20 厘米处土壤含水量', 'm20', 4, 1],
  [0x12, 'M30', '30 厘米处土壤含水量', 'm30', 4, 1],
  [0x13, 'M40', '40 厘米处土壤含水量', 'm40', 4, 1],
  [0x14, 'M50', '50 厘米处土壤含水量', 'm50', 4, 1],
  [0x15, 'M60', '60 厘米处土壤含水量', 'm60', 4, 1],
  [0x16, 'M80', '80 厘米处土壤含水量', 'm80', 4, 1],
  [0x17, 'M100', '100 厘米处土壤含水量', 'm100', 4, 1],
  [0x18, 'MST', '湿度', 'a01002', 4, 1],
  [0x19, 'NS', '开机台数', 'ns', 2, 0],
  [0x1a, 'P1', '1 小时时段降水量', 'rain', 5, 1, sum1h],
  [0x1b, 'P2', '2 小时时段降水量', 'p2', 5, 1, sum2h],
  [0x1c, 'P3', '3 小时时段降水量', 'p3', 5, 1, sum3h],
  [0x1d, 'P6', '6 小时时段降水量', 'p6', 5, 1, sum6h],
  [0x1e, 'P12', '12 小时时段降水量', 'p12', 5, 1, sum12h],
  [0x1f, 'PD', '日降水量', 'pd', 5, 1, sumDay],
  [0x20, 'PJ', '当前降水量', 'pj', 5, 1],
  [0x21, 'PN01', '1 分钟时段降水量', 'pn01', 5, 1, sum1m],
  [0x22, 'PN05', '5 分钟时段降水量', 'pn05', 5, 1, sum5m],
  [0x23, 'PN10', '10 分钟时段降水量', 'pn10', 5, 1, sum10m],
  [0x24, 'PN30', '30 分钟时段降水量', 'pn30', 5, 1, sum30m],
  [0x25, 'PR', '暴雨量', 'pr', 5, 1],
  [0x26, 'PT', '降水量累计值', 'pt', 6, 1],
  [0x27, 'Q', '瞬时流量、抽水流量', 'q', 9, 3],
  [0x30, 'QA', '总出库流量、过闸总流量', 'qa', 9, 3],
  [0x31, 'QZ', '输水设备流量、过闸（组）流量', 'qz', 9, 3, { kind: 'gated', unit: 'm3/s' }],
  // 10⁴ t on the wire, t in the house.
  [0x32, 'SW', '输沙量', 'sw', 11, 3, { times: 10_000 }],
  [0x33, 'UC', '风向', 'a01008', 2, 0, { kind: 'wind' }],
  [0x34, 'UE', '风力（级）', 'ue', 2, 0],
  [0x35, 'US', '风速', 'a01007', 4, 1],
  [0x36, 'VA', '断面平均流速', 'va', 5, 3],
  [0x37, 'VJ', '当前瞬时流速', 'vj', 5, 3],
  [0x38, 'VT', '电源电压', 'vt', 4, 2],
  [0x39, 'Z', '瞬时河道水位、潮位', 'z', 7, 3],
  [0x3a, 'ZB', '库（闸、站）下水位', 'zb', 7, 3],
  [0x3b, 'ZU', '库（闸、站）上水位', 'zu', 7, 3],
  [0x44, 'SQ', '含沙量', 'sq', 9, 3],
  [0x45, 'ZT', '遥测站状态及报警信息', 'zt', 8, 0, { kind: 'bits' }],
  [0x46, 'PH', 'pH 值', 'w01001', 4, 2],
  [0x47, 'DO', '溶解氧', 'w01009', 4, 1],
  [0x48, 'COND', '电导率', 'w01014', 5, 0],
  [0x49, 'TURB', '浊度', 'turb', 3, 0],
  [0x4a, 'CODMN', '高锰酸盐指数', 'w01019', 4, 1],
  [0x4b, 'REDOX', '氧化还原电位', 'redox', 5, 1],
  [0x4c, 'NH4N', '氨氮', 'w21003', 6, 2],
  [0x4d, 'TP', '总磷', 'w21011', 5, 3],
  [0x4e, 'TN', '总氮', 'w21001', 5, 2],
  [0x4f, 'TOC', '总有机碳', 'w01020', 4, 2],
  [0x50, 'CU', '铜', 'w20122', 7, 4],
  [0x51, 'ZN', '锌', 'w20123', 6, 4],
  [0x52, 'SE', '硒', 'se', 7, 5],
  [0x53, 'AS', '砷', 'w20119', 7, 5],
  [0x54, 'THG', '总汞', 'w20111', 7, 5],
  [0x55, 'CD', '镉', 'w20115', 7, 5],
  [0x56, 'PB', '铅', 'w20120', 7, 5],
  [0x57, 'CHLA', '叶绿素 a', 'chla', 4, 2],
  [0x70, 'VTA', '交流 A 相电压', 'vta', 4, 1],
  [0x71, 'VTB', '交流 B 相电压', 'vtb', 4, 1],
  [0x72, 'VTC', '交流 C 相电压', 'vtc', 4, 1],
  [0x73, 'VIA', '交流 A 相电流', 'via', 4, 1],
  [0x74, 'VIB', '交流 B 相电流', 'vib', 4, 1],
  [0x75, 'VIC', '交流 C 相电流', 'vic', 4, 1],
];
/** The same, eight of each: {n} is 1 to 8. */
export const numberedRows: readonly ElementRow[] = [
  [0xf5, 'DRZ{n}', '1 小时内 5 分钟间隔相对水位 {n}', 'drz{n}', 48, 0, { kind: 'level' }],
  [0x28, 'Q{n}', '取（排）水口流量 {n}', 'q{n}', 9, 3],
  [0x3c, 'Z{n}', '取（排）水口水位 {n}', 'z{n}', 7, 3],
  [0x58, 'WP{n}', '水压 {n}', 'wp{n}', 5, 2],
  [0x60, 'SYL{n}', '水表 {n} 剩余水量', 'syl{n}', 11, 3],
  [0x68, 'SBL{n}', '水表 {n} 每小时水量', 'sbl{n}', 10, 2, { period: 'hour', statistic: 'mean', span: hour }],
];
/** Notes a to d of table C.1: identifiers that are followed by themselves in place of a data definition. */
export const guideRows: readonly (readonly [code: number, title: string])[] = [
  [0xf0, '观测时间引导符'],
  [0xf1, '测站编码引导符'],
  [0xf2, '人工置数'],
  [0xf3, '图片信息'],
  [0xfd, '流速批量数据传输'],
];

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

/** Annex D by blocks of consecutive identifiers. */
export interface ParameterBlock {
  readonly first: number;
  readonly names: readonly string[];
  /** The names, repeated for {n} = 1 to `times`; absent: once. */
  readonly times?: number;
}
/** Table D.1 (functions 40H, 41H, 49H). */
export const basicBlocks: readonly ParameterBlock[] = [
  { first: 0x01, names: ['中心站地址', '遥测站地址', '密码'] },
  { first: 0x04, names: ['中心站 {n} 主信道类型及地址', '中心站 {n} 备用信道类型及地址'], times: 4 },
  { first: 0x0c, names: ['工作方式', '遥测站采集要素设置', '中继站（集合转发站）服务地址范围', '遥测站通信设备识别号'] },
];
/** Table D.4 (functions 42H, 43H, 47H, 48H). */
export const runBlocks: readonly ParameterBlock[] = [
  { first: 0x20, names: ['定时报时间间隔', '加报时间间隔', '降水量日起始时间', '采样间隔', '水位数据存储间隔'] },
  { first: 0x25, names: ['雨量计分辨力', '水位计分辨力', '雨量加报阈值'] },
  { first: 0x28, names: ['水位基值 {n}'], times: 8 },
  { first: 0x30, names: ['水位修正基值 {n}'], times: 8 },
  { first: 0x38, names: ['加报水位 {n}'], times: 8 },
  { first: 0x40, names: ['加报水位以上加报阈值', '加报水位以下加报阈值', '流量加报阈值', '流速加报阈值', '闸位加报阈值'] },
  { first: 0x45, names: ['功率加报阈值', '气压加报阈值', '风速加报阈值', '水温加报阈值'] },
  { first: 0x49, names: ['取（排）水口 {n} 上限水位', '取（排）水口 {n} 下限水位'], times: 8 },
  { first: 0x59, names: ['取（排）水口 {n} 上限水压', '取（排）水口 {n} 下限水压'], times: 8 },
  { first: 0x69, names: ['水温上限', '水温下限', 'pH 值上限', 'pH 值下限', '溶解氧上限', '溶解氧下限'] },
  { first: 0x6f, names: ['高锰酸盐指数上限', '高锰酸盐指数下限', '电导率上限', '电导率下限'] },
  { first: 0x73, names: ['氧化还原电位上限', '氧化还原电位下限', '浊度上限', '浊度下限', '氨氮上限', '氨氮下限'] },
  { first: 0x79, names: ['总氮上限', '总氮下限', '铜上限', '铜下限', '锌上限', '锌下限', '氟化物上限', '氟化物下限'] },
  { first: 0x81, names: ['硒上限', '硒下限', '砷上限', '砷下限', '汞上限', '汞下限', '镉上限', '镉下限'] },
  { first: 0x89, names: ['总有机碳上限', '总有机碳下限', '叶绿素上限', '叶绿素下限', '流量上限'] },
  { first: 0x8e, names: ['水表 {n} 充值水量'], times: 8 },
  { first: 0x96, names: ['水量定值量', '固态存储数据初始化', '遥测终端参数恢复出厂设置'] },
  { first: 0x99, names: ['水表 {n} 水量表底（初始）值'], times: 8 },
  { first: 0xa1, names: ['水表 {n} 剩余水量报警值'], times: 8 },
];
