/**
 * One client's connection: who it is, and its requests one after the other.
 *
 * A client may send its next request before it has the answer to the last. They are begun in
 * order, each when the one before is answered: side by side, the second could overtake the first.
 */

import type { Socket } from 'node:net';

import type { Exchange } from './exchange.ts';

/** Requests read ahead of their turn before the client is read no further. */
const AHEAD_MAX = 16;
const LINGER_MS = 2000;

export class ClientConnection {
  readonly #socket: Socket;
  /** '' for a unix socket. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
  #current: Exchange | undefined;
  readonly #ahead: Exchange[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    const address = socket.remoteAddress ?? '';
    // A listener for both families shows IPv4 clients in this form.
    this.address = address.startsWith('::ffff:') ? address.slice(7) : address;
    this.port = socket.remotePort ?? 0;
  }

  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** True for a connection that was opened ahead of need and never used. */
  get hasSaidNothing(): boolean {
    return this.#socket.bytesRead === 0;
  }

  /** Begins an exchange, or keeps it until its turn. */
  add(exchange: Exchange): void {
    if (this.#current === undefined) {
      this.#current = exchange;
      exchange.begin();
      return;
    }
    this.#ahead.push(exchange);
    if (this.#ahead.length >= AHEAD_MAX) this.#socket.pause();
  }

  /** An exchange has ended: the next one's turn. */
  ended(exchange: Exchange): void {
    if (this.#current !== exchange) {
      const at = this.#ahead.indexOf(exchange);
      if (at >= 0) this.#ahead.splice(at, 1);
      return;
    }
    this.#current = this.#ahead.shift();
    if (this.#ahead.length === AHEAD_MAX - 1 && this.#socket.isPaused()) this.#socket.resume();
    this.#current?.begin();
  }

  /** Nothing has moved for the time allowed: whose turn was it? */
  silent(silenceMaxMs: number): void {
    const exchange = this.#current;
    if (exchange === undefined) {
      // Node's own timers end a connection whose head does not come; this one is at rest.
      this.#socket.destroy();
    } else if (this.#socket.writableLength > 0) {
      this.#socket.destroy();
    } else if (exchange.isArriving) {
      exchange.page(408);
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
