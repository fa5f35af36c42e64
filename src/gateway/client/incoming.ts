/**
 * The body of one request as it comes from its client: handed on piece by piece while it is wanted,
 * left unread with the connection while it is not. Most requests have none.
 */

import { IncomingBody } from '../http/body.ts';

/** Takes a body piece by piece. */
export interface BodyTaker {
  /** The bytes are only lent: the next read of any connection goes where they are. */
  readonly piece: (bytes: Buffer) => void;
  /** The body is complete. */
  readonly end: () => void;
}

export class Incoming {
  readonly #body: IncomingBody;
  readonly #proceed: () => void;
  #taker: BodyTaker | undefined;
  #isFlowing = false;
  /** All of the body was handed on. */
  isComplete = false;

  /** `proceed` is called when more of the body is wanted. */
  constructor(lengthBytes: number | 'chunked', proceed: () => void) {
    this.#body = new IncomingBody(lengthBytes);
    this.#proceed = proceed;
  }

  /** Whether pieces may be handed on now. */
  get isFlowing(): boolean {
    return this.#isFlowing;
  }

  /** Why the body cannot be read; '' while all is well. */
  get problem(): string {
    return this.#body.problem;
  }

  /** Sets where the pieces go; without it they are dropped. */
  to(taker: BodyTaker): void {
    this.#taker = taker;
  }

  pause(): void {
    this.#isFlowing = false;
  }

  /** Lets pieces come. */
  resume(): void {
    if (this.#isFlowing) return;
    this.#isFlowing = true;
    process.nextTick(() => {
      if (this.#isFlowing) this.#proceed();
    });
  }

  /** Hands on what belongs to the body; returns the bytes behind it. */
  push(bytes: Buffer): Buffer {
    return this.#body.push(bytes, (piece) => this.#taker?.piece(piece));
  }

  /** Tells the taker if the body is complete; called after each push. */
  look(): void {
    if (this.isComplete || !this.#body.isComplete) return;
    this.isComplete = true;
    this.#taker?.end();
  }
}
