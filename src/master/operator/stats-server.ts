/**
 * The stats server of uWSGI: each client gets one document, and the connection ends. Nothing is
 * done while nobody asks; clients that ask at the same time get the same document.
 */
import { createServer, type Server, type Socket } from 'node:net';

import type { Timers } from '../../base/clock.ts';

export interface StatsServerParts {
  readonly fd: number;
  readonly timers: Timers;
  /** The document. */
  readonly answer: () => Promise<string>;
}

/** Clients at the same time; the oldest makes room for one more. */
const CLIENTS_MAX = 32;
/** How long a client may take to read what it asked for. */
const CLIENT_MS = 10_000;

export class StatsServer {
  readonly #parts: StatsServerParts;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #making: Promise<string> | undefined;

  constructor(parts: StatsServerParts) {
    this.#parts = parts;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#welcome(socket));
    // One that cannot be accepted (too many open files) may ask again.
    this.#server.on('error', () => {});
    this.#server.listen({ fd: parts.fd });
  }

  /** Closes its listener too. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #welcome(socket: Socket): void {
    const [oldest] = this.#sockets;
    if (this.#sockets.size >= CLIENTS_MAX) oldest?.destroy();
    this.#sockets.add(socket);
    const stopWaiting = this.#parts.timers.after(CLIENT_MS, () => socket.destroy());
    socket.on('close', () => {
      stopWaiting();
      this.#sockets.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    // A request that stays unread would reset the connection, and the client lose the document.
    socket.resume();
    void this.#document().then((text) => {
      if (!socket.destroyed) socket.end(text);
    });
  }

  #document(): Promise<string> {
    this.#making ??= this.#parts.answer().finally(() => (this.#making = undefined));
    return this.#making;
  }
}
