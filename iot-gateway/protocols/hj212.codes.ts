// Tables of HJ 212: systems (ST), commands (CN), answers, flags, and the factor codes of 2005 with their names since 2017.
//
// Source: HJ/T 212-2005 Annex B, HJ 212-2017 tables 5–9 and Annex B, HJ 212-2025 (in force 2026-01-01) for what is marked 2025.
// Factor names and units are in contracts/observed-properties.data.ts.
import type { Period, Statistic } from '../../contracts/observation.ts';

/** HJ 212-2017 table 5; 44 since 2025. */
export const systems: Readonly<Record<string, string>> = {
  '21': '地表水质量监测',
  '22': '空气质量监测',
  '23': '声环境质量监测',
  '24': '地下水质量监测',
  '25': '土壤质量监测',
  '26': '海水质量监测',
  '27': '挥发性有机物监测',
  '31': '大气环境污染源',
  '32': '地表水体环境污染源',
  '33': '地下水体环境污染源',
  '34': '海洋环境污染源',
  '35': '土壤环境污染源',
  '36': '声环境污染源',
  '37': '振动环境污染源',
  '38': '放射性环境污染源',
  '39': '工地扬尘污染源',
  '41': '电磁环境污染源',
  '44': '治理设施用电监测',
  '51': '烟气排放过程监控',
  '52': '污水排放过程监控',
  '91': '系统交互',
};

/**
 * What a command is when it arrives at the platform. data: answered 9014. notify: 9013. request: 9011. extract: a request when it carries
 * nothing, the data asked for when it does. answer: the other end's answer, never answered. key: the key exchange of 2025.
 */
export type CommandKind = 'data' | 'notify' | 'request' | 'extract' | 'answer' | 'key';
export interface Command {
  readonly kind: CommandKind;
  readonly zh: string;
  /**
   * Commands whose factors become Readings: the span that -Avg -Min -Max -Cou speak for. What the others carry up is `reported`: 2013 (not yet
   * corrected) and 2062 (a standard sample) would otherwise stand in the series of what is in the air, and the form of 2052 was not read.
   */
  readonly period?: Period;
}

/** HJ 212-2017 table 9; 1001 1002 1014 2013 2052 2062 2111 3022 3024 9015 since 2025. */
export const commands: Readonly<Record<string, Command>> = {
  '1000': { kind: 'request', zh: '设置超时时间及重发次数' },
  '1001': { kind: 'extract', zh: '数采仪硬件序列号' },
  '1002': { kind: 'request', zh: '设置设备唯一标识' },
  '1011': { kind: 'extract', zh: '提取现场机时间' },
  '1012': { kind: 'request', zh: '设置现场机时间' },
  '1013': { kind: 'notify', zh: '现场机时间校准请求' },
  '1014': { kind: 'key', zh: '密钥交换' },
  '1061': { kind: 'extract', zh: '提取实时数据间隔' },
  '1062': { kind: 'request', zh: '设置实时数据间隔' },
  '1063': { kind: 'extract', zh: '提取分钟数据间隔' },
  '1064': { kind: 'request', zh: '设置分钟数据间隔' },
  '1072': { kind: 'request', zh: '设置现场机访问密码' },
  '2011': { kind: 'data', zh: '实时数据', period: 'instant' },
  '2012': { kind: 'request', zh: '停止察看实时数据' },
  '2013': { kind: 'data', zh: '原始数据' },
  '2021': { kind: 'data', zh: '设备运行状态', period: 'instant' },
  '2022': { kind: 'request', zh: '停止察看设备运行状态' },
  '2031': { kind: 'data', zh: '日历史数据', period: 'day' },
  '2041': { kind: 'data', zh: '设备运行时间日历史数据', period: 'day' },
  '2051': { kind: 'data', zh: '分钟数据', period: 'minute' },
  '2052': { kind: 'data', zh: '单次噪声数据' },
  '2061': { kind: 'data', zh: '小时数据', period: 'hour' },
  '2062': { kind: 'data', zh: '自动标样核查数据' },
  '2081': { kind: 'data', zh: '数采仪开机时间' },
  '2111': { kind: 'data', zh: '炉膛温度 5 分钟均值', period: 'minute' },
  '3011': { kind: 'request', zh: '零点校准量程校准' },
  '3012': { kind: 'request', zh: '即时采样' },
  '3013': { kind: 'request', zh: '启动清洗反吹' },
  '3014': { kind: 'request', zh: '比对采样' },
  '3015': { kind: 'extract', zh: '超标留样' },
  '3016': { kind: 'request', zh: '设置采样时间周期' },
  '3017': { kind: 'extract', zh: '提取采样时间周期' },
  '3018': { kind: 'extract', zh: '提取出样时间' },
  '3019': { kind: 'extract', zh: '提取设备唯一标识' },
  '3020': { kind: 'extract', zh: '提取现场机信息' },
  '3021': { kind: 'request', zh: '设置现场机参数' },
  '3022': { kind: 'request', zh: '即时留样' },
  '3024': { kind: 'request', zh: '启动标样核查' },
  '9011': { kind: 'answer', zh: '请求应答' },
  '9012': { kind: 'answer', zh: '执行结果' },
  '9013': { kind: 'answer', zh: '通知应答' },
  '9014': { kind: 'answer', zh: '数据应答' },
  '9015': { kind: 'notify', zh: '心跳' },
};

/** QnRtn of 9011 (HJ 212-2017 table 7). */
export const QnRtn = { ready: 1, rejected: 2, pw: 3, mn: 4, st: 5, flag: 6, qn: 7, cn: 8, crc: 9, unknown: 100 } as const;
export const qnRtnTitle: Readonly<Record<string, string>> = {
  '1': '准备执行请求',
  '2': '请求被拒绝',
  '3': 'PW 错误',
  '4': 'MN 错误',
  '5': 'ST 错误',
  '6': 'Flag 错误',
  '7': 'QN 错误',
  '8': 'CN 错误',
  '9': 'CRC 校验错误',
  '100': '未知错误',
};
/** ExeRtn of 9012 (table 6). */
export const exeRtnTitle: Readonly<Record<string, string>> = {
  '1': '执行成功',
  '2': '执行失败，原因不明',
  '3': '命令请求条件错误',
  '4': '通讯超时',
  '5': '系统繁忙',
  '6': '系统故障',
  '100': '没有数据',
};
/** Data flags (table 8). */
export const flagTitle: Readonly<Record<string, string>> = {
  N: '正常',
  F: '排放源停运',
  M: '维护',
  S: '手工输入',
  D: '故障',
  C: '校准',
  T: '超测量上限',
  B: '通讯异常',
  P: '电源故障（2005 版）',
  '0': '校准数据（2005 版空气站）',
  '1': '气象参数（2005 版空气站）',
  '2': '异常数据（2005 版空气站）',
  '3': '正常数据（2005 版空气站）',
};
/** HJ/T 212-2005 has digits for air stations (ST 22) and P, no power, for sources: the flag of table 8 that says the same. */
export const flags2005: Readonly<Record<string, string>> = { P: 'D' };
export const airFlags2005: Readonly<Record<string, string>> = { ...flags2005, '0': 'C', '1': 'N', '2': 'D', '3': 'N' };

export interface Attribute {
  readonly statistic: Statistic;
  readonly converted?: true;
  /** UCUM, where the attribute has one of its own. */
  readonly unit?: string;
  readonly zh: string;
}
/**
 * Attribute of a factor → statistic. -Zs… are the converted (折算) values of a stack, a property of their own: code + Zs. SBn-RS is the state of
 * treatment equipment n (CN 2021), SBn-RT its hours of work in a day (CN 2041).
 */
export const attributes: Readonly<Record<string, Attribute>> = {
  Rtd: { statistic: 'value', zh: '实时值' },
  Avg: { statistic: 'mean', zh: '均值' },
  Min: { statistic: 'min', zh: '最小值' },
  Max: { statistic: 'max', zh: '最大值' },
  Cou: { statistic: 'sum', zh: '累计值' },
  ZsRtd: { statistic: 'value', converted: true, zh: '折算实时值' },
  ZsAvg: { statistic: 'mean', converted: true, zh: '折算均值' },
  ZsMin: { statistic: 'min', converted: true, zh: '折算最小值' },
  ZsMax: { statistic: 'max', converted: true, zh: '折算最大值' },
  RS: { statistic: 'value', zh: '设备运行状态' },
  RT: { statistic: 'sum', unit: 'h', zh: '设备运行时间（小时）' },
};
/** SBn-RS: the state of treatment equipment (HJ 212-2017 Annex C, CN 2021). */
export const equipmentStateTitle: Readonly<Record<string, string>> = {
  '0': '关闭',
  '1': '运行',
  '2': '校准',
  '3': '维护',
  '4': '报警',
  '5': '反吹',
};
/** Names of header fields, of plain CP items and of the attributes that carry no value, as the inspector prints them. */
export const names: Readonly<Record<string, string>> = {
  QN: '请求编码',
  ST: '系统编码',
  CN: '命令编码',
  PW: '访问密码',
  MN: '设备唯一标识',
  Flag: '拆分包及应答标志',
  PNUM: '总包数',
  PNO: '包号',
  DataTime: '数据时间',
  SampleTime: '采样时间',
  RestartTime: '数采仪开机时间',
  SystemTime: '系统时间',
  RtdInterval: '实时数据间隔（秒）',
  MinInterval: '分钟数据间隔（分）',
  OverTime: '超时时间（秒）',
  ReCount: '重发次数',
  PolId: '污染物编码',
  InfoId: '信息编码',
  BeginTime: '开始时间',
  EndTime: '截止时间',
  QnRtn: '请求返回结果',
  ExeRtn: '执行结果',
  EFlag: '设备标志',
  Info: '现场机信息',
  SN: '在线监控仪器编码',
  SKCreateTime: '密钥生成时间',
};

/** 2005 codes of waste water (three digits, B01) → 2017. */
export const waterCodes2005: Readonly<Record<string, string>> = {
  B01: 'w00000',
  '001': 'w01001',
  '002': 'w01002',
  '003': 'w01012',
  '010': 'w01017',
  '011': 'w01018',
  '015': 'w01020',
  '020': 'w20111',
  '022': 'w20115',
  '023': 'w20116',
  '024': 'w20117',
  '026': 'w20119',
  '027': 'w20120',
  '028': 'w20121',
  '029': 'w20122',
  '030': 'w20123',
  '060': 'w21003',
  '065': 'w21001',
  '070': 'w21016',
  '071': 'w21019',
  '072': 'w21017',
  '080': 'w22001',
  '101': 'w21011',
  '110': 'w23002',
  '550': 'w02003',
};
/** 2005 codes of waste gas (two digits, B02, S..) → 2017. */
export const gasCodes2005: Readonly<Record<string, string>> = {
  B02: 'a00000',
  '01': 'a34013',
  '02': 'a21026',
  '03': 'a21002',
  '04': 'a21005',
  '05': 'a21028',
  '06': 'a21018',
  '08': 'a21024',
  '10': 'a21001',
  '11': 'a21022',
  '17': 'a25003',
  '18': 'a25005',
  '30': 'a05001',
  S01: 'a19001',
  S02: 'a01011',
  S03: 'a01012',
  S05: 'a01014',
  S08: 'a01013',
};
/** Systems whose three-digit codes are those of water; VOC instruments use the same digits for something else. */
export const waterSystems: ReadonlySet<string> = new Set(['21', '24', '26', '32', '33', '34', '52']);
export const gasSystems: ReadonlySet<string> = new Set(['22', '27', '31', '39', '51']);
