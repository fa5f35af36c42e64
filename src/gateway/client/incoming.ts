/**
 * A request as it comes from a client: its first line and fields, and its body while it arrives.
 *
 * What `node:http` has a stream for is a few events here: most requests have no body, and a stream
 * is the larger part of what such a request would cost.
 */

import { EventEmitter } from 'node:events';

interface MessageEvents {
  data: [piece: Buffer];
  /** The body is complete. */
  end: [];
  /** The client has gone before it was. */
  error: [error: Error];
}

/** What a request says before its body. */
export interface MessageHead {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** name, value, name, value … as sent. */
  readonly rawHeaders: readonly string[];
}

export class ClientMessage extends EventEmitter<MessageEvents> {
  readonly method: string;
  /** The target as sent. */
  readonly url: string;
  readonly httpVersion: '1.0' | '1.1';
  readonly rawHeaders: readonly string[];
  /** All of the body has come. */
  complete = false;
  #isFlowing = false;
  readonly #proceed: () => void;

  /** `proceed` is called when more of the body is wanted. */
  constructor(head: MessageHead, proceed: () => void) {
    super();
    this.method = head.method;
    this.url = head.target;
    this.httpVersion = head.version;
    this.rawHeaders = head.rawHeaders;
    this.#proceed = proceed;
  }

  /** Whether pieces of the body may be handed over now; else they stay with the connection. */
  get isFlowing(): boolean {
    return this.#isFlowing;
  }

  pause(): void {
    this.#isFlowing = false;
  }

  /** Lets pieces come: to whoever listens, or to nobody, and they are dropped. */
  resume(): void {
    if (this.#isFlowing) return;
    this.#isFlowing = true;
    process.nextTick(() => {
      if (this.#isFlowing) this.#proceed();
    });
  }

  /** The connection hands over a piece of the body. */
  take(piece: Buffer): void {
    this.emit('data', piece);
  }

  /** The connection has handed over all of it. */
  finish(): void {
    this.complete = true;
    this.emit('end');
  }

  /** The client has gone. */
  fail(error: Error): void {
    if (!this.complete && this.listenerCount('error') > 0) this.emit('error', error);
  }
}
