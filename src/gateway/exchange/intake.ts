/**
 * The body of one request on its way in: collected before a worker is asked, or handed to the
 * worker while it arrives (`request-buffering = false`).
 */

import type { Cancel, Timers } from '../../base/clock.ts';
import type { Incoming } from '../client/incoming.ts';
import type { BodyReader, BodySource } from '../dispatch/port.ts';
import type { RequestHead } from '../request/variables.ts';
import type { SpoolProblem } from '../spool/problem.ts';
import type { Spool } from '../spool/spool.ts';
import type { BodyMemory } from './body-memory.ts';
import { BodyCollector } from './collected-body.ts';
import type { BodyLimits, BodyOutcome } from './collected-body.ts';

/** Tells whether a body would fit, and opens the files of large ones. */
export type IntakeSpool = Pick<Spool, 'ask' | 'open'>;

/** What it needs of the gateway. */
export interface IntakeHost {
  readonly bodyLimits: BodyLimits;
  readonly bodyMemory: BodyMemory;
  readonly clocks: Timers;
  readonly spool: IntakeSpool;
}

export interface IntakeParts {
  readonly body: Incoming;
  readonly head: RequestHead;
  readonly host: IntakeHost;
  /** Asks for the body, where the client waits to be asked. */
  readonly ask: () => void;
  /** The request can be given to a worker. */
  readonly complete: () => void;
  readonly refused: (status: 408 | 413) => void;
  /** It is too large for memory, and cannot wait in a file. */
  readonly notStored: (problem: SpoolProblem) => void;
}

export class Intake {
  readonly #parts: IntakeParts;
  #collector: BodyCollector | undefined;
  #streamed: StreamedBody | undefined;
  #isAbandoned = false;
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
    const { head, host, complete, refused, notStored } = this.#parts;
    const { bodyLimits: limits, bodyMemory, spool } = host;
    if (limits.limitBytes > 0 && head.contentLength > limits.limitBytes) return refused(413);
    if (limits.isStreamed) {
      this.source = this.#streamed = new StreamedBody(this.#parts);
      return complete();
    }
    const mayShare = head.contentLength <= Math.min(limits.sharedMaxBytes, bodyMemory.freeBytes);
    if (mayShare || head.contentLength <= limits.memoryMaxBytes) return this.#collect();
    // A client that waits to be asked need not send what would not fit.
    spool.ask(head.contentLength, (problem) => {
      if (this.#isAbandoned) return;
      if (problem !== undefined) notStored(problem);
      else this.#collect();
    });
  }

  /** The request is not wanted any more. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#collector?.abandon();
  }

  #collect(): void {
    this.#parts.ask();
    const { body, head, host } = this.#parts;
    const { bodyLimits: limits, bodyMemory: memory, clocks: timers, spool } = host;
    const parts = { body, limits, timers, spool, memory, lengthBytes: head.contentLength };
    this.#collector = new BodyCollector(parts, (outcome) => this.#collected(outcome));
  }

  #collected(outcome: BodyOutcome): void {
    const { head, complete, refused, notStored } = this.#parts;
    if (outcome.kind === 'refused') return refused(outcome.status);
    if (outcome.kind === 'not-stored') return notStored(outcome.problem);
    const { lengthBytes } = outcome;
    if (head.contentLength < 0) head.strings.push('CONTENT_LENGTH', String(lengthBytes));
    if (outcome.kind === 'waiting') this.source = outcome.source;
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
    const { body, ask, host, refused } = this.#parts;
    if (this.#isClosed) return;
    ask();
    const { timeoutMs } = host.bodyLimits;
    if (timeoutMs > 0) this.#cancelTimer = host.clocks.after(timeoutMs, () => refused(408));
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
    const { body, host, refused } = this.#parts;
    const { bodyLimits: limits } = host;
    this.#totalBytes += bytes.length;
    if (limits.limitBytes > 0 && this.#totalBytes > limits.limitBytes) return refused(413);
    body.pause();
    this.#isAwaited = false;
    // The bytes are only lent.
    reader.piece(Buffer.from(bytes), () => {
      if (this.#isClosed) return;
      this.#isAwaited = true;
      body.resume();
    });
  }
}
