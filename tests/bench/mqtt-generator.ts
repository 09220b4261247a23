// The load of the MQTT bench, in a process of its own: clients with a window of QoS 1 messages in flight. Prints one line of JSON per second.
//
// node --import tsx tests/bench/mqtt-generator.ts PORT CLIENTS WINDOW SECONDS raw|mqttjs
// raw builds its packets once and only counts PUBACKs, so the broker is what is measured; mqttjs is a client as devices use it.
import { connect } from 'node:net';
import mqtt from 'mqtt';

const [port = 0, clients = 1, window = 100, seconds = 1] = process.argv.slice(2, 6).map(Number);
const kind = process.argv[6] ?? 'raw';
let acknowledged = 0;
let next = 0;
// A sequence number: two equal values of one millisecond are two readings, as in the field, where nobody sends a thousand a second.
const payload = (n: number): string => `{"time":${Date.now()},"sequence":${n},"values":{"z":${40 + (n % 100) / 100},"q":${n % 1000}}}`;

function rawClient(index: number): void {
  const id = Buffer.from(`bench-${index}`);
  const topic = Buffer.from(`devices/bench-${index}/telemetry`);
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const head = Buffer.concat([Buffer.from([0x10, 12 + id.length, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, id.length]), id]);
  let messageId = 0;
  const publish = (count: number): void => {
    const packets: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const body = Buffer.from(payload(next++));
      const length = 4 + topic.length + body.length;
      messageId = (messageId % 65_535) + 1;
      packets.push(
        Buffer.from([0x32, (length & 127) | 128, length >> 7, 0, topic.length]),
        topic,
        Buffer.from([messageId >> 8, messageId & 255]),
        body,
      );
    }
    socket.write(Buffer.concat(packets));
  };
  let [greeted, bytes] = [false, 0];
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    if (!greeted) {
      greeted = true;
      bytes -= 4;
      publish(window);
    }
    const count = Math.floor(bytes / 4);
    bytes -= count * 4;
    acknowledged += count;
    if (count > 0) publish(count);
  });
  socket.write(head);
}

async function mqttjsClient(index: number): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: `bench-${index}`, reconnectPeriod: 0 });
  const publish = (): void => {
    client.publish(`devices/bench-${index}/telemetry`, payload(next++), { qos: 1 }, (error) => {
      if (error) return;
      acknowledged++;
      publish();
    });
  };
  for (let i = 0; i < window; i++) publish();
}

for (let index = 0; index < clients; index++) {
  if (kind === 'raw') rawClient(index);
  else void mqttjsClient(index);
}
// The first second is warm-up: connections, code that is not compiled yet.
setTimeout(() => {
  const [from, before] = [performance.now(), acknowledged];
  setTimeout(() => {
    const rate = ((acknowledged - before) / (performance.now() - from)) * 1000;
    process.stdout.write(`${JSON.stringify({ rate: Math.round(rate), acknowledged })}\n`, () => process.exit(0));
  }, seconds * 1000);
}, 1000);
