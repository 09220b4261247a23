// The HJ 212 road of a replay: a TCP connection that sends frames as a data logger does and reads 9014, 9013 and 9011 in answer, in order.
import { connect } from 'node:net';
import { Problem } from '../../contracts/problem.ts';
import { eachAttribute, parseSegment } from '../../iot-gateway/protocols/hj212/segment.ts';
import { QnRtn } from '../../iot-gateway/protocols/hj212.codes.ts';
import { hj212 } from '../../iot-gateway/protocols/hj212.ts';
import type { Recorded } from './replay-records.ts';
import type { Link, LinkEvents, Outcome } from './replay-run.ts';

const connectMilliseconds = 5000;
const finishMilliseconds = 40_000;
const decoder = new TextDecoder();

/** null: taken. HJ 212-2017 table 7: 9011 with QnRtn other than 1 (ready) is a refusal. */
function outcomeOf(frame: Uint8Array): Outcome {
  const { cn, cp } = parseSegment(decoder.decode(frame.subarray(6, -4)));
  if (cn !== '9011') return null;
  let code = '?';
  eachAttribute(cp ?? '', (_, name, value) => {
    if (name === 'QnRtn') code = value;
  });
  return code === String(QnRtn.ready) ? null : `9011 QnRtn=${code}`;
}

/** @throws Problem unreachable */
export function openTcpLink(host: string, port: number, { answered, lost }: LinkEvents): Promise<Link> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  const what = `HJ 212 ${host}:${port}`;
  /** Sent, an answer wanted, in order: answers come in that order on one connection. */
  let expected: Recorded[] = [];
  let taken = 0;
  let cutting = hj212.framing!.initial;
  let finishing: ((inGoodOrder: boolean) => void) | null = null;
  let ended = false;

  socket.on('data', (chunk: Buffer) => {
    const cut = hj212.framing!.cut(cutting, chunk);
    cutting = cut.memory;
    for (const frame of cut.frames) {
      const record = expected[taken++];
      if (record) answered(record, outcomeOf(frame));
    }
    if (taken > 1024) {
      expected = expected.slice(taken);
      taken = 0;
    }
  });
  socket.on('end', () => {
    ended = true;
    if (!finishing) socket.destroy();
  });
  const link: Link = {
    send(record) {
      if (record.answered) expected.push(record);
      // Everything of one turn of the loop in one piece.
      if (socket.writableCorked === 0) {
        socket.cork();
        setImmediate(() => socket.uncork());
      }
      socket.write(record.bytes);
    },
    finish: () =>
      new Promise((resolve) => {
        finishing = resolve;
        socket.setTimeout(finishMilliseconds, () => socket.destroy());
        socket.end();
        if (socket.destroyed) resolve(false);
      }),
    abandon: () => void socket.destroy(),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(new Problem('unreachable', { what, reason: error.code ?? error.message }));
    socket.setTimeout(connectMilliseconds, () => socket.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', fail).on('error', () => undefined);
      socket.once('close', (hadError) => {
        if (finishing) finishing(ended && !hadError);
        else lost();
      });
      resolve(link);
    });
    socket.once('error', fail);
  });
}
