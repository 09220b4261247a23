// MapServer 8 as the yardstick of our tiles: two persistent FastCGI processes behind lighttpd, on the same tables of the same PostGIS.
//
// Source: MapServer 8 MVT output (https://mapserver.org/output/vector_tiles.html), tile mode (https://mapserver.org/cgi/tile_mode.html).
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../server/database/free-port.tcp.ts';

const program = '/usr/lib/cgi-bin/mapserv';
const front = '/usr/sbin/lighttpd';
/** One for each core of the machine that the bench was written on, as many as MapServer needs to use it whole. */
const processes = 2;

export interface MapServerLayer {
  readonly name: string;
  readonly type: 'POINT' | 'POLYGON';
  readonly table: string;
  readonly attributes: readonly string[];
  /** In units of a tile of 4096. */
  readonly buffer: number;
}
export interface MapServer {
  /** Path and query of a Web Mercator tile of all layers. */
  tile(z: number, x: number, y: number): string;
  readonly origin: string;
  stop(): Promise<void>;
}

/** Why there is none; null: it is there. Root installs it, without its services being started. */
export function ensureMapServer(): string | null {
  if (existsSync(program) && existsSync(front)) return null;
  if (process.getuid?.() !== 0) return 'MapServer is not installed, and only root can (apt-get install cgi-mapserver lighttpd)';
  const words = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', 'cgi-mapserver', 'lighttpd'];
  try {
    execFileSync('apt-get', words, { stdio: 'ignore', env: { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' } });
  } catch {
    return 'apt-get could not install cgi-mapserver and lighttpd';
  }
  return existsSync(program) && existsSync(front) ? null : 'cgi-mapserver brought no mapserv';
}

function mapFile(layers: readonly MapServerLayer[], databaseUrl: string): string {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const connection = `host=${hostname} port=${port} user=${username} password=${password} dbname=${pathname.slice(1)}`;
  const parts = layers.map(
    ({ name, type, table, attributes }) => `
  LAYER
    NAME "${name}"
    TYPE ${type}
    STATUS ON
    CONNECTIONTYPE POSTGIS
    CONNECTION "${connection}"
    PROCESSING "CLOSE_CONNECTION=DEFER"
    DATA "geom_3857 FROM (SELECT id, ${attributes.join(', ')}, geom_3857 FROM ${table}) AS t USING UNIQUE id USING SRID=3857"
    PROJECTION "init=epsg:3857" END
    METADATA "gml_include_items" "${attributes.join(',')}" END
  END`,
  );
  // EDGE_BUFFER is one for all layers, in pixels of a tile of 256: the smallest, so that MapServer has no more to do than we have.
  const buffer = Math.min(...layers.map((layer) => layer.buffer)) / 16;
  return `MAP
  NAME "bench"
  SIZE 256 256
  EXTENT -20037508.34 -20037508.34 20037508.34 20037508.34
  UNITS METERS
  PROJECTION "init=epsg:3857" END
  OUTPUTFORMAT
    NAME "mvt"
    DRIVER "MVT"
    FORMATOPTION "EXTENT=4096"
    FORMATOPTION "EDGE_BUFFER=${buffer}"
  END
  WEB METADATA "ows_enable_request" "*" END END
${parts.join('\n')}
END
`;
}

export async function startMapServer(folder: string, databaseUrl: string, layers: readonly MapServerLayer[]): Promise<MapServer> {
  const home = join(folder, 'mapserver');
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  writeFileSync(join(home, 'bench.map'), mapFile(layers, databaseUrl));
  writeFileSync(join(home, 'mapserver.conf'), `CONFIG\n  ENV\n    MS_MAPFILE "${home}/bench.map"\n    MS_MAP_PATTERN "."\n  END\nEND\n`);
  writeFileSync(
    join(home, 'lighttpd.conf'),
    `server.document-root = "${home}"
server.port = ${port}
server.bind = "127.0.0.1"
server.modules = ( "mod_fastcgi" )
server.max-keep-alive-requests = 1000000
fastcgi.server = ( "/mapserv" => (( "bin-path" => "${program}", "socket" => "${home}/fcgi.sock", "check-local" => "disable",
  "max-procs" => ${processes}, "bin-environment" => ( "MAPSERVER_CONFIG_FILE" => "${home}/mapserver.conf" ) )) )
`,
  );
  const child = spawn(front, ['-D', '-f', join(home, 'lighttpd.conf')], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const origin = `http://127.0.0.1:${port}`;
  const names = layers.map(({ name }) => name).join('+');
  const tile = (z: number, x: number, y: number): string =>
    `/mapserv?mode=tile&tilemode=gmap&map.imagetype=mvt&layers=${names}&tile=${x}+${y}+${z}`;
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(origin + tile(14, 13799, 6178)).catch(() => null);
    if (answer?.ok && answer.headers.get('content-type')?.includes('mapbox-vector-tile')) break;
    if (attempt === 40) throw new Error(`MapServer does not answer: ${answer?.status} ${(await answer?.text())?.slice(0, 300)}`);
    await pause(250);
  }
  return {
    tile,
    origin,
    async stop() {
      // lighttpd leaves its FastCGI programs behind when it ends.
      const programs = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
      child.kill('SIGTERM');
      await ended;
      for (const pid of programs) process.kill(Number(pid), 'SIGTERM');
    },
  };
}
