/**
 * The body of one request on its way in: collected before a worker is asked, or handed to the
 * worker while it arrives (`request-buffering = false`).
 */

import type { Cancel, Timers } from '../../base/clock.ts';
import type { Incoming } from '../client/incoming.ts';
import type { BodyReader, BodySource } from '../dispatch/port.ts';
import type { RequestHead } from '../request/variables.ts';
import { BodyCollector } from './collected-body.ts';
import type { BodyLimits, BodyOutcome } from './collected-body.ts';

export interface IntakeParts {
  readonly body: Incoming;
  readonly head: RequestHead;
  readonly limits: BodyLimits;
  readonly timers: Timers;
  /** Asks for the body, where the client waits to be asked. */
  readonly ask: () => void;
  /** The request can be given to a worker. */
  readonly complete: () => void;
  /** `problem` is what the operator should know; '' where the client alone is to blame. */
  readonly refused: (status: 408 | 413 | 500, problem: string) => void;
}

export class Intake {
  readonly #parts: IntakeParts;
  #collector: BodyCollector | undefined;
  #streamed: StreamedBody | undefined;
  /** All of a small body. */
  memory: Buffer | undefined;
  /** A large one, or one that is still coming. */
  source: BodySource | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  get isStreamed(): boolean {
    return this.#streamed !== undefined;
  }

  /** A worker waits for more of the body: it is the client's turn. */
  get isAwaited(): boolean {
    return this.#streamed?.isAwaited === true;
  }

  /** Begins to read the body, or only to hold it ready. */
  begin(): void {
    const { head, limits, ask, complete, refused } = this.#parts;
    if (limits.limitBytes > 0 && head.contentLength > limits.limitBytes) return refused(413, '');
    if (limits.isStreamed) {
      this.source = this.#streamed = new StreamedBody(this.#parts);
      return complete();
    }
    ask();
    this.#collector = new BodyCollector(this.#parts, (outcome) => this.#collected(outcome));
  }

  /** The request is not wanted any more. */
  abandon(): void {
    this.#collector?.abandon();
  }

  #collected(outcome: BodyOutcome): void {
    const { head, complete, refused } = this.#parts;
    if (outcome.kind === 'refused') return refused(outcome.status, outcome.problem);
    const { lengthBytes } = outcome;
    if (head.contentLength < 0) head.strings.push('CONTENT_LENGTH', String(lengthBytes));
    if (outcome.kind === 'spooled') this.source = outcome.file;
    else if (lengthBytes > 0) this.memory = outcome.bytes;
    complete();
  }
}

/**
 * A body that goes to the worker while it arrives. The client is read no faster than the worker
 * takes the bytes, and not at all while the request waits for one.
 */
class StreamedBody implements BodySource {
  readonly #parts: IntakeParts;
  #totalBytes = 0;
  #isClosed = false;
  #isAwaited = false;
  #cancelTimer: Cancel | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** The worker has taken all that has come: it is the client's turn. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  read(reader: BodyReader): void {
    const { body, ask, limits, timers, refused } = this.#parts;
    if (this.#isClosed) return;
    ask();
    const { timeoutMs } = limits;
    if (timeoutMs > 0) this.#cancelTimer = timers.after(timeoutMs, () => refused(408, ''));
    this.#isAwaited = true;
    body.to({
      piece: (bytes) => this.#take(bytes, reader),
      end: () => {
        if (this.#isClosed) return;
        this.#finish();
        reader.end(null);
      },
    });
    body.resume();
  }

  /** What still comes is dropped, so that the client can read its answer. */
  close(): void {
    if (this.#isClosed) return;
    this.#finish();
    this.#parts.body.resume();
  }

  #finish(): void {
    this.#isClosed = true;
    this.#isAwaited = false;
    this.#cancelTimer?.();
  }

  #take(bytes: Buffer, reader: BodyReader): void {
    if (this.#isClosed) return;
    const { body, limits, refused } = this.#parts;
    this.#totalBytes += bytes.length;
    if (limits.limitBytes > 0 && this.#totalBytes > limits.limitBytes) return refused(413, '');
    body.pause();
    this.#isAwaited = false;
    reader.piece(bytes, () => {
      if (this.#isClosed) return;
      this.#isAwaited = true;
      body.resume();
    });
  }
}
