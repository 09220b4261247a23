// Debian packages that are missing: installed when we are root, otherwise named with the exact line to run.
import { accessSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture, outputOf, root, Stop, say } from './processes.mjs';

const aptOptions = ['-o', 'DPkg::Lock::Timeout=300'];
const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
const optionalList = join(root, 'geo-services/import/system-packages.json');
const optionalStamp = join(root, 'dist/optional-packages.stamp');
const dayMilliseconds = 86_400_000;
export const isRoot = process.getuid?.() === 0;

/** The line for a human: the same that we run as root. */
function line(packages) {
  return `apt-get ${aptOptions.join(' ')} install -y --no-install-recommends ${packages.join(' ')}`;
}

function exists(path) {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

function isInstalled(name) {
  return outputOf('dpkg-query', ['-s', name]).includes('\nStatus: install ok installed');
}

function hasCandidate(name) {
  return /Candidate: (?!\(none\))/.test(outputOf('apt-cache', ['policy', name]));
}

/**
 * A package must not start a service of its own beside ours: a broker on 1883, a cluster on 5432. Asks the Debian way (policy-rc.d) and
 * takes the answer away again. Leaves a policy that is there already alone.
 */
async function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d';
  if (exists(policy)) return work();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
  try {
    return await work();
  } finally {
    rmSync(policy, { force: true });
  }
}

/** Before PostgreSQL comes to a machine that has none: no cluster "main" of its own. An existing set-up is not touched. */
function withoutMainCluster() {
  const file = '/etc/postgresql-common/createcluster.conf';
  if (exists(file) || isInstalled('postgresql-common')) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    '# Written before PostgreSQL was installed for a private cluster; see pg_createcluster(8).\ncreate_main_cluster = false\n',
  );
}

/** Installs as root. Returns null, or what apt said. */
async function install(packages) {
  if (!exists('/usr/bin/apt-get')) return 'apt-get is not here: install the packages with the package manager of this system';
  const update = () => capture('apt-get', [...aptOptions, 'update'], { env: environment });
  const fetch = () => capture('apt-get', [...aptOptions, 'install', '-y', '--no-install-recommends', ...packages], { env: environment });
  if (packages.some((name) => name.startsWith('postgresql'))) withoutMainCluster();
  return withoutServices(async () => {
    let updated = false;
    if (!packages.every(hasCandidate)) {
      await update();
      updated = true;
    }
    let result = await fetch();
    if (result.code !== 0 && !updated) {
      // The lists were old: the versions they name are gone from the mirror.
      await update();
      result = await fetch();
    }
    return result.code === 0 ? null : result.output.trim().slice(-3000);
  });
}

/** @throws Stop with the exact line when it cannot be done */
async function require(packages, purpose) {
  if (packages.length === 0) return;
  if (!isRoot)
    throw new Stop(`${purpose}\n缺少系统软件包，请以 root 运行 / system packages are missing, run as root:\n\n  sudo ${line(packages)}\n`);
  say(`· 安装系统软件包 / installing ${packages.join(' ')}`);
  const failure = await install(packages);
  if (failure) throw new Stop(`${purpose}\n安装失败 / could not be installed:\n${failure}\n\n  ${line(packages)}\n`);
}

/** True when a PostgreSQL 15+ with PostGIS is on this machine; the server looks in the same places. */
function hasPostgis() {
  const programs = '/usr/lib/postgresql';
  return (existsSync(programs) ? readdirSync(programs) : []).some(
    (version) =>
      Number(version) >= 15 &&
      existsSync(join(programs, version, 'bin/postgres')) &&
      existsSync(`/usr/share/postgresql/${version}/extension/postgis.control`),
  );
}

function postgisPackage() {
  const names = outputOf('apt-cache', ['search', '--names-only', '^postgresql-[0-9]+-postgis-3$'])
    .split('\n')
    .map((text) => text.split(' ')[0])
    .filter((name) => Number(name.split('-')[1]) >= 15)
    .sort((a, b) => Number(b.split('-')[1]) - Number(a.split('-')[1]));
  return names[0] ?? 'postgresql-15-postgis-3';
}

export async function ensurePostgis() {
  if (hasPostgis()) return;
  // Lists that were never fetched name nothing.
  if (isRoot && exists('/usr/bin/apt-get') && !hasCandidate('postgresql-common'))
    await capture('apt-get', [...aptOptions, 'update'], { env: environment });
  await require([
    postgisPackage(),
  ], 'PostgreSQL + PostGIS 是自带数据库所需；已有外部数据库可设 DATABASE_URL / needed for the private database; or set DATABASE_URL');
}

const testPrograms = [
  ['chromium', '/usr/bin/chromium'],
  ['fonts-noto-cjk', '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'],
  ['mosquitto', '/usr/sbin/mosquitto'],
  ['mosquitto-clients', '/usr/bin/mosquitto_pub'],
  ['libxml2-utils', '/usr/bin/xmllint'],
];

/** Browser, fonts and an outside broker, for the tests. */
export async function ensureTestPrograms() {
  const missing = testPrograms.filter(([, file]) => !exists(file)).map(([name]) => name);
  await require(missing, '测试需要浏览器、中文字体与外部 MQTT 代理 / the tests need a browser, fonts and an outside broker');
  if (missing.includes('mosquitto') && exists('/run/systemd/system')) await capture('systemctl', ['disable', 'mosquitto']);
}

/** Data that make the map richer. Never fatal; what failed is tried again a day later, not at every start. */
export async function tryOptionalPackages() {
  if (!existsSync(optionalList)) return;
  const missing = JSON.parse(readFileSync(optionalList, 'utf8')).packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (!isRoot) {
    say(`· 可选数据未安装，地图略简 / optional data for a richer map: sudo ${line(missing)}`);
    return;
  }
  const triedLately = existsSync(optionalStamp) && Date.now() - statSync(optionalStamp).mtimeMs < dayMilliseconds;
  if (triedLately && readFileSync(optionalStamp, 'utf8') === missing.join(' ')) return;
  say(`· 安装可选数据 / installing optional data: ${missing.join(' ')}`);
  const failure = await install(missing);
  if (failure === null) return;
  mkdirSync(dirname(optionalStamp), { recursive: true });
  writeFileSync(optionalStamp, missing.join(' '));
  say(`· 可选数据未能安装，继续启动 / not available, going on without: ${failure.split('\n').at(-1)}`);
}
