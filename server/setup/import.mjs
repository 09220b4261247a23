// npm run import -- FILE…: files into the running server, the same road as the page: preview, plan, progress, report. Ctrl-C cancels.
import { existsSync, openAsBlob, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseEnv } from 'node:util';
import { main, root, Stop, say } from './processes.mjs';

const help = `npm run import -- FILE… [选项]

  把文件导入正在运行的辽智，成为草稿图层；一个 Shapefile 的 .shp .dbf .shx .prj 一起给，或打成 zip
  Files into the running server, as draft layers.

  --preview               只看预览（字段、坐标系、范围），不导入
  --id ID  --title 名称   图层编号与名称
  --crs EPSG:4529         坐标系：EPSG:nnnn、GCJ-02、BD-09
  --encoding GB18030      字符编码：UTF-8、GB18030、BIG5
  --theme --department --source --provenance --adcode-column
  --plan FILE.json        完整方案（字段改名、类型、取舍），见 /api/openapi.json
  --http URL              缺省 http://127.0.0.1:8080
  --token T               会话令牌；不给则以 --user（缺省 admin）与 --password 或 ADMIN_PASSWORD 登录`;

const plain = ['id', 'title', 'crs', 'encoding', 'theme', 'department', 'source', 'provenance'];
const settings = ['http', 'token', 'user', 'password', 'plan', 'adcode-column', ...plain];

function readArguments(argv) {
  const [files, options] = [[], {}];
  for (let at = 0; at < argv.length; at++) {
    const [, name, given] = /^--([a-z-]+)(?:=(.*))?$/s.exec(argv[at]) ?? [];
    if (name === undefined) files.push(argv[at]);
    else if (name === 'help' || name === 'preview') options[name] = true;
    else if (settings.includes(name)) {
      options[name] = given ?? argv[++at];
      if (options[name] === undefined) throw new Stop(`--${name} 没有值`);
    } else throw new Stop(`没有选项 --${name}\n\n${help}`);
  }
  return { files, options };
}

function call(options, token) {
  const origin = options.http ?? 'http://127.0.0.1:8080';
  return async (path, init = {}) => {
    const headers = { ...init.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const response = await fetch(`${origin}${path}`, { ...init, headers }).catch((error) => {
      throw new Stop(`连不上 ${origin}：${error.cause?.code ?? error.message}`);
    });
    const answer = response.status === 204 ? null : await response.json().catch(() => null);
    if (!response.ok) throw new Stop(`${response.status} ${answer?.title ?? ''}`);
    return answer;
  };
}

async function logIn(options) {
  if (options.token) return options.token;
  const dotenv = existsSync(join(root, '.env')) ? parseEnv(readFileSync(join(root, '.env'), 'utf8')) : {};
  const password = options.password ?? process.env.ADMIN_PASSWORD ?? dotenv.ADMIN_PASSWORD;
  if (!password) throw new Stop('需要 --token T，或 --password P / ADMIN_PASSWORD');
  const body = JSON.stringify({ username: options.user ?? 'admin', password });
  return (await call(options, null)('/api/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).token;
}

function tellPreview(layer) {
  say(
    `${layer.source}  ${layer.format}${layer.encoding ? ` ${layer.encoding}` : ''}  ${layer.count ?? '?'} 行  ${layer.classes.join(' ') || '无几何'}`,
  );
  const how = { told: '指定', file: '文件所写', numbers: '按数值', assumed: '未知' }[layer.crs.how];
  const sure = { sure: '确定', likely: '很可能', guess: '存疑' }[layer.crs.sure];
  say(
    `  坐标系 ${layer.crs.code ?? '须指定'} ${layer.crs.title}（${how}，${sure}）${layer.extent ? `  范围 ${layer.extent.map((n) => n.toFixed(4)).join(' ')}` : ''}`,
  );
  for (const note of [...layer.crs.notes, ...layer.notes]) say(`  · ${note}`);
  for (const field of layer.fields)
    say(`  ${field.name}${field.as === field.name ? '' : ` → ${field.as}`}  ${field.type}  ${field.sample}`);
}
const stateTitle = {
  ...{ uploading: '上传中', queued: '排队', previewing: '预览中', ready: '待确认', running: '导入中' },
  ...{ done: '已导入', failed: '未成', cancelled: '已取消' },
};
function tellReport({ report, result, message, state }) {
  say(`${stateTitle[state] ?? state}${message ? `：${message}` : ''}`);
  say(`读 ${report.read} 行 · 导入 ${report.imported} · 略过 ${report.skipped} · 修复 ${report.repaired} · 有改动 ${report.changed}`);
  for (const [reason, count] of Object.entries(report.reasons)) say(`  ${count} 行：${reason}`);
  for (const row of report.rows.slice(0, 20)) say(`  ${row.layer} 第 ${row.row} 行：${row.reason}`);
  if (report.rows.length > 20) say('  …… 其余见 /api/imports/ID');
  for (const note of report.notes) say(`  · ${note}`);
  if (result.collections.length > 0) say(`图层：${result.collections.join('、')}（草稿）`);
}

await main(async () => {
  const { files, options } = readArguments(process.argv.slice(2));
  if (options.help || files.length === 0) {
    say(help);
    return options.help ? 0 : 2;
  }
  for (const file of files) if (!existsSync(file)) throw new Stop(`没有文件 ${file}`);
  const plan = options.plan ? JSON.parse(readFileSync(options.plan, 'utf8')) : {};
  for (const name of plain) if (options[name] !== undefined) plan[name] = options[name];
  if (options['adcode-column']) plan.adcodeColumn = options['adcode-column'];
  const server = call(options, await logIn(options));
  const form = new FormData();
  form.set('plan', JSON.stringify(plan));
  for (const file of files) form.append('file', await openAsBlob(file), basename(file));
  const { id } = await server(`/api/imports${options.preview ? '?preview=1' : ''}`, { method: 'POST', body: form });
  let cancelled = false;
  process.once('SIGINT', () => {
    cancelled = true;
    server(`/api/imports/${id}`, { method: 'DELETE' }).catch(() => undefined);
  });
  for (let last = ''; ; await new Promise((later) => setTimeout(later, 300))) {
    const job = await server(`/api/imports/${id}`);
    if (job.state === 'ready') {
      for (const layer of job.preview) tellPreview(layer);
      if (job.message) say(job.message);
      await server(`/api/imports/${id}`, { method: 'DELETE' });
      return options.preview ? 0 : 1;
    }
    if (['done', 'failed', 'cancelled'].includes(job.state)) {
      tellReport(job);
      process.stdout.write(
        `import ${JSON.stringify({ id, state: job.state, ...job.result, imported: job.report.imported, skipped: job.report.skipped })}\n`,
      );
      return job.state === 'done' && !cancelled ? 0 : 1;
    }
    const line = `· ${stateTitle[job.state] ?? job.state} ${job.progress === null ? '' : `${Math.round(job.progress * 100)} %`} ${job.report.imported} 行`;
    if (line !== last) say(line);
    last = line;
  }
});
