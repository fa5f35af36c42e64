/**
 * Since when no request has come, run or waited (pure): for `idle` with `die-on-idle`, and for the
 * memory that a load has needed, which is given back afterwards.
 *
 * Counts are looked at now and then, so that a request costs nothing for it. A connection without a
 * request is no activity: a front server keeps such ones for hours.
 */

/** Longer than a pause between two clicks of a busy site. */
const QUIET_MS = 5_000;
/** Less is not worth the collection, nor the page faults that follow. */
const GROWN_BYTES = 16 * 1024 * 1024;
/** A request now and then must not pay for it each time. */
const PAUSE_MS = 20_000;

export interface Activity {
  /** Requests that are open now, in whatever state. */
  readonly open: number;
  /** Requests answered so far. */
  readonly requests: number;
}

export class Idleness {
  readonly #limitMs: number;
  #requests = -1;
  #activeAtMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Whether nothing has been asked for as long as the limit. */
  look({ open, requests }: Activity, nowMs: number): boolean {
    if (open > 0 || requests !== this.#requests) {
      this.#requests = requests;
      this.#activeAtMs = nowMs;
      return false;
    }
    return nowMs - this.#activeAtMs >= this.#limitMs;
  }
}

export interface QuietMemoryParts {
  readonly residentBytes: () => number;
  readonly giveBack: () => void;
}

/**
 * Decides when a gateway that has grown under load gives the memory back: once nothing has been
 * asked for a while. It looks with each ping of the master.
 */
export class QuietMemory {
  readonly #parts: QuietMemoryParts;
  readonly #idleness = new Idleness(QUIET_MS);
  #levelBytes = 0;
  #notBeforeMs = -Infinity;

  constructor(parts: QuietMemoryParts) {
    this.#parts = parts;
  }

  /** Also at the first quiet moment after the start. */
  look(activity: Activity, nowMs: number): void {
    if (!this.#idleness.look(activity, nowMs) || nowMs < this.#notBeforeMs) return;
    const { residentBytes, giveBack } = this.#parts;
    if (residentBytes() - this.#levelBytes < GROWN_BYTES) return;
    giveBack();
    this.#levelBytes = residentBytes();
    this.#notBeforeMs = nowMs + PAUSE_MS;
  }
}
