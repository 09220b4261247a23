// Tables of JT/T 808: messages by id, results, alarm and status bits, additional items of a location, media.
//
// Source: JT/T 808-2013 clauses 8.1–8.65 (tables 4–7, 24–32); what is marked 2019 came with JT/T 808-2019, whose clauses are numbered otherwise.

/**
 * What a message is when it arrives at the platform. report: answered 0x8001 (8.2). answer: the terminal's own answer, never answered. Each of
 * the others has an answer of its own or something to say.
 */
export type MessageKind =
  | 'report'
  | 'answer'
  | 'register'
  | 'authenticate'
  | 'time'
  | 'repeat'
  | 'location'
  | 'location-answer'
  | 'batch'
  | 'media-event'
  | 'media'
  | 'unsupported';
export interface MessageCode {
  readonly kind: MessageKind;
  readonly zh: string;
  /** Clause of the 2013 edition; null: since 2019. */
  readonly clause: string | null;
}

const up: Readonly<Record<number, MessageCode>> = {
  1: { kind: 'answer', zh: '终端通用应答', clause: '8.1' },
  2: { kind: 'report', zh: '终端心跳', clause: '8.3' },
  3: { kind: 'report', zh: '终端注销', clause: '8.7' },
  4: { kind: 'time', zh: '查询服务器时间请求', clause: null },
  5: { kind: 'repeat', zh: '终端补传分包请求', clause: null },
  256: { kind: 'register', zh: '终端注册', clause: '8.5' },
  258: { kind: 'authenticate', zh: '终端鉴权', clause: '8.8' },
  260: { kind: 'answer', zh: '查询终端参数应答', clause: '8.12' },
  263: { kind: 'answer', zh: '查询终端属性应答', clause: '8.15' },
  264: { kind: 'report', zh: '终端升级结果通知', clause: '8.17' },
  512: { kind: 'location', zh: '位置信息汇报', clause: '8.18' },
  513: { kind: 'location-answer', zh: '位置信息查询应答', clause: '8.20' },
  769: { kind: 'report', zh: '事件报告', clause: '8.25' },
  770: { kind: 'report', zh: '提问应答', clause: '8.27' },
  771: { kind: 'report', zh: '信息点播/取消', clause: '8.29' },
  1280: { kind: 'location-answer', zh: '车辆控制应答', clause: '8.34' },
  1544: { kind: 'answer', zh: '查询区域或线路数据应答', clause: null },
  1792: { kind: 'answer', zh: '行驶记录数据上传', clause: '8.44' },
  1793: { kind: 'report', zh: '电子运单上报', clause: '8.46' },
  1794: { kind: 'report', zh: '驾驶员身份信息采集上报', clause: '8.48' },
  1796: { kind: 'batch', zh: '定位数据批量上传', clause: '8.49' },
  1797: { kind: 'report', zh: 'CAN 总线数据上传', clause: '8.50' },
  2048: { kind: 'media-event', zh: '多媒体事件信息上传', clause: '8.51' },
  2049: { kind: 'media', zh: '多媒体数据上传', clause: '8.52' },
  2050: { kind: 'answer', zh: '存储多媒体数据检索应答', clause: '8.57' },
  2053: { kind: 'answer', zh: '摄像头立即拍摄命令应答', clause: '8.55' },
  2304: { kind: 'report', zh: '数据上行透传', clause: '8.62' },
  2305: { kind: 'unsupported', zh: '数据压缩上报', clause: '8.63' },
  2560: { kind: 'unsupported', zh: '终端 RSA 公钥', clause: '8.65' },
};
/** Messages of terminals, by id. */
export const messages: ReadonlyMap<number, MessageCode> = new Map(Object.entries(up).map(([id, code]) => [Number(id), code]));

/** Messages of platforms that the inspector meets. */
export const downTitles: Readonly<Record<number, string>> = {
  32769: '平台通用应答',
  32771: '服务器补传分包请求',
  32772: '查询服务器时间应答',
  33024: '终端注册应答',
  34816: '多媒体数据上传应答',
};

/** Result of 0x8001 (8.2, table 5). */
export const Result = { done: 0, failed: 1, malformed: 2, unsupported: 3 } as const;
/** Result of 0x8100 (8.6, table 7). Only the first carries an authentication code. */
export const registerResults: readonly string[] = ['成功', '车辆已被注册', '数据库中无该车辆', '终端已被注册', '数据库中无该终端'];

/** 8.18 table 24, bit → meaning; 12–14, 30, 31 since 2013. */
export const alarmBits: readonly (string | null)[] = [
  ...['紧急报警', '超速报警', '疲劳驾驶', '危险预警', 'GNSS 模块故障', 'GNSS 天线未接或被剪断', 'GNSS 天线短路', '终端主电源欠压'],
  ...['终端主电源掉电', '终端显示器故障', 'TTS 模块故障', '摄像头故障', '道路运输证 IC 卡模块故障', '超速预警', '疲劳驾驶预警', null],
  ...[null, null, '当天累计驾驶超时', '超时停车', '进出区域', '进出路线', '路段行驶时间不足或过长', '路线偏离报警'],
  ...['车辆 VSS 故障', '车辆油量异常', '车辆被盗', '车辆非法点火', '车辆非法位移', '碰撞预警', '侧翻预警', '非法开门报警'],
];

/** 8.18 table 25, bit → meaning when set. Bits 8 and 9 together are the load: 0 空车, 1 半载, 3 满载. */
export const statusBits: readonly (string | null)[] = [
  ...['ACC 开', '定位', '南纬', '西经', '停运', '经纬度已加密', null, null, '载货低位', '载货高位', '油路断开', '电路断开', '车门加锁'],
  ...['门 1 开', '门 2 开', '门 3 开', '门 4 开', '门 5 开', '用 GPS', '用北斗', '用 GLONASS', '用 Galileo'],
];
export const Status = { positioned: 1 << 1, south: 1 << 2, west: 1 << 3, encrypted: 1 << 5 } as const;

/**
 * Additional items of a location that become Readings (8.18 table 27): length in bytes, property, and what one unit is. The others stand in
 * the raw frame and its inspection only.
 */
export interface ItemCode {
  readonly bytes: number;
  readonly property: string;
  readonly scale: number;
  readonly zh: string;
}
const items: Readonly<Record<number, ItemCode>> = {
  1: { bytes: 4, property: 'mileage', scale: 0.1, zh: '里程，1/10 km' },
  2: { bytes: 2, property: 'fuel', scale: 0.1, zh: '油量，1/10 L' },
  3: { bytes: 2, property: 'recorder-speed', scale: 1 / 36, zh: '行驶记录速度，1/10 km/h' },
  4: { bytes: 2, property: 'alarm-event', scale: 1, zh: '需要人工确认的报警事件编号' },
  37: { bytes: 4, property: 'vehicle-signals', scale: 1, zh: '扩展车辆信号状态位' },
  42: { bytes: 2, property: 'vehicle-io', scale: 1, zh: 'IO 状态位' },
  48: { bytes: 1, property: 'signal-strength', scale: 1, zh: '无线通信网络信号强度' },
  49: { bytes: 1, property: 'satellites', scale: 1, zh: 'GNSS 定位卫星数' },
};
export const locationItems: readonly (ItemCode | undefined)[] = Array.from({ length: 256 }, (_, id) => items[id]);
/** 8.18 table 27: one DWORD, AD0 in the low word, AD1 in the high one. */
export const analogItem = 0x2b;
/** Items that the standard names and that carry no number of their own. */
export const otherItems: Readonly<Record<number, string>> = {
  5: '胎压（2019）',
  6: '车厢温度（2019）',
  17: '超速报警附加信息',
  18: '进出区域/路线报警附加信息',
  19: '路段行驶时间不足/过长报警附加信息',
  43: '模拟量 AD0、AD1',
  224: '后续自定义信息长度',
};

/** 8.51: kinds, formats and reasons of media. */
export const mediaKinds: readonly string[] = ['图像', '音频', '视频'];
export const mediaFormats: readonly string[] = ['JPEG', 'TIF', 'MP3', 'WAV', 'WMV'];
export const mediaEvents: readonly string[] = [
  ...['平台下发指令', '定时动作', '抢劫报警触发', '碰撞侧翻报警触发', '门开拍照', '门关拍照', '车门由开变关，车速由低于 20 km/h 到超过'],
  '定距拍照',
];
