// AIS and the GNSS sentences of NMEA 0183, as a receiver sends them over TCP: one sentence is one frame.
//
//   \s:dalian-01,c:1795478400*1C\!AIVDM,1,1,,A,13aEOK?P00PD2wVMdLDRhgvL289?,0*26
//                                                └ six bits a character: type, MMSI, status, speed, position … (ais.codes.ts)
//
// Whoever speaks is the device: the MMSI of an AIS message; for GGA, RMC and VTG the source of the TAG block, else the own ship that AIVDO has
// named on this connection, else the address of the receiver. Nothing is answered: a receiver does not listen.
//
// Source: ITU-R M.1371-5 Annex 8; NMEA 0183 4.10 (IEC 61162-1), TAG blocks IEC 61162-450. The TAG block's time is when it was heard.
import { Problem } from '../../contracts/problem.ts';
import { type Decoded, defineProtocol, type RawFrame } from '../../contracts/protocol.ts';
import { type Fragment, fragmentBounds, lostFragment, takePart } from './ais/fragments.ts';
import { readGnss } from './ais/gnss.ts';
import { inspectAis } from './ais/inspection.ts';
import { factsOf, readAis, readingsOf } from './ais/reports.ts';
import { cutLines, maxLineBytes, readSentence, type Sentence } from './ais/sentence.ts';
import { readSentences, sentenceTitles } from './ais.codes.ts';

export { encodeAis } from './ais/encode.ts';

export interface AisMemory {
  readonly fragments: readonly Fragment[];
  /** MMSI that this connection's AIVDO has named. */
  readonly own: string | null;
}
const latin = new TextDecoder('latin1');

/** 192.0.2.7:5034#12 → 192.0.2.7: where the receiver is does not change when it dials again. */
const hostOf = (address: string): string => address.replace(/:\d+(#\d+)?$/, '');

function readEncapsulated(memory: AisMemory, sentence: Sentence, nothing: Decoded<AisMemory>, frame: RawFrame): Decoded<AisMemory> {
  const { received } = frame;
  const [total = '', number = '', id = '', channel = '', payload = '', fill = ''] = sentence.fields;
  const bad = (reason: string): Decoded<AisMemory> => ({ ...nothing, problem: new Problem('malformed-frame', { reason }) });
  if (!/^[1-9]$/.test(total) || !/^[1-9]$/.test(number) || Number(number) > Number(total))
    return bad(`第 ${number.slice(0, 4)} 句，共 ${total.slice(0, 4)} 句：应为 1–${fragmentBounds.sentences}`);
  if (!/^[0-5]$/.test(fill)) return bad('填充位数应为 0–5');
  // An empty slot: the receiver heard noise, and says so.
  if (payload === '' && total === '1') return nothing;
  let whole = payload;
  let bits = Number(fill);
  let heard = sentence.tag.time;
  let fragments = memory.fragments;
  const refused = [...nothing.refused];
  if (total !== '1') {
    const key = `${sentence.talker}${sentence.formatter} ${id}${channel} /${total}`;
    const taken = takePart(fragments, { key, total: Number(total), number: Number(number), payload, fill: bits, heard }, received);
    fragments = taken.fragments;
    refused.push(...taken.lost.map(lostFragment));
    if (!taken.complete) return { ...nothing, memory: { ...memory, fragments }, refused };
    whole = taken.complete.payload;
    bits = taken.complete.fill;
    heard = taken.complete.heard;
  }
  const message = readAis(whole, bits);
  if (message instanceof Problem) return { ...nothing, memory: { ...memory, fragments }, refused, problem: message };
  const { device } = message;
  const found = message.layout ? readingsOf(message, heard ?? received, received) : { readings: [], refused: [] };
  const facts = factsOf(message);
  const own = sentence.formatter === 'VDO' ? device : memory.own;
  return {
    ...nothing,
    memory: own === memory.own && fragments === memory.fragments ? memory : { fragments, own },
    device,
    readings: found.readings,
    refused: [...refused, ...found.refused],
    ...(facts ? { reported: facts } : {}),
  };
}

function decode(memory: AisMemory, frame: RawFrame): Decoded<AisMemory> {
  const empty: Decoded<AisMemory> = { memory, device: null, readings: [], refused: [], answer: null, problem: null };
  if (frame.bytes.length > maxLineBytes)
    return { ...empty, problem: new Problem('too-large', { bytes: frame.bytes.length, limit: maxLineBytes }) };
  const sentence = readSentence(latin.decode(frame.bytes));
  if (sentence instanceof Problem) return { ...empty, problem: sentence };
  const { formatter, tag, tagProblem } = sentence;
  const nothing = tagProblem ? { ...empty, refused: [{ property: 'TAG', problem: tagProblem }] } : empty;
  if (formatter === 'VDM' || formatter === 'VDO') return readEncapsulated(memory, sentence, nothing, frame);
  if (!readSentences.has(formatter)) {
    // Known, and nothing in it that we keep: depth, wind, satellites in view. Of the maker's own the log has the bytes.
    if (sentence.talker === 'P' || Object.hasOwn(sentenceTitles, formatter)) return nothing;
    return { ...nothing, problem: new Problem('unsupported', { what: `NMEA 0183 语句 ${formatter}` }) };
  }
  const device = tag.source ?? memory.own ?? hostOf(frame.address);
  const found = readGnss(sentence, device, tag.time ?? frame.received, frame.received);
  return { ...nothing, device, readings: found.readings, refused: [...nothing.refused, ...found.refused], problem: found.problem };
}

export const ais = defineProtocol<Uint8Array, AisMemory>({
  id: 'ais',
  title: { zh: '船舶自动识别系统（AIS）与 NMEA 0183', en: 'AIS and NMEA 0183' },
  standard: 'ITU-R M.1371-5 附件 8；NMEA 0183 4.10（IEC 61162-1）',
  maxFrameBytes: maxLineBytes,
  framing: { initial: new Uint8Array(0), cut: cutLines },
  initial: { fragments: [], own: null },
  decode,
  inspect: inspectAis,
});
