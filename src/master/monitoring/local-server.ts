/** A listener of the master's own, for operators: who is connected to it, and for how long. */
import { createServer, type Server, type Socket } from 'node:net';

import type { Cancel, Timers } from '../../base/clock.ts';

/** How long a client may take to ask, and to take an answer. */
export const CLIENT_MS = 10_000;

export interface LocalServerParts {
  readonly fd: number;
  readonly timers: Timers;
}

export class LocalServer {
  readonly #timers: Timers;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** `welcome` is given each client, and keeps or destroys it. */
  constructor({ fd, timers }: LocalServerParts, welcome: (socket: Socket) => void) {
    this.#timers = timers;
    this.#server = createServer({ allowHalfOpen: true }, welcome);
    // One that cannot be accepted (too many open files) may ask again.
    this.#server.on('error', () => {});
    this.#server.listen({ fd });
  }

  /** Those that are kept, the oldest first. */
  get sockets(): ReadonlySet<Socket> {
    return this.#sockets;
  }

  /** Keeps a client until it leaves, for CLIENT_MS at most; that limit can be cancelled. */
  keep(socket: Socket): Cancel {
    this.#sockets.add(socket);
    const stopWaiting = this.#timers.after(CLIENT_MS, () => socket.destroy());
    socket.on('close', () => {
      stopWaiting();
      this.#sockets.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    return stopWaiting;
  }

  /** Ends a client, which counts no more. */
  drop(socket: Socket): void {
    socket.destroy();
    this.#sockets.delete(socket);
  }

  /** Ends every connection, and closes the listener. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
