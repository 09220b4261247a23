// The command line of npm run replay: what may be said, what it means when it is not, and the help. Pure.
import { Problem } from '../../contracts/problem.ts';

export interface ReplayOptions {
  readonly file: string;
  /** Recorded seconds in one second; Infinity: max. */
  readonly speed: number;
  readonly host: string;
  /** null: the road's own, 9212 or 1883. */
  readonly port: number | null;
  readonly http: string;
  readonly mn: string;
  readonly name: string | null;
  readonly adcode: string;
  readonly stream: string | null;
  readonly position: readonly [number, number] | null;
  readonly source: string | null;
  readonly token: string | null;
  readonly adminPassword: string | null;
  readonly claim: boolean;
  readonly window: number;
  /** Records left out at the beginning, and how many are taken at most. */
  readonly from: number;
  readonly limit: number;
  readonly patienceSeconds: number;
}

interface Option {
  readonly name: string;
  readonly value: string | null;
  readonly preset: string;
  readonly zh: string;
}
/** MN of a table without one: 24 digits as HJ 212-2017 has it, 2101 for Shenyang, the end names the data set. */
const tableMn = '210100000000000000000394';
const options: readonly Option[] = [
  { name: 'speed', value: 'N|max', preset: 'max', zh: '每秒放出多少秒的记录：1 为原速，3600 为一秒一小时；max 为对方确认多快就多快' },
  { name: 'host', value: 'H', preset: '127.0.0.1', zh: '设备端口所在主机' },
  { name: 'port', value: 'P', preset: '9212 / 1883', zh: '设备端口：HJ 212 或 MQTT' },
  { name: 'http', value: 'URL', preset: 'http://127.0.0.1:8080', zh: '登记设备用的接口地址' },
  { name: 'token', value: 'T', preset: '无', zh: '登录令牌（管理员或数据管理员）' },
  { name: 'admin-password', value: 'P', preset: 'ADMIN_PASSWORD', zh: '没有令牌时用 admin 登录的口令' },
  { name: 'no-claim', value: null, preset: '登记', zh: '不登记设备：已登记的照收，未登记的只留存原始报文' },
  { name: 'mn', value: 'MN', preset: tableMn, zh: '表格数据的设备编号；报文文件用报文自己的 MN' },
  { name: 'name', value: '名称', preset: 'MN', zh: '登记的名称，其后加“（回放）”' },
  { name: 'adcode', value: '21xxxx', preset: '210100', zh: '登记的行政区划' },
  { name: 'stream', value: 'T/S', preset: '随记录', zh: '登记到哪条数据流；MQTT 文件必填' },
  { name: 'position', value: 'LNG,LAT', preset: '无', zh: '登记的位置' },
  { name: 'source', value: '文字', preset: '文件名', zh: '记录的来源，登记在设备上' },
  { name: 'window', value: 'N', preset: '200', zh: '最多多少条已发而未确认' },
  { name: 'from', value: 'N', preset: '0', zh: '略过开头 N 条' },
  { name: 'limit', value: 'N', preset: '全部', zh: '最多放 N 条' },
  { name: 'patience', value: 'S', preset: '60', zh: '断线或无应答多少秒后放弃' },
];

export const replayHelp = [
  '辽智 — npm run replay -- FILE [--option value …]',
  '',
  '  把记录的数据按任意速度、经设备所用的同一端口送入：HJ 212 over TCP 逐帧等待 9014，MQTT QoS 1 等待 PUBACK；断线重连后从未确认处接着发。',
  '  Sends recorded data through the ports that devices use; what was not acknowledged is sent again after a lost connection.',
  '',
  '  FILE  CSV（year, month, day, hour, PM…；NA 不发送）· 每行一帧 HJ 212，或首列为 frame 的 TSV · 每行一个 JSON {"topic", "payload"}',
  '',
  ...options.map(({ name, value, preset, zh }) => `  ${`--${name}${value === null ? '' : ` ${value}`}`.padEnd(24)}${zh}（默认 ${preset}）`),
  '',
  '  退出码 exit: 0 全部确认 · 1 有未确认或被拒绝的，或中途失败 · 2 命令行或文件不对',
].join('\n');

function integer(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new Problem('bad-parameter', { name, given: text, allowed: `${least}–${most}` });
  return value;
}

/** null: help is asked for. @throws Problem bad-parameter */
export function readReplayOptions(argv: readonly string[]): ReplayOptions | null {
  const given: Record<string, string> = {};
  const files: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--help' || word === '-h') return null;
    const [, name, attached] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) {
      files.push(word);
      continue;
    }
    const option = options.find((candidate) => candidate.name === name);
    const value = option?.value === null ? '1' : (attached ?? argv[++at]);
    if (!option || value === undefined)
      throw new Problem('bad-parameter', { name: `--${name}`, given: option ? '无值' : '没有这个选项', allowed: '--help 所列' });
    given[name] = value;
  }
  const [file] = files;
  if (file === undefined || files.length > 1)
    throw new Problem('bad-parameter', { name: 'FILE', given: files.join(' ') || '无', allowed: '一个文件，--help 看用法' });
  const speed = given['speed'] ?? 'max';
  if (speed !== 'max' && !(Number(speed) > 0))
    throw new Problem('bad-parameter', { name: '--speed', given: speed, allowed: '大于 0 的数，或 max' });
  const mn = given['mn'] ?? tableMn;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(mn)) throw new Problem('bad-parameter', { name: '--mn', given: mn, allowed: '字母、数字、-、_' });
  const lngLat = given['position']?.split(',').map(Number);
  if (lngLat && (lngLat.length !== 2 || !lngLat.every(Number.isFinite)))
    throw new Problem('bad-parameter', { name: '--position', given: given['position'] ?? '', allowed: '经度,纬度' });
  const [lng, lat] = lngLat ?? [];
  const most = Number.MAX_SAFE_INTEGER;
  return {
    file,
    speed: speed === 'max' ? Number.POSITIVE_INFINITY : Number(speed),
    host: given['host'] ?? '127.0.0.1',
    port: given['port'] === undefined ? null : integer('--port', given['port'], 1, 65_535),
    http: (given['http'] ?? 'http://127.0.0.1:8080').replace(/\/+$/, ''),
    mn,
    name: given['name'] ?? null,
    adcode: given['adcode'] ?? '210100',
    stream: given['stream'] ?? null,
    position: lng === undefined || lat === undefined ? null : [lng, lat],
    source: given['source'] ?? null,
    token: given['token'] ?? null,
    adminPassword: given['admin-password'] ?? null,
    claim: given['no-claim'] === undefined,
    window: integer('--window', given['window'] ?? '200', 1, 10_000),
    from: integer('--from', given['from'] ?? '0', 0, most),
    limit: integer('--limit', given['limit'] ?? String(most), 0, most),
    patienceSeconds: integer('--patience', given['patience'] ?? '60', 1, 86_400),
  };
}
