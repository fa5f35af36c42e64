/**
 * A target that takes one message after the other, and may have no room for one: datagrams and the
 * journal. What it has no room for waits; a receiver that is not there is tried again.
 */
import type { Clocks } from '../../base/clock.ts';
import { LineQueue } from './line-queue.ts';
import { LossReport, lossNotice, untilDone, type LineTarget, type Reporter } from './target.ts';

/** `full`: there is no room now. `gone`: nobody takes messages there now. */
export type MessageOutcome = 'sent' | 'full' | 'gone';

export interface MessageOutlet {
  /** Takes a line with its newline, at once or not at all. */
  readonly send: (line: Buffer) => MessageOutcome;
  /** A part of a line is sent: what is sent next must be that line again. */
  readonly isHalfSent: () => boolean;
}

export interface MessageTargetParts {
  readonly name: string;
  readonly outlet: MessageOutlet;
  readonly reporter: Reporter;
  readonly clocks: Clocks;
}

const RETRY_MIN_MS = 1;
const RETRY_FULL_MAX_MS = 50;
const RETRY_GONE_MS = 500;
/** Sent in one turn of the loop; the pipe is read between. */
const TURN_MAX = 1_000;

export class MessageTarget implements LineTarget {
  readonly takesMany = false;
  readonly #parts: MessageTargetParts;
  readonly #queue = new LineQueue();
  readonly #loss: LossReport;
  #isWaiting = false;
  #retryMs = RETRY_MIN_MS;
  #why = 'it is too slow';

  constructor(parts: MessageTargetParts) {
    this.#parts = parts;
    this.#loss = new LossReport(parts.name, parts.reporter);
  }

  get dropped(): number {
    return this.#queue.dropped;
  }

  write(message: Buffer): void {
    if (!this.#queue.push(message)) this.#loss.lost(this.#why);
    if (!this.#isWaiting) this.#next();
  }

  reopen(): void {
    // There is no file.
  }

  rotate(): void {
    // There is no file.
  }

  flush(): Promise<void> {
    return untilDone(this.#parts.clocks, () => this.#queue.bytes === 0);
  }

  #next(): void {
    this.#isWaiting = false;
    for (let count = 0; count < TURN_MAX; count += 1) {
      const message = this.#queue.first();
      if (message === undefined) return;
      const outcome = this.#reportLoss() ?? this.#parts.outlet.send(message);
      if (outcome !== 'sent') return this.#retry(outcome);
      this.#queue.shift();
      this.#retryMs = RETRY_MIN_MS;
    }
    this.#waitFor(0);
  }

  /** Undefined where there is nothing to report, or it is. */
  #reportLoss(): 'full' | 'gone' | undefined {
    const lost = this.#queue.droppedUnreported;
    const { outlet } = this.#parts;
    if (lost === 0 || outlet.isHalfSent()) return undefined;
    const outcome = outlet.send(lossNotice(lost));
    if (outcome !== 'sent') return outcome;
    this.#queue.droppedUnreported = 0;
    this.#loss.over(lost);
    return undefined;
  }

  #retry(outcome: 'full' | 'gone'): void {
    this.#why = outcome === 'full' ? 'it is too slow' : 'nobody takes messages there';
    this.#waitFor(outcome === 'gone' ? RETRY_GONE_MS : this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_FULL_MAX_MS);
  }

  #waitFor(milliseconds: number): void {
    this.#isWaiting = true;
    this.#parts.clocks.after(milliseconds, () => this.#next());
  }
}
