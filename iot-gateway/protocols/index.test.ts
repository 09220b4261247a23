// The registry of protocols: folder = index, id = file name, a good and a bad fixture each, and nothing throws at a stranger's bytes.
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readFixtures } from './fixtures/fixtures.file.ts';
import { protocols } from './index.ts';

it('lists every protocol file, by its name, once', () => {
  const files = readdirSync(new URL('.', import.meta.url))
    .filter((file) => /^[^.]+\.ts$/.test(file) && file !== 'index.ts')
    .map((file) => file.replace(/\.ts$/, ''));
  expect(files).toEqual(['ais', 'hj212', 'jt808', 'mqtt', 'sl651', 'sta']);
  expect(protocols.map((protocol) => protocol.id).sort()).toEqual(files);
});

it('each has a good and a bad fixture whose verdict is kept', () => {
  let checked = 0;
  for (const protocol of protocols) {
    const fixtures = readFixtures(protocol.id);
    expect(new Set(fixtures.map((fixture) => fixture.verdict))).toEqual(new Set(['good', 'bad']));
    for (const fixture of fixtures) {
      let memory = protocol.initial;
      let faults = 0;
      for (const frame of fixture.frames) {
        const decoded = protocol.decode(memory, { ...frame, protocol: protocol.id });
        memory = decoded.memory;
        faults += decoded.refused.length + (decoded.problem ? 1 : 0);
        expect(frame.bytes.length).toBeLessThanOrEqual(protocol.maxFrameBytes);
        protocol.inspect({ ...frame, protocol: protocol.id });
      }
      expect(faults > 0, `${protocol.id}/${fixture.name}`).toBe(fixture.verdict === 'bad');
      checked++;
    }
  }
  expect(checked).toBe(127);
});

it('each says its standard and bounds its frames', () => {
  for (const protocol of protocols) {
    expect(protocol.standard).not.toBe('');
    expect(protocol.maxFrameBytes).toBeLessThanOrEqual(65_536);
  }
});
