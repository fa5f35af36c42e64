/** One client's connection as its requests see it: who it is, and whose turn it is. */

import type { Socket } from 'node:net';

import type { Exchange } from '../exchange/exchange.ts';

/** How long a client that is being refused may go on sending before the connection is closed. */
const LINGER_MS = 2000;

export class ClientConnection {
  readonly #socket: Socket;
  /** '' for a unix socket. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
  #exchange: Exchange | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const address = socket.remoteAddress ?? '';
    // A listener for both families shows IPv4 clients in this form.
    this.address = address.startsWith('::ffff:') ? address.slice(7) : address;
    this.port = socket.remotePort ?? 0;
  }

  /** The exchange that is under way. */
  get exchange(): Exchange | undefined {
    return this.#exchange;
  }

  begin(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.begin();
  }

  ended(): void {
    this.#exchange = undefined;
  }

  /** Nothing has moved for the time allowed: whose turn was it? */
  silent(silenceMaxMs: number): void {
    if (this.#exchange === undefined || this.#socket.writableLength > 0) {
      this.#socket.destroy();
    } else if (this.#exchange.isArriving) {
      this.#exchange.failed(408);
    } else {
      // The application's turn, which only harakiri limits.
      this.#socket.setTimeout(silenceMaxMs);
    }
  }

  /** Lets the client read the last answer, though it may still be sending. */
  lingerThenDestroy(): void {
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }
}
