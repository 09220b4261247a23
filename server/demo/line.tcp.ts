// A simulated device's line: sends a frame, waits for the answer, and sends it again when none comes; a line that broke is laid anew.
import { connect, type Socket } from 'node:net';

const answerMilliseconds = 10_000;
/** As the standards' default is. */
const attempts = 3;

export class Line {
  private readonly port: number;
  private readonly greet: (say: (frame: Uint8Array) => Promise<Uint8Array | null>) => Promise<boolean>;
  private socket: Socket | null = null;
  private waiting: ((answer: Uint8Array | null) => void) | null = null;
  private closed = false;

  /** @param greet what a device says on a new line before anything else; false: it was refused */
  constructor(port: number, greet: Line['greet'] = async () => true) {
    this.port = port;
    this.greet = greet;
  }
  private async open(): Promise<void> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('data', (answer: Uint8Array) => this.waiting?.(answer));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket === socket) this.socket = null;
      this.waiting?.(null);
    });
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    this.socket = socket;
    if (await this.greet((frame) => this.say(frame))) return;
    socket.destroy();
    throw new Error('refused');
  }
  /** Once; null: not answered in time. */
  private say(frame: Uint8Array): Promise<Uint8Array | null> {
    const answered = new Promise<Uint8Array | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), answerMilliseconds);
      this.waiting = (answer) => {
        clearTimeout(timer);
        this.waiting = null;
        resolve(answer);
      };
    });
    this.socket?.write(frame);
    return answered;
  }
  /** Until it is answered; null: kept for nobody, the next back-fill brings it. */
  async send(frame: () => Uint8Array): Promise<Uint8Array | null> {
    for (let attempt = 0; attempt < attempts && !this.closed; attempt++) {
      try {
        if (!this.socket) await this.open();
        const answer = await this.say(frame());
        if (answer) return answer;
      } catch {
        await new Promise((wake) => setTimeout(wake, 1000 * 2 ** attempt));
      }
    }
    return null;
  }
  close(): void {
    this.closed = true;
    this.waiting?.(null);
    this.socket?.destroy();
  }
}
