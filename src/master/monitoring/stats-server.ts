/**
 * The stats server of uWSGI: each client gets one document, and the connection ends. Nothing is
 * done while nobody asks; clients that ask at the same time get the same document.
 */
import type { Socket } from 'node:net';

import { LocalServer, type LocalServerParts } from './local-server.ts';

export interface StatsServerParts extends LocalServerParts {
  /** The document. */
  readonly answer: () => Promise<string>;
}

/** Clients at the same time; the oldest makes room for one more. */
const CLIENTS_MAX = 32;

export class StatsServer {
  readonly #parts: StatsServerParts;
  readonly #server: LocalServer;
  #making: Promise<string> | undefined;

  constructor(parts: StatsServerParts) {
    this.#parts = parts;
    this.#server = new LocalServer(parts, (socket) => this.#welcome(socket));
  }

  /** Closes its listener too. */
  close(): void {
    this.#server.close();
  }

  #welcome(socket: Socket): void {
    const { sockets } = this.#server;
    const [oldest] = sockets;
    if (sockets.size >= CLIENTS_MAX) oldest?.destroy();
    this.#server.keep(socket);
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
