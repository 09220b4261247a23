// npm run replay -- FILE: recorded data through the same ports that devices use, at any speed, with an account of every record at the end.
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../../contracts/problem.ts';
import { processVariable } from '../config.ts';
import { readDotenv } from '../project-root.file.ts';
import { createClaims } from './replay-claim.http.ts';
import { fileLines } from './replay-lines.file.ts';
import { openMqttLink } from './replay-link.mqtt.ts';
import { openTcpLink } from './replay-link.tcp.ts';
import { type ReplayOptions, readReplayOptions, replayHelp } from './replay-options.ts';
import { type Recorded, readerOf, type Skipped } from './replay-records.ts';
import { type Account, complete, emptyAccount, replay } from './replay-run.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, n) => total + n, 0);
const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([reason, n]) => `${reason} ${n}`)
    .join('；');

function tell(account: Account, seconds: number): void {
  const { sent, acknowledged, unanswerable, unacknowledged, again, refused, skipped } = account;
  say(`已发送 ${sent} 条（重发 ${again}），${seconds.toFixed(1)} 秒，每秒 ${Math.round(sent / Math.max(seconds, 0.001))} 条`);
  say(`  确认 ${acknowledged} · 按报文无需应答 ${unanswerable} · 未确认 ${unacknowledged}`);
  say(`  被拒绝 ${sum(refused)}${sum(refused) > 0 ? `：${listed(refused)}` : ''}`);
  say(`  略过 ${sum(skipped)}${sum(skipped) > 0 ? `：${listed(skipped)}` : ''}`);
}

/** The records of the file from `from` on, `limit` of them; a header is none. */
async function* recordsOf(
  lines: AsyncIterable<string>,
  options: ReplayOptions,
  read: (line: string) => Recorded | Skipped,
): AsyncGenerator<Recorded | Skipped> {
  let n = 0;
  for await (const line of lines) {
    if (n >= options.from + options.limit) return;
    if (n++ >= options.from) yield read(line);
  }
}
/** The first line once more in front of the others. */
async function* again(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

async function run(options: ReplayOptions): Promise<number> {
  const lines = fileLines(options.file);
  const first = (await lines.next()).value ?? '';
  const { road, header, read } = readerOf(basename(options.file), first, options.mn);
  const port = options.port ?? (road === 'mqtt' ? 1883 : 9212);
  const claims = createClaims({
    ...options,
    adminPassword: options.adminPassword ?? processVariable('ADMIN_PASSWORD', readDotenv()),
    recorded: options.source ?? basename(options.file),
  });
  const account = emptyAccount();
  const from = performance.now();
  const seconds = (): number => (performance.now() - from) / 1000;
  const progress = setInterval(() => {
    say(`· ${Math.round(seconds())} 秒：发送 ${account.sent}，确认 ${account.acknowledged}，略过 ${sum(account.skipped)}`);
  }, 1000);
  let stopped = false;
  // Ctrl-C: what was sent is still waited for, then the account is told.
  const stoppable = async function* (): AsyncGenerator<Recorded | Skipped> {
    for await (const record of recordsOf(header ? lines : again(first, lines), options, read)) {
      if (stopped) return;
      yield record;
    }
  };
  process.once('SIGINT', () => {
    stopped = true;
  });
  try {
    await replay(
      stoppable(),
      {
        ...{ speed: options.speed, window: options.window, patienceMilliseconds: options.patienceSeconds * 1000 },
        open: (events) => (road === 'mqtt' ? openMqttLink : openTcpLink)(options.host, port, events),
        claim: options.claim ? claims.claim : async () => undefined,
        now: () => Date.now(),
        pause: (milliseconds) => pause(milliseconds),
      },
      account,
    );
  } finally {
    clearInterval(progress);
    await claims.close();
  }
  tell(account, seconds());
  const { failure, ...counts } = account;
  process.stdout.write(`replay ${JSON.stringify({ ...counts, seconds: Number(seconds().toFixed(3)), failure: failure?.code ?? null })}\n`);
  if (failure) throw failure;
  if (account.sent === 0) throw new Problem('bad-file', { name: basename(options.file), reason: '没有一条可以发送' });
  return complete(account) ? 0 : 1;
}

try {
  const options = readReplayOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(`${replayHelp}\n`);
  process.exitCode = options === null ? 0 : await run(options);
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  say(`${error.code}: ${error.zh}`);
  process.exitCode = error.code === 'bad-parameter' || error.code === 'bad-file' ? 2 : 1;
}
