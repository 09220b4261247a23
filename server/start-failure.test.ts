// start-failure.ts: every way a start fails names its variable and what is allowed, and never repeats a secret.
import { expect, it } from 'vitest';
import { Problem } from '../contracts/problem.ts';
import { readConfig } from './config.ts';
import { startFailure } from './start-failure.ts';

const url = 'postgresql://app:geheim@db.example:5432/liaozhi';
const config = readConfig({ PORT: '8081', MQTT_PORT: '1884', HJ212_PORT: '80', HOST: '203.0.113.7' });
const outside = readConfig({ DATABASE_URL: url });
const system = (message: string, members: object): Error => Object.assign(new Error(message), members);
const away = Object.assign(new Problem('database-unavailable'), {
  cause: system('getaddrinfo ENOTFOUND geheim', { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'geheim' }),
});
const denied = system('permission denied to create extension "postgis"', { code: '42501', severity: 'ERROR' });

it.each([
  ['a port in use', system('x', { code: 'EADDRINUSE', syscall: 'listen', port: 8081 }), config, ['PORT: got 8081', 'nobody else']],
  ['the broker’s port', system('x', { code: 'EADDRINUSE', syscall: 'listen', port: 1884 }), config, ['MQTT_PORT: got 1884']],
  ['a privileged port', system('x', { code: 'EACCES', syscall: 'listen', port: 80 }), config, ['HJ212_PORT: got 80', '1024 or more']],
  ['a foreign address', system('x', { code: 'EADDRNOTAVAIL', syscall: 'listen' }), config, ['HOST: got 203.0.113.7', 'of this machine']],
  ['a host that is none', system('x', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }), config, ['HOST: got']],
  ['a database that is away', away, outside, ['DATABASE_URL: got (hidden)', 'ENOTFOUND']],
  [
    'a wrong password',
    system('password authentication failed for user "app"', { code: '28P01', severity: 'FATAL' }),
    outside,
    ['DATABASE_URL', 'for user "app" (28P01)'],
  ],
  ['no PostGIS', new Error('migration 001-things.sql: …', { cause: denied }), outside, ['DATABASE_URL', 'PostGIS', 'extension "postgis"']],
  [
    'what was found before',
    new Problem('bad-configuration', { name: 'DATA_DIR', given: '/x', allowed: 'y' }),
    config,
    ['DATA_DIR: got /x'],
  ],
])('%s', (_, error, given, words) => {
  const text = startFailure(error, () => given);
  expect(text.split('\n')).toHaveLength(2);
  for (const word of ['启动失败 [bad-configuration]', ...words]) expect(text).toContain(word);
  expect(text).not.toContain('geheim');
});

it('a defect keeps its stack, and a configuration that could not be read is not read again', () => {
  expect(startFailure(new TypeError('x is not a function'), () => config)).toMatch(/TypeError: x is not a function\n\s+at /);
  const unread = () => expect.fail('read again');
  expect(startFailure(new Problem('bad-configuration', { name: 'PORT', given: 'x', allowed: 'y' }), unread)).toContain('PORT: got x');
});
