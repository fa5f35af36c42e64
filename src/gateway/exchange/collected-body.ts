/**
 * Collects a request's body before the application is called: a slow upload holds no worker.
 *
 * Small bodies stay in memory; larger ones too, as long as there is some that all share. The rest
 * goes to a file without a name, at the disk's pace.
 */

import type { Cancel, Timers } from '../../base/clock.ts';
import type { Incoming } from '../client/incoming.ts';
import type { SpoolProblem } from '../spool/problem.ts';
import type { Spool } from '../spool/spool.ts';
import { SpooledBody } from '../spool/spooled-body.ts';
import type { BodyMemory } from './body-memory.ts';
import { BodyStage } from './body-stage.ts';
import { WaitingBody } from './waiting-body.ts';

export interface BodyLimits {
  /** Bytes of each body that are kept in memory. */
  readonly memoryMaxBytes: number;
  /** Bytes of one larger body that may wait in the memory that all share; more goes to a file. */
  readonly sharedMaxBytes: number;
  /** Bytes accepted at all; 0 = without limit. */
  readonly limitBytes: number;
  /** ms that all of it may take; 0 = any time. */
  readonly timeoutMs: number;
  /** It goes to the worker while it arrives. */
  readonly isStreamed: boolean;
}

export type BodyOutcome =
  | { readonly kind: 'memory'; readonly bytes: Buffer; readonly lengthBytes: number }
  | { readonly kind: 'waiting'; readonly source: WaitingBody; readonly lengthBytes: number }
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
  readonly memory: BodyMemory;
  /** -1: unknown. */
  readonly lengthBytes: number;
}

export class BodyCollector {
  readonly #body: Incoming;
  readonly #limits: BodyLimits;
  readonly #spool: CollectorParts['spool'];
  readonly #done: (outcome: BodyOutcome) => void;
  readonly #memory: BodyMemory;
  /** Only of a large body. */
  #waiting: WaitingBody | undefined;
  readonly #stage: BodyStage;
  /** Of a small body. */
  #pieces: Buffer[] = [];
  #totalBytes = 0;
  #isWriting = false;
  #hasEnded = false;
  #isOver = false;
  #cancelTimer: Cancel | undefined;

  /** Reads the body; `done` is called once, unless `abandon` comes first. */
  constructor(parts: CollectorParts, done: (outcome: BodyOutcome) => void) {
    const { body, limits, timers, spool, memory, lengthBytes } = parts;
    this.#body = body;
    this.#limits = limits;
    this.#spool = spool;
    this.#memory = memory;
    this.#stage = new BodyStage(memory);
    this.#done = done;
    if (lengthBytes > limits.memoryMaxBytes) this.#waiting = this.#waitingBody(lengthBytes);
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
    this.#stage.close(this.#isWriting ? 'writing' : 'unused');
    this.#waiting?.close();
  }

  /** One that would not fit into memory as a whole goes to a file from its first byte on. */
  #waitingBody(lengthBytes: number): WaitingBody {
    const { sharedMaxBytes } = this.#limits;
    return new WaitingBody(this.#memory, lengthBytes > sharedMaxBytes ? 0 : sharedMaxBytes);
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
    if (this.#waiting === undefined && this.#totalBytes > this.#limits.memoryMaxBytes) {
      this.#waiting = this.#waitingBody(this.#totalBytes);
      for (const each of this.#pieces.splice(0)) this.#stage.add(this.#waiting.append(each));
    }
    // The bytes are only lent.
    if (this.#waiting === undefined) this.#pieces.push(Buffer.from(piece));
    else this.#stage.add(this.#waiting.append(piece));
    this.#proceed();
  }

  #proceed(): void {
    if (this.#isOver || this.#isWriting) return;
    const source = this.#waiting;
    const isDue = this.#stage.isDue || (this.#hasEnded && !this.#stage.isEmpty);
    if (source !== undefined && isDue) return this.#store(source);
    if (!this.#hasEnded) return;
    const lengthBytes = this.#totalBytes;
    if (source !== undefined) this.#finish({ kind: 'waiting', source, lengthBytes });
    else this.#finish({ kind: 'memory', bytes: Buffer.concat(this.#pieces), lengthBytes });
  }

  #finish(outcome: BodyOutcome): void {
    this.#isOver = true;
    this.#pieces = [];
    this.#stage.close('unused');
    this.#cancelTimer?.();
    this.#done(outcome);
  }

  /** Writes what is held to the file; the client waits meanwhile. */
  #store(waiting: WaitingBody): void {
    this.#isWriting = true;
    this.#body.pause();
    if (waiting.file === undefined) {
      this.#spool.open('body', this.#stage.bytes.length, (problem, file) => {
        if (this.#isOver) return file?.close();
        if (file === undefined) return this.#notStored(problem);
        waiting.file = new SpooledBody(file);
        this.#append(waiting.file);
      });
    } else {
      this.#append(waiting.file);
    }
  }

  #append(file: SpooledBody): void {
    file.append(this.#stage.bytes, (problem) => {
      if (problem !== null) return this.#notStored(problem);
      this.#isWriting = false;
      if (this.#isOver) return;
      this.#stage.written();
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
