// config.ts: defaults, precedence, every way a value can be wrong, and that secrets are never repeated.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../contracts/problem.ts';
import { type Config, optionOf, readConfig, variables } from './config.ts';

function problemOf(run: () => unknown): Problem {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('defaults', () => {
  it('are those of interfaces.md, frozen', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      port: 8080,
      host: '127.0.0.1',
      dataDir: './data',
      databaseUrl: null,
      mqttPort: 1883,
      mqttUrl: null,
      natsUrl: null,
      hj212Port: 9212,
      hj212Keys: null,
      sl651Port: 9651,
      jt808Port: 9808,
      aisPort: 10_110,
      adminPassword: null,
      demo: null,
      trustProxy: false,
      allowedOrigins: [],
      logLevel: 'info',
    } satisfies Partial<Config>);
    expect(Object.isFrozen(config) && Object.isFrozen(config.allowedOrigins)).toBe(true);
    expect(Object.keys(config)).toHaveLength(variables.length);
  });
});

describe('precedence: option, environment, .env, default', () => {
  const cases: [string, Parameters<typeof readConfig>, Partial<Config>][] = [
    ['.env over default', [{}, [], 'PORT=1\n# a comment\nDEMO="0"'], { port: 1, demo: false }],
    ['environment over .env', [{ PORT: '2' }, [], 'PORT=1'], { port: 2 }],
    ['option over environment', [{ PORT: '2' }, ['--port', '3'], 'PORT=1'], { port: 3 }],
    ['option with =', [{}, ['--mqtt-port=0', '--host=0.0.0.0']], { mqttPort: 0, host: '0.0.0.0' }],
    ['empty is unset', [{ DATABASE_URL: '', PORT: '' }, [], 'PORT=7'], { databaseUrl: null, port: 7 }],
    ['a socket URL passes', [{ DATABASE_URL: 'postgresql://u@%2Ftmp%2Fx:5/d' }], { databaseUrl: 'postgresql://u@%2Ftmp%2Fx:5/d' }],
    [
      'origins are split and trimmed',
      [{ ALLOWED_ORIGINS: 'https://a.example/, http://b:81' }],
      { allowedOrigins: ['https://a.example', 'http://b:81'] },
    ],
    ['several free ports', [{ PORT: '0', MQTT_PORT: '0', HJ212_PORT: '0' }], { port: 0, mqttPort: 0, hj212Port: 0 }],
  ];
  it.each(cases)('%s', (_, args, expected) => {
    expect(readConfig(...args)).toMatchObject(expected);
  });
});

describe('a bad value stops the start with its name, what was given and what is allowed', () => {
  const cases: [string, string, string][] = [
    ['PORT', '65536', '0–65535'],
    ['PORT', '-1', '0–65535'],
    ['PORT', '80a', '0–65535'],
    ['DEMO', 'yes', '0 | 1'],
    ['SESSION_HOURS', '0', '1–720'],
    ['LOG_LEVEL', 'loud', 'fatal | error | warn | info | debug | trace | silent'],
    ['ALLOWED_ORIGINS', 'https://a.example/path', 'https://host[:port], comma-separated'],
    ['MQTT_PORT', '8080', 'another port than PORT'],
  ];
  it.each(cases)('%s=%s', (name, given, allowed) => {
    expect(problemOf(() => readConfig({ [name]: given }))).toMatchObject({ code: 'bad-configuration', details: { name, given, allowed } });
  });
  it.each([
    ['DATABASE_URL', 'mysql://root:tiger@db/x'],
    ['ADMIN_PASSWORD', 'short'],
    ['MQTT_URL', 'http://u:p@broker'],
    ['MQTT_URL', 'mqtt://u:pa#ss@broker'],
    // The gateway dials TCP and TLS; a WebSocket address would wait for ever and say nothing.
    ['MQTT_URL', 'ws://u:p@broker'],
    ['DATABASE_URL', 'postgresql://u:pa#ss@db/x'],
  ])('%s does not repeat the secret', (name, given) => {
    const problem = problemOf(() => readConfig({ [name]: given }));
    expect(problem.details.name).toBe(name);
    expect(JSON.stringify(problem)).not.toContain(given);
  });
  it.each([[['--nonsense', '1']], [['--port']], [['word', 'x']]])('options %j', (argv) => {
    expect(problemOf(() => readConfig({}, argv)).code).toBe('bad-configuration');
  });
});

describe('properties', () => {
  it('any text in any variable gives a Config or a bad-configuration Problem', () => {
    fc.assert(
      fc.property(fc.constantFrom(...variables), fc.string(), (variable, text) => {
        for (const run of [
          () => readConfig({ [variable.name]: text }),
          () => readConfig({}, [`${optionOf(variable)}=${text}`]),
          () => readConfig({}, [], `${variable.name}=${text}`),
        ])
          try {
            run();
          } catch (error) {
            expect(error).toBeInstanceOf(Problem);
          }
      }),
    );
  });
  it('every valid port is taken as it is', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1882 }), (port) => readConfig({ PORT: String(port) }).port === port));
  });
});

describe('the table', () => {
  it('names each variable once, in both languages', () => {
    expect(new Set(variables.map((v) => v.name)).size).toBe(variables.length);
    for (const variable of variables) {
      expect(variable.name).toMatch(/^[A-Z][A-Z0-9_]*$/);
      expect(variable.zh.length).toBeGreaterThan(4);
      expect(variable.en.length).toBeGreaterThan(4);
    }
  });
});
