/** What a logger's target is for the streams, and how it reports what it cannot do. */

import type { Timers } from '../../base/clock.ts';

export interface LineTarget {
  /** Whole lines at once; else each message by itself. */
  readonly takesMany: boolean;
  /** Lines that were lost so far. */
  readonly dropped: number;
  /** Takes lines, each with its newline. Never waits, never throws. */
  write(lines: Buffer): void;
  /** Opens its file again. */
  reopen(): void;
  /** Renames its file, and begins a new one. */
  rotate(): void;
  /** Resolves when all that waits is written, or after a second without progress. */
  flush(): Promise<void>;
}

export interface Reporter {
  /** Something that an operator must know; `sentence` begins with the name of the target. */
  problem(sentence: string): void;
  rotated(file: string, backup: string, bytes: number): void;
}

const FLUSH_MAX_MS = 1_000;
const LOOK_MS = 10;

/** Waits until `isDone`, for a second at most. */
export async function untilDone({ after }: Timers, isDone: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isDone() && waitedMs < FLUSH_MAX_MS; waitedMs += LOOK_MS) {
    await new Promise<void>((resolve) => {
      after(LOOK_MS, resolve);
    });
  }
}

/** Reports that lines are being lost: once, and again when lines are taken again. */
export class LossReport {
  readonly #name: string;
  readonly #reporter: Reporter;
  #isLosing = false;

  constructor(name: string, reporter: Reporter) {
    this.#name = name;
    this.#reporter = reporter;
  }

  lost(reason: string): void {
    if (this.#isLosing) return;
    this.#isLosing = true;
    this.#reporter.problem(
      `the logger ${this.#name} takes no lines (${reason}): they are dropped and counted until it does`,
    );
  }

  /** `count` lines were lost before this moment. */
  over(count: number): void {
    if (!this.#isLosing) return;
    this.#isLosing = false;
    this.#reporter.problem(`the logger ${this.#name} takes lines again; ${count} were lost`);
  }
}

/** The line that stands where lines are missing. */
export function lossNotice(count: number): Buffer {
  return Buffer.from(`reeve: ${count} log lines before this one could not be written\n`);
}
