/** Crowds of clients that mean no good: each opens its connections, and closes them at the end. */

import net from 'node:net';

export class Crowd implements Disposable {
  readonly #sockets: net.Socket[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #port: number;
  /** Connections that the server has closed. */
  closed = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Opens connections a few at a time; resolves when each is open, or was refused. */
  async open(count: number, begin: (socket: net.Socket) => void = () => undefined): Promise<void> {
    for (let opened = 0; opened < count; opened += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - opened) }, () =>
        this.#one(begin),
      );
      await Promise.all(some);
    }
  }

  /** Does something again and again, until the crowd leaves. */
  every(intervalMs: number, act: (socket: net.Socket) => void): void {
    const timer = setInterval(() => {
      for (const socket of this.#sockets) if (socket.writable) act(socket);
    }, intervalMs);
    this.#timers.push(timer);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #one(begin: (socket: net.Socket) => void): Promise<void> {
    return new Promise((resolve) => {
      const socket = net.connect({ port: this.#port, host: '127.0.0.1' });
      this.#sockets.push(socket);
      socket.on('connect', () => {
        begin(socket);
        resolve();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.closed += 1;
        resolve();
      });
    });
  }
}

/** As many as fit into the backlog of a listener. */
const AT_ONCE = 50;
