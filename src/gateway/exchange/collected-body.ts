/**
 * Collects a request's body before the application is called: a slow upload holds no worker.
 *
 * Small bodies stay in memory; a larger one goes to a file without a name, at the disk's pace.
 */

import type { Cancel, Timers } from '../../base/clock.ts';
import type { Incoming } from '../client/incoming.ts';
import type { SpoolProblem } from '../spool/problem.ts';
import type { Spool } from '../spool/spool.ts';
import { SpooledBody } from '../spool/spooled-body.ts';

export interface BodyLimits {
  /** Bytes kept in memory; more goes to a file. */
  readonly memoryMaxBytes: number;
  /** Bytes accepted at all; 0 = without limit. */
  readonly limitBytes: number;
  /** ms that all of it may take; 0 = any time. */
  readonly timeoutMs: number;
  /** It goes to the worker while it arrives. */
  readonly isStreamed: boolean;
}

export type BodyOutcome =
  | { readonly kind: 'memory'; readonly bytes: Buffer; readonly lengthBytes: number }
  | { readonly kind: 'spooled'; readonly file: SpooledBody; readonly lengthBytes: number }
  /** The client alone is to blame. */
  | { readonly kind: 'refused'; readonly status: 408 | 413 }
  | { readonly kind: 'not-stored'; readonly problem: SpoolProblem };

const tooLarge: BodyOutcome = { kind: 'refused', status: 413 };
const tooSlow: BodyOutcome = { kind: 'refused', status: 408 };

export interface CollectorParts {
  readonly body: Incoming;
  readonly limits: BodyLimits;
  readonly timers: Timers;
  readonly spool: Pick<Spool, 'open'>;
}

export class BodyCollector {
  readonly #body: Incoming;
  readonly #limits: BodyLimits;
  readonly #spool: CollectorParts['spool'];
  readonly #done: (outcome: BodyOutcome) => void;
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  #totalBytes = 0;
  #file: SpooledBody | undefined;
  #isWriting = false;
  #hasEnded = false;
  #isOver = false;
  #cancelTimer: Cancel | undefined;

  /** Reads the body; `done` is called once, unless `abandon` comes first. */
  constructor(parts: CollectorParts, done: (outcome: BodyOutcome) => void) {
    const { body, limits, timers, spool } = parts;
    this.#body = body;
    this.#limits = limits;
    this.#spool = spool;
    this.#done = done;
    body.to({
      piece: (bytes) => this.#take(bytes),
      end: () => {
        this.#hasEnded = true;
        this.#proceed();
      },
    });
    const { timeoutMs } = limits;
    if (timeoutMs > 0) {
      this.#cancelTimer = timers.after(timeoutMs, () => this.#refuse(tooSlow));
    }
    body.resume();
  }

  /** The request is not wanted any more. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pieces = [];
    this.#cancelTimer?.();
    this.#file?.close();
  }

  #refuse(outcome: BodyOutcome): void {
    this.abandon();
    this.#done(outcome);
  }

  #take(piece: Buffer): void {
    if (this.#isOver) return;
    this.#totalBytes += piece.length;
    const { limitBytes } = this.#limits;
    if (limitBytes > 0 && this.#totalBytes > limitBytes) {
      return this.#refuse(tooLarge);
    }
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
    this.#proceed();
  }

  #proceed(): void {
    if (this.#isOver || this.#isWriting) return;
    const isSmall = this.#file === undefined && this.#heldBytes <= this.#limits.memoryMaxBytes;
    if (isSmall && !this.#hasEnded) return;
    if (isSmall) {
      const bytes = Buffer.concat(this.#pieces);
      return this.#finish({ kind: 'memory', bytes, lengthBytes: bytes.length });
    }
    if (this.#heldBytes > 0) return this.#store();
    if (this.#hasEnded && this.#file !== undefined) {
      this.#finish({ kind: 'spooled', file: this.#file, lengthBytes: this.#totalBytes });
    }
  }

  #finish(outcome: BodyOutcome): void {
    this.#isOver = true;
    this.#pieces = [];
    this.#cancelTimer?.();
    this.#done(outcome);
  }

  /** Writes what is held to the file; the client waits meanwhile. */
  #store(): void {
    this.#isWriting = true;
    this.#body.pause();
    if (this.#file === undefined) {
      this.#spool.open('body', this.#heldBytes, (problem, file) => {
        if (this.#isOver) return file?.close();
        if (file === undefined) return this.#notStored(problem);
        this.#file = new SpooledBody(file);
        this.#append(this.#file);
      });
    } else {
      this.#append(this.#file);
    }
  }

  #append(file: SpooledBody): void {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#heldBytes = 0;
    file.append(bytes, (problem) => {
      if (problem !== null) return this.#notStored(problem);
      this.#isWriting = false;
      if (this.#isOver) return;
      this.#body.resume();
      this.#proceed();
    });
  }

  #notStored(problem: SpoolProblem | null): void {
    if (this.#isOver) return;
    if (problem === null) throw new Error('there is neither a file nor a reason why not');
    this.#body.resume();
    this.#refuse({ kind: 'not-stored', problem });
  }
}
