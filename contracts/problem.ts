// Every failure of the system: a stable code, its HTTP status, and what happened in Chinese and English.
//
// Source: RFC 9457 (problem details). The HTTP layer turns a Problem into application/problem+json in one place.
// Wording: what is wrong, by how much, what to do. {name} is filled from `details`.

interface ProblemKind {
  readonly status: number;
  readonly zh: string;
  readonly en: string;
}

export const problems = {
  // who is asking
  unauthenticated: { status: 401, zh: '未登录或会话已过期，请重新登录', en: 'No session, or it has expired: log in' },
  'bad-credentials': { status: 401, zh: '用户名或口令不对', en: 'Wrong user name or password' },
  'too-many-attempts': {
    status: 429,
    zh: '登录失败次数过多，{retryAfterSeconds} 秒后再试',
    en: 'Too many failed logins, try again in {retryAfterSeconds} s',
  },
  forbidden: { status: 403, zh: '当前身份无权查看或操作：{what}', en: 'Not permitted: {what}' },
  'cross-site': { status: 403, zh: '跨站请求被拒绝', en: 'Cross-site request refused' },
  // what is asked for
  'not-found': { status: 404, zh: '没有这个对象：{what}', en: 'No such thing: {what}' },
  'method-not-allowed': { status: 405, zh: '此地址不支持 {method}', en: '{method} is not allowed here' },
  'not-acceptable': { status: 406, zh: '没有可接受的格式，本地址有：{offered}', en: 'Nothing acceptable on offer, only: {offered}' },
  'bad-parameter': {
    status: 400,
    zh: '参数 {name} 不对：给的是 {given}，应为 {allowed}',
    en: 'Parameter {name}: got {given}, allowed {allowed}',
  },
  'bad-body': { status: 400, zh: '请求内容不对：{reason}', en: 'Bad request body: {reason}' },
  'foreign-address': {
    status: 400,
    zh: '{place} 指向外部地址 {address}：网络封闭，只能用本系统的地址',
    en: '{place} points at {address}: the network is closed, only addresses of this system are taken',
  },
  'unsupported-media-type': {
    status: 415,
    zh: '请求内容的类型不对：给的是 {given}，应为 {allowed}',
    en: 'Media type {given} is not supported, allowed {allowed}',
  },
  'too-large': { status: 413, zh: '内容 {bytes} 字节，超过上限 {limit}', en: '{bytes} bytes exceed the limit of {limit}' },
  'too-slow': {
    status: 408,
    zh: '请求内容 {seconds} 秒内没有传完或停住了，已断开',
    en: 'The body did not come, or stood still, for {seconds} s',
  },
  'no-space': {
    status: 507,
    zh: '服务器磁盘空间不足：余 {freeGigabytes} GB，须留 {keepGigabytes} GB，请管理员腾出空间',
    en: 'Not enough disk space: {freeGigabytes} GB free, {keepGigabytes} GB must stay free',
  },
  'precondition-failed': {
    status: 412,
    zh: '{what} 已被他人改过，与 If-Match 不符：请重新读取后再改',
    en: '{what} has changed since it was read (If-Match): read it again',
  },
  'over-quota': {
    status: 429,
    zh: '{what}已用完（{limit} 次），{retryAfterSeconds} 秒后再试',
    en: 'Quota of {limit} requests is used up, try again in {retryAfterSeconds} s',
  },
  conflict: { status: 409, zh: '与已有对象冲突：{what}', en: 'Conflict: {what}' },
  // devices
  'unknown-device': {
    status: 404,
    zh: '设备 {device} 未登记，原始报文已留存，认领后补入',
    en: 'Device {device} is not registered; the raw frame is kept for a claim',
  },
  'malformed-frame': { status: 400, zh: '报文不合规：{reason}', en: 'Malformed frame: {reason}' },
  'bad-checksum': { status: 400, zh: '校验不符：报文 {given}，应为 {expected}', en: 'Checksum {given}, expected {expected}' },
  unsupported: { status: 501, zh: '暂不支持：{what}', en: 'Not supported: {what}' },
  'bad-position': { status: 422, zh: '坐标不可用：{reason}', en: 'Unusable position: {reason}' },
  'bad-time': { status: 422, zh: '时间不可用：{reason}', en: 'Unusable time: {reason}' },
  // files and doors outside
  'bad-file': { status: 422, zh: '文件 {name} 不可用：{reason}', en: 'File {name} cannot be used: {reason}' },
  unreachable: { status: 502, zh: '连不上 {what}：{reason}', en: 'Cannot reach {what}: {reason}' },
  // the house
  'database-unavailable': {
    status: 503,
    zh: '数据库暂不可用，未确认的读数由设备重发',
    en: 'The database is away; what is not acknowledged must be sent again',
  },
  overloaded: { status: 503, zh: '系统繁忙，请 {retryAfterSeconds} 秒后重试', en: 'Overloaded, retry in {retryAfterSeconds} s' },
  'bad-configuration': {
    status: 500,
    zh: '配置 {name} 不对：给的是 {given}，应为 {allowed}',
    en: 'Configuration {name}: got {given}, allowed {allowed}',
  },
  'duplicate-declaration': { status: 500, zh: '声明重复：{what}', en: 'Declared twice: {what}' },
  'bad-declaration': { status: 500, zh: '声明不合规：{what}', en: 'Bad declaration: {what}' },
  internal: { status: 500, zh: '内部错误，编号 {incident}，已记录', en: 'Internal error {incident}, recorded' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problems;
export type ProblemDetails = Readonly<Record<string, string | number | boolean | null>>;

function fill(template: string, details: ProblemDetails): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? '—'));
}

/** The one error that crosses a boundary on purpose. Anything else that is thrown is a defect and answers 'internal'. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly details: ProblemDetails;
  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(fill(problems[code].en, details));
    this.name = 'Problem';
    this.code = code;
    this.details = details;
  }
  get status(): number {
    return problems[this.code].status;
  }
  get zh(): string {
    return fill(problems[this.code].zh, this.details);
  }
  /** RFC 9457 members. */
  toJSON(): { type: string; title: string; status: number; detail: string; code: ProblemCode } & { details: ProblemDetails } {
    return {
      type: `urn:liaozhi:problem:${this.code}`,
      title: this.zh,
      status: this.status,
      detail: this.message,
      code: this.code,
      details: this.details,
    };
  }
}
