// The devices of the frame-to-screen bench, in a process of their own: MQTT clients with QoS 1 and HJ 212 connections, each once a second.
//
// Arguments: MQTT port, HJ 212 port, gauges, stations. A gauge sends 2 readings a second, a station 6. Prints the readings sent so far for each
// line on stdin. Sends are spread over the second, as real devices are.
import { connect } from 'node:net';
import mqtt from 'mqtt';
import { beijingTime, encodeHj212, qnOf } from '../../iot-gateway/protocols/hj212.ts';

const [mqttPort = 0, hj212Port = 0, gauges = 0, stations = 0] = process.argv.slice(2).map(Number);
const factors = ['a21026', 'a21004', 'a05024', 'a21005', 'a34002', 'a34004'];
let readings = 0;
let round = 0;

const client = mqtt.connect({ port: mqttPort, host: '127.0.0.1', clientId: 'bench-gauges', reconnectPeriod: 0 });
await new Promise<void>((ready, failed) => client.once('connect', () => ready()).once('error', failed));
const sockets = await Promise.all(
  Array.from(
    { length: stations },
    () =>
      new Promise<ReturnType<typeof connect>>((ready, failed) => {
        const socket = connect(hj212Port, '127.0.0.1', () => ready(socket.setNoDelay(true)));
        socket.on('data', () => undefined).on('error', failed);
      }),
  ),
);
function gauge(n: number): void {
  const body = JSON.stringify({ time: Date.now(), values: { z: 30 + ((round * 7 + n) % 100) / 100, q: 200 + ((round * 13 + n) % 500) } });
  client.publish(`devices/bench-gauge-${n}/telemetry`, body, { qos: 1 });
  readings += 2;
}
function station(n: number): void {
  const now = Date.now();
  const frame = encodeHj212({
    ...{ qn: qnOf(now), st: '22', cn: '2011', pw: '123456', mn: `210100BE${String(n).padStart(16, '0')}`, flag: 9 },
    cp: [
      [['DataTime', beijingTime(Math.floor(now / 1000) * 1000)]],
      ...factors.map((code, i) => [[`${code}-Rtd`, String(10 + ((round * 3 + n + i) % 40))] as const, [`${code}-Flag`, 'N'] as const]),
    ],
  });
  sockets[n]?.write(frame);
  readings += factors.length;
}
/** Twenty beats a second, each with its share of the devices; a busy machine makes up for the ones it missed. */
const began = performance.now();
let beat = 0;
setInterval(() => {
  for (; beat < (performance.now() - began) / 50; beat++) {
    for (let n = beat % 20; n < gauges; n += 20) gauge(n);
    for (let n = beat % 20; n < stations; n += 20) station(n);
    if (beat % 20 === 19) round++;
  }
}, 25);
console.log('sending');
process.stdin.on('data', () => console.log(readings));
