// TCP sockets with bounds: a server that holds so many connections and no more, and a client's dial.
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export type { Socket } from 'node:net';

export interface Connections {
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
  /** Takes no new connection; the open ones stay until they are ended. */
  stop(): void;
  /** Destroys what is left, and waits for the port to be free. */
  close(): Promise<void>;
}

export interface ConnectionSettings {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  readonly most: number;
  /** The peer's end of sending leaves our side open, so that what it sent is still answered. */
  readonly allowHalfOpen: boolean;
  connected(socket: Socket): void;
  /** One more than `most` came and was closed. */
  full(): void;
}

/** Listens; rejects with the system's error (EADDRINUSE …) when it cannot. */
export function listenConnections(settings: ConnectionSettings): Promise<Connections> {
  const sockets = new Set<Socket>();
  const server = createServer(
    { allowHalfOpen: settings.allowHalfOpen, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
    (socket) => {
      socket.on('error', () => undefined);
      if (sockets.size >= settings.most) {
        settings.full();
        socket.destroy();
        return;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      settings.connected(socket);
    },
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      const address = server.address();
      const closed = new Promise<void>((done) => server.once('close', () => done()));
      resolve({
        port: typeof address === 'object' && address ? address.port : settings.port,
        sockets,
        stop: () => {
          server.close();
        },
        close: () => {
          server.close();
          for (const socket of sockets) socket.destroy();
          return closed;
        },
      });
    });
  });
}

/** mqtt://host:port or mqtts://host:port → a socket that is connecting. */
export function dial(url: string, defaults: { plain: number; secure: number }): Socket {
  const { protocol, hostname, port } = new URL(url);
  const secure = /^(mqtts|ssl|tls):$/.test(protocol);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = secure
    ? connectTls({ host, port: Number(port) || defaults.secure, servername: host })
    : connect({ host, port: Number(port) || defaults.plain, noDelay: true, keepAlive: true });
  return socket;
}
