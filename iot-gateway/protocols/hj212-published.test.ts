// HJ 212 against what others wrote: the standard's examples, public frames, captures with good and bad checksums. Skipped where they are absent.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cutHj212 } from './hj212/framing.ts';
import { keyringOf } from './hj212/keys.file.ts';
import { answerText, bytesOf, cutAll, decode, raw } from './hj212/test-frames.ts';
import { createHj212, encodeHj212, hj212 } from './hj212.ts';

const standards = '../shared/standards/hj212.json';
describe.skipIf(!existsSync(standards))('../shared/standards/hj212.json (skipped where absent)', () => {
  const facts = existsSync(standards) ? JSON.parse(readFileSync(standards, 'utf8')) : {};
  it('standardExamples, publicFrames, builtFrames: one frame each, checksum right, no problem', () => {
    const all = [...facts.standardExamples, ...facts.publicFrames, ...facts.builtFrames];
    expect(all.length).toBe(36);
    for (const { frame } of all) {
      const { frames, refused, kept } = cutAll([bytesOf(frame)]);
      expect([frames.length, refused, kept]).toEqual([1, 0, 0]);
      expect(hj212.inspect(raw(frames[0]!)).checksum?.ok).toBe(true);
      const { problem } = decode(frames[0]!);
      // 9021 is in no table that was read: the one public frame with a right checksum that we refuse, as CN.
      if (frame.includes('CN=9021')) expect(problem?.code).toBe('malformed-frame');
      else expect(problem).toBeNull();
    }
  });
  it('answers a request, a notification and data as the built replies have it', () => {
    const reply = (what: string): string => facts.builtFrames.find((entry: { what: string }) => entry.what === what).frame;
    const base = { qn: '20261124080000000', st: '32', pw: '123456', mn: '210100000000000000000001', flag: 5 };
    expect(answerText(decode(reply('request set realtime interval')))).toBe(reply('reply 9011'));
    expect(answerText(decode(reply('air hour data')))).toBe(reply('reply 9014'));
    expect(answerText(decode(encodeHj212({ ...base, cn: '1013', cp: 'PolId=w01018' })))).toBe(reply('reply 9013'));
    for (const what of ['reply 9011', 'reply 9013', 'reply 9014']) expect(decode(reply(what)).answer).toBeNull();
  });
  it('encrypted2025: kept, refused as unsupported with its reason, in raw and in printed form', () => {
    expect(facts.encrypted2025.length).toBe(2);
    for (const { plainFrame, cipherHex, plainTail, crcOfPlainSegment, cipherAsPrinted } of facts.encrypted2025) {
      const head = plainFrame.slice(0, plainFrame.indexOf('CP=&&') + 5);
      const cipher = Uint8Array.from(cipherHex.match(/../g).map((pair: string) => Number.parseInt(pair, 16)));
      const tail = bytesOf(`${plainTail}&&${crcOfPlainSegment}\r\n`);
      const printed = bytesOf(`${head}${cipherAsPrinted}${cipherAsPrinted.endsWith('}') ? plainTail : ''}&&${crcOfPlainSegment}\r\n`);
      for (const wire of [Uint8Array.from([...bytesOf(head), ...cipher, ...tail]), printed]) {
        for (const chunks of [[wire], [...wire].map((byte) => Uint8Array.of(byte))]) {
          let memory: Uint8Array = new Uint8Array(0);
          const frames: Uint8Array[] = [];
          for (const chunk of [...chunks, encodeHj212({ cn: '2011', mn: '1', st: '22', cp: '' })]) {
            const cut = cutHj212(memory, chunk);
            memory = cut.memory;
            frames.push(...cut.frames);
            expect(cut.refused).toEqual([]);
          }
          expect(frames.length).toBe(2);
          const decoded = decode(frames[0]!);
          expect(decoded.problem?.code).toBe('unsupported');
          expect(decoded.device).toBe('010000A8900016F000169DC0');
          expect(answerText(decoded)).toContain('CN=9011;PW=123456;MN=010000A8900016F000169DC0;Flag=8;CP=&&QnRtn=2&&');
        }
      }
      expect(decode(bytesOf(plainFrame)).readings.length).toBeGreaterThan(5);
    }
  });
  it('encrypted2025 with its key: both forms give the plain frame, its readings and its answer', () => {
    for (const { plainFrame, cipherHex, plainTail, crcOfPlainSegment, cipherAsPrinted, keyHex } of facts.encrypted2025) {
      const keyed = createHj212(keyringOf({ '010000A8900016F000169DC0': keyHex }));
      const head = plainFrame.slice(0, plainFrame.indexOf('CP=&&') + 5);
      const printed = `${head}${cipherAsPrinted}${cipherAsPrinted.endsWith('}') ? plainTail : ''}&&${crcOfPlainSegment}\r\n`;
      const wire = Buffer.concat([Buffer.from(head), Buffer.from(cipherHex, 'hex'), Buffer.from(`${plainTail}&&${crcOfPlainSegment}\r\n`)]);
      const expected = keyed.decode([], raw(plainFrame));
      expect(expected.readings.length).toBeGreaterThan(5);
      for (const frame of [new Uint8Array(wire), bytesOf(printed)]) {
        const { frames } = cutHj212(new Uint8Array(0), frame);
        expect(frames.map((one) => keyed.decode([], raw(one)))).toEqual([expected]);
        expect(keyed.inspect(raw(frames[0]!)).checksum?.ok).toBe(true);
      }
    }
  });
  it('mutations: refused or answered as wrong, and the next frame is found', () => {
    const next = facts.builtFrames[1].frame;
    const verdicts = facts.mutations.map(({ name, frame }: { name: string; frame: string }) => {
      const { frames } = cutAll([bytesOf(frame), bytesOf(next)]);
      expect(frames.at(-1)).toBe(next.trimEnd());
      return [name, frames.slice(0, -1).map((text) => decode(text).problem?.code ?? 'good')];
    });
    expect(verdicts).toEqual([
      ['one bit flipped in data', ['bad-checksum']],
      ['length one too small', []],
      ['no CRLF', ['good']],
      ['truncated', []],
    ]);
  });
});

const captures = '../shared/data/protocol_captures/hj212_frames.tsv';
describe.skipIf(!existsSync(captures))('../shared/data/protocol_captures/hj212_frames.tsv (skipped where absent)', () => {
  const rows = existsSync(captures)
    ? readFileSync(captures, 'utf8')
        .split('\n')
        .slice(1)
        .filter((line) => line !== '')
        .map((line) => line.split('\t'))
    : [];
  it('238 frames: the checksum verdict of every row agrees', () => {
    expect(rows.length).toBe(238);
    let bad = 0;
    for (const [frame, verdict] of rows) {
      const { frames } = cutAll([bytesOf(`${frame}\r\n`)]);
      expect(frames).toEqual([frame]);
      expect(hj212.inspect(raw(frame!)).checksum?.ok).toBe(verdict === 'ok');
      expect(decode(frame!).problem?.code ?? null).toBe(verdict === 'ok' ? null : 'bad-checksum');
      if (verdict !== 'ok') bad++;
    }
    expect(bad).toBe(7);
  });
  it('badFramesInPublicSuites: given and calculated as listed', () => {
    const facts = JSON.parse(readFileSync(standards, 'utf8'));
    const found = rows
      .map(([frame]) => ({ length: Number(frame!.slice(2, 6)), checksum: hj212.inspect(raw(frame!)).checksum }))
      .filter(({ checksum }) => checksum && !checksum.ok);
    for (const { length, crcInFrame, crcCalculated } of facts.badFramesInPublicSuites)
      expect(found).toContainEqual({ length, checksum: { given: crcInFrame, expected: crcCalculated, ok: false } });
  });
});
