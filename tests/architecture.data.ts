// The tables of the law: folders and what they may import, suffixes and what they may touch, names nobody may bear.

export interface Level {
  readonly folder: string;
  readonly mayImport: readonly string[];
}

/** architecture.md, "The law": imports point down. */
export const folders: readonly Level[] = [
  { folder: 'contracts', mayImport: [] },
  { folder: 'geo-services', mayImport: ['contracts'] },
  { folder: 'iot-gateway', mayImport: ['contracts', 'geo-services'] },
  { folder: 'streams', mayImport: ['contracts', 'geo-services'] },
  { folder: 'twin', mayImport: ['contracts', 'geo-services'] },
  { folder: 'screen', mayImport: ['contracts', 'geo-services', 'streams', 'twin'] },
  { folder: 'scenes', mayImport: ['contracts', 'geo-services', 'iot-gateway', 'streams', 'twin', 'screen'] },
  { folder: 'server', mayImport: ['contracts', 'geo-services', 'iot-gateway', 'streams', 'twin', 'scenes'] },
];

/** Two browser and node roots, and what is started from the command line: they put edges together, so the pure rules do not bind them. */
export const rootFiles: readonly RegExp[] = [/^(server|scenes)\/main\.ts$/, /^scenes\/[a-z0-9-]+\/main\.ts$/, /^server\/demo\/replay\.ts$/];

export const edgeSuffixes: readonly string[] = ['pg', 'mqtt', 'http', 'socket', 'tcp', 'file', 'gl', 'chart', 'worker', 'nats'];

/** Outside libraries and the suffixes that may touch them. `view`: a .vue file may, too. */
export const libraryTable: readonly { readonly module: RegExp; readonly suffixes: readonly string[]; readonly view?: boolean }[] = [
  { module: /^(node:)?(fs|fs\/promises|child_process)$/, suffixes: ['file'] },
  { module: /^(node:)?(net|tls|dgram|dns|dns\/promises)$/, suffixes: ['tcp'] },
  { module: /^pg(-copy-streams|-cursor|-pool)?(\/|$)/, suffixes: ['pg'] },
  { module: /^(aedes|mqtt|mqtt-packet)(\/|$)/, suffixes: ['mqtt'] },
  { module: /^(express|helmet|serve-static|supertest|undici)(\/|$)/, suffixes: ['http'] },
  // A socket server and the broker's WebSocket hang on an HTTP server.
  { module: /^(node:)?(http|https|http2)$/, suffixes: ['http', 'socket'] },
  { module: /^socket\.io(-client|-adapter)?(\/|$)/, suffixes: ['socket'] },
  { module: /^(maplibre-gl|three|cesium|web-ifc|@(deck\.gl|luma\.gl|loaders\.gl|cesium)\/.+)(\/|$)/, suffixes: ['gl'] },
  { module: /^(echarts|zrender)(\/|$)/, suffixes: ['chart'] },
  { module: /^(nats|@nats-io\/.+)(\/|$)/, suffixes: ['nats'] },
  { module: /^(node:)?(worker_threads|cluster)$/, suffixes: ['worker'] },
];

/** Globals that are edges: a call is written `name(`. */
export const globalTable: readonly { readonly names: readonly string[]; readonly suffixes: readonly string[] }[] = [
  { names: ['fetch('], suffixes: ['http'] },
  { names: ['XMLHttpRequest(', 'EventSource('], suffixes: ['http'] },
  { names: ['WebSocket('], suffixes: ['socket'] },
  { names: ['Worker(', 'SharedWorker('], suffixes: ['worker'] },
];

/** whole: the name itself; word: also as one word of a longer name. */
export const forbiddenNames = {
  whole: ['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'shared', 'lib', 'libs', 'base', 'manager', 'managers'],
  word: ['utils', 'util', 'helpers', 'helper', 'misc', 'manager'],
};

/** XML namespaces are names, nothing is loaded from them. Loopback is ourselves. */
export const foreignUrlExceptions: readonly string[] = ['http://www.w3.org/', 'http://127.0.0.1', 'http://localhost', 'ws://127.0.0.1'];

export const maxLines = 400;
export const maxLinesOfRoot = 150;
