// Tables of AIS and NMEA 0183: the bit layouts of messages, their titles, navigational status, and the sentences that are known.
//
// Source: ITU-R M.1371-5 Annex 8 §3 (message structures), tables 46–82; NMEA 0183 sentence formatters.

/** u unsigned, i two's complement, t six-bit text. */
export type FieldKind = 'u' | 'i' | 't';
export type Field = readonly [name: string, bits: number, kind: FieldKind];
export interface Layout {
  readonly fields: readonly Field[];
  /** Fewer bits than this are no such message; what lies behind may be missing (trailing spare bits often are). */
  readonly needed: number;
}

const head: readonly Field[] = [
  ['type', 6, 'u'],
  ['repeat', 2, 'u'],
  ['mmsi', 30, 'u'],
];
const place: readonly Field[] = [
  ['accuracy', 1, 'u'],
  ['lng', 28, 'i'],
  ['lat', 27, 'i'],
];
const movement: readonly Field[] = [['speed', 10, 'u'], ...place, ['course', 12, 'u'], ['heading', 9, 'u'], ['second', 6, 'u']];
const size: readonly Field[] = [
  ['toBow', 9, 'u'],
  ['toStern', 9, 'u'],
  ['toPort', 6, 'u'],
  ['toStarboard', 6, 'u'],
];
const tail: readonly Field[] = [
  ['raim', 1, 'u'],
  ['radio', 19, 'u'],
];

/** §3.1 messages 1, 2, 3: position reports of class A. */
const classA: Layout = {
  needed: 168,
  fields: [...head, ['status', 4, 'u'], ['turn', 8, 'i'], ...movement, ['manoeuvre', 2, 'u'], ['spare', 3, 'u'], ...tail],
};
/** §3.2 message 4: base station, and 11: the answer to a question for UTC. */
const baseStation: Layout = {
  needed: 168,
  fields: [
    ...head,
    ['year', 14, 'u'],
    ['month', 4, 'u'],
    ['day', 5, 'u'],
    ['hour', 5, 'u'],
    ['minute', 6, 'u'],
    ['second', 6, 'u'],
    ...place,
    ['epfd', 4, 'u'],
    ['transmission', 1, 'u'],
    ['spare', 9, 'u'],
    ...tail,
  ],
};
/** §3.3 message 5: static and voyage data. */
const voyage: Layout = {
  needed: 422,
  fields: [
    ...head,
    ['version', 2, 'u'],
    ['imo', 30, 'u'],
    ['callSign', 42, 't'],
    ['name', 120, 't'],
    ['shipType', 8, 'u'],
    ...size,
    ['epfd', 4, 'u'],
    ['month', 4, 'u'],
    ['day', 5, 'u'],
    ['hour', 5, 'u'],
    ['minute', 6, 'u'],
    ['draught', 8, 'u'],
    ['destination', 120, 't'],
    ['dte', 1, 'u'],
    ['spare', 1, 'u'],
  ],
};
/** §3.16 message 18: position report of class B. */
const classB: Layout = {
  needed: 168,
  fields: [
    ...head,
    ['reserved', 8, 'u'],
    ...movement,
    ['reserved2', 2, 'u'],
    ['carrierSense', 1, 'u'],
    ['display', 1, 'u'],
    ['dsc', 1, 'u'],
    ['band', 1, 'u'],
    ['message22', 1, 'u'],
    ['assigned', 1, 'u'],
    ['raim', 1, 'u'],
    ['radio', 20, 'u'],
  ],
};
/** §3.17 message 19: extended report of class B. */
const extendedB: Layout = {
  needed: 308,
  fields: [
    ...head,
    ['reserved', 8, 'u'],
    ...movement,
    ['reserved2', 4, 'u'],
    ['name', 120, 't'],
    ['shipType', 8, 'u'],
    ...size,
    ['epfd', 4, 'u'],
    ['raim', 1, 'u'],
    ['dte', 1, 'u'],
    ['assigned', 1, 'u'],
    ['spare', 4, 'u'],
  ],
};
/** §3.19 message 21: aid to navigation. The name goes on behind for up to 14 characters. */
const aid: Layout = {
  // Some aids leave out what stands behind the off-position indicator.
  needed: 260,
  fields: [
    ...head,
    ['aidType', 5, 'u'],
    ['name', 120, 't'],
    ...place,
    ...size,
    ['epfd', 4, 'u'],
    ['second', 6, 'u'],
    ['offPosition', 1, 'u'],
    ['reserved', 8, 'u'],
    ['raim', 1, 'u'],
    ['virtual', 1, 'u'],
    ['assigned', 1, 'u'],
    ['spare', 1, 'u'],
    ['nameExtension', 84, 't'],
  ],
};
/** §3.22 message 24 part A and part B. */
export const staticA: Layout = { needed: 160, fields: [...head, ['part', 2, 'u'], ['name', 120, 't'], ['spare', 8, 'u']] };
export const staticB: Layout = {
  needed: 162,
  fields: [
    ...head,
    ['part', 2, 'u'],
    ['shipType', 8, 'u'],
    ['vendor', 18, 't'],
    ['model', 4, 'u'],
    ['unitSerial', 20, 'u'],
    ['callSign', 42, 't'],
    ...size,
    ['epfd', 4, 'u'],
    ['spare', 2, 'u'],
  ],
};
/** §3.25 message 27: long range. Position in tenths of a minute, speed in knots, course in degrees. */
const longRange: Layout = {
  needed: 95,
  fields: [
    ...head,
    ['accuracy', 1, 'u'],
    ['raim', 1, 'u'],
    ['status', 4, 'u'],
    ['lng', 18, 'i'],
    ['lat', 17, 'i'],
    ['speed', 6, 'u'],
    ['course', 9, 'u'],
    ['gnss', 1, 'u'],
    ['spare', 1, 'u'],
  ],
};
/** Layouts that are read; message 24 has two, by its part. */
export const layouts: Readonly<Record<number, Layout>> = {
  ...{ 1: classA, 2: classA, 3: classA, 4: baseStation, 5: voyage, 11: baseStation },
  ...{ 18: classB, 19: extendedB, 21: aid, 24: staticA, 27: longRange },
};

/** §2, table 46; index is the message type. */
export const messageTitles: readonly string[] = [
  ...[
    '',
    'A 类船位报告',
    'A 类船位报告（指配）',
    'A 类船位报告（应答）',
    '基站报告',
    '静态与航次数据',
    '寻址二进制',
    '二进制确认',
    '广播二进制',
  ],
  ...[
    '搜救航空器位置',
    'UTC 查询',
    'UTC 应答',
    '寻址安全电文',
    '安全电文确认',
    '广播安全电文',
    '询问',
    '指配模式',
    'DGNSS 广播',
    'B 类船位报告',
  ],
  ...['B 类扩展船位报告', '数据链管理', '航标报告', '信道管理', '组指配', 'B 类静态数据', '单时隙二进制', '多时隙二进制', '远距离船位报告'],
];
export const mostMessageType = 27;

/** Table 48, navigational status; 15 is none. */
export const statusTitles: readonly string[] = [
  ...['机动航行', '锚泊', '失控', '操纵能力受限', '吃水受限', '系泊', '搁浅', '从事捕捞', '风帆航行', '保留', '保留', '拖带', '推顶'],
  ...['保留', 'AIS-SART 报警', '未定义'],
];

/** Time stamp above 59: how the position came to be instead. 60: no time; the others are a reason to doubt. */
export const stampFlags: Readonly<Record<number, string>> = { 61: '手工输入', 62: '航位推算', 63: '定位失效' };

/** NMEA 0183 sentences by formatter: those that are read, and those that are known and carry nothing we keep. */
export const sentenceTitles: Readonly<Record<string, string>> = {
  ...{ VDM: 'AIS 收到的报文', VDO: 'AIS 本船报文', GGA: 'GNSS 定位', RMC: '推荐最少定位数据', VTG: '对地航向航速' },
  ...{
    GLL: '经纬度',
    GSA: '所用卫星',
    GSV: '可见卫星',
    GST: '误差统计',
    GBS: '卫星故障检测',
    GNS: 'GNSS 定位',
    ZDA: '日期时间',
    DTM: '坐标基准',
  },
  ...{ HDG: '磁航向', HDM: '磁航向', HDT: '真航向', THS: '真航向', ROT: '转向率', VHW: '对水航速', VLW: '对水航程', VBW: '双对地对水航速' },
  ...{ MWV: '风速风向', MWD: '风向风速', MTW: '水温', MDA: '气象组合', DPT: '水深', DBT: '换能器下水深', XDR: '传感器', VWR: '相对风' },
  ...{
    RMB: '推荐最少航行数据',
    APB: '自动舵',
    AAM: '到达警报',
    BOD: '方位',
    BWR: '航点方位',
    BWC: '航点方位',
    XTE: '偏航距',
    RTE: '航线',
    WPL: '航点',
  },
  ...{
    TXT: '文本',
    ALR: '报警',
    ABK: 'AIS 确认',
    VSD: 'AIS 航次数据',
    SSD: 'AIS 静态数据',
    VPW: '顺风航速',
    VWT: '真风',
    HSC: '操舵',
    RSA: '舵角',
  },
};
/** Those that become Readings. */
export const readSentences: ReadonlySet<string> = new Set(['VDM', 'VDO', 'GGA', 'RMC', 'VTG']);
