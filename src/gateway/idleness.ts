/**
 * For `idle` with `die-on-idle`: since when no request has come, run or waited.
 *
 * It looks at counts now and then, so that a request costs nothing for it. A connection without a
 * request is no activity: a front server keeps such ones for hours.
 */

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
