/**
 * One client's connection: who it is, and its requests one after the other.
 *
 * A client may send its next request before it has the answer to the last. They are begun in
 * order, each when the one before is answered: side by side, the second could overtake the first.
 */

import type { Socket } from 'node:net';

import type { ErrorStatus } from './error-pages.ts';
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
  /** Bytes have come that cannot be read; whatever follows means nothing. */
  isBroken = false;
  readonly #ahead: Exchange[] = [];
  /** What is sent when all that came before has been answered; the connection then ends. */
  #lastWords: string | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const address = socket.remoteAddress ?? '';
    // A listener for both families shows IPv4 clients in this form.
    this.address = address.startsWith('::ffff:') ? address.slice(7) : address;
    this.port = socket.remotePort ?? 0;
  }

  /** True in the middle of a request's body. */
  get isSending(): boolean {
    return (this.#ahead.at(-1) ?? this.#current)?.request.complete === false;
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
    if (this.#current !== undefined) this.#current.begin();
    else if (this.#lastWords !== undefined) this.#end(this.#lastWords);
  }

  /**
   * What comes next cannot be read: where it is the body of a request, that one is answered so,
   * else `answer` is sent behind the answers to all that came before.
   */
  broken(status: ErrorStatus, answer: string): void {
    this.isBroken = true;
    const last = this.#ahead.at(-1) ?? this.#current;
    if (last === undefined) return this.#end(answer);
    if (!this.isSending) this.#lastWords ??= answer;
    else if (last === this.#current) last.failed(status);
    else last.brokenWith = status;
  }

  #end(answer: string): void {
    this.#socket.end(answer);
    this.lingerThenDestroy();
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
      exchange.failed(408);
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
