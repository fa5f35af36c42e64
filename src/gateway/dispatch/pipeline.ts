/**
 * What one slot has been sent, in order: the request that it runs, and those sent ahead (pure).
 *
 * A request sent ahead is the worker's only once the worker has read its byte from the claim pipe.
 * Until then the gateway can take it back, by reading the byte itself. What was taken back keeps
 * its place until the worker reports that it skipped it: answers come in this order.
 */

interface Sent<Job> {
  readonly job: Job;
  /** Its byte was written and, as far as is known, not read. */
  isUnclaimed: boolean;
  isTakenBack: boolean;
}

/** How much of a pipeline is counted where all of them are: busy-slots.ts. */
export interface Counted {
  length: number;
  ahead: number;
  running: number;
}

/** What becomes of a pipeline whose slot is no more, oldest first. */
export interface Ended<Job> {
  readonly begun: readonly Job[];
  readonly unbegun: readonly Job[];
}

export class Pipeline<Job> {
  #sent: Sent<Job>[] = [];
  /** When its first request became the first, in ms on the monotonic clock. */
  startedAtMs = 0;
  readonly counted: Counted = { length: 0, ahead: 0, running: 0 };

  /** With those that were taken back, until they are skipped. */
  get length(): number {
    return this.#sent.length;
  }

  /** The request that runs or is about to; undefined where none does, or a skip is awaited. */
  get current(): Job | undefined {
    const first = this.#sent[0];
    return first === undefined || first.isTakenBack ? undefined : first.job;
  }

  get isRunning(): boolean {
    return this.#sent[0]?.isTakenBack === false;
  }

  /** The last that was not taken back. */
  get last(): Job | undefined {
    const last = this.#sent[this.#sent.length - 1];
    if (last?.isTakenBack === false) return last.job;
    return this.#sent.findLast((sent) => !sent.isTakenBack)?.job;
  }

  /** A request that was taken back has not been skipped yet. */
  get awaitsSkip(): boolean {
    return this.#sent[this.#sent.length - 1]?.isTakenBack ?? false;
  }

  /** A request may be here that the worker has not begun, and that can be taken back. */
  get hasUnclaimed(): boolean {
    const last = this.#sent.at(-1);
    return last !== undefined && last.isUnclaimed;
  }

  /** How many wait behind the current one. */
  get ahead(): number {
    // Nothing is sent behind what awaits its skip: so none was taken back where the last was not.
    if (!this.awaitsSkip) return Math.max(0, this.#sent.length - 1);
    const live = this.#sent.reduce((sum, sent) => (sent.isTakenBack ? sum : sum + 1), 0);
    return this.current === undefined ? live : live - 1;
  }

  /** Adds a request: to an empty pipeline it needs no byte, behind another it has one. */
  add(job: Job, nowMs: number): void {
    if (this.#sent.length === 0) this.startedAtMs = nowMs;
    this.#sent.push({ job, isUnclaimed: this.#sent.length > 0, isTakenBack: false });
  }

  /** The first has been answered, or skipped; the next one is the first from now on. */
  shift(nowMs: number): void {
    this.#sent.shift();
    this.startedAtMs = nowMs;
  }

  /** `count` bytes were read back: returns the requests that they stood for, oldest first. */
  takeBack(count: number): Job[] {
    const jobs: Job[] = [];
    for (let at = this.#sent.length - 1; at >= 0; at -= 1) {
      const sent = this.#sent[at];
      if (sent === undefined || !sent.isUnclaimed) break;
      // All bytes were read at once, so the worker had claimed those for which none was left.
      sent.isUnclaimed = false;
      if (jobs.length >= count) continue;
      sent.isTakenBack = true;
      jobs.push(sent.job);
    }
    return jobs.reverse();
  }

  /** The slot is no more; `count` bytes were still in its pipe. */
  close(count: number): Ended<Job> {
    const unbegun = this.takeBack(count);
    const begun = this.#sent.filter((sent) => !sent.isTakenBack).map((sent) => sent.job);
    this.#sent = [];
    return { begun, unbegun };
  }
}
