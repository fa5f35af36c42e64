/**
 * How long requests run in their workers (pure): one request against its limit; the requests of an
 * application, for sending ahead; and whether they wait for anything meanwhile.
 */

/** The part that the newest request has in a mean. */
const NEWEST_PART = 1 / 16;
/** Up to here a request is short: those sent ahead wait less than the time to take them back. */
const SHORT_MICROS = 2000;
const LONGEST_MICROS = 50_000;
/** How long a request may have to wait behind those that were sent ahead before it. */
const PIPELINE_MICROS = 4000;
/** Where more than this part of the requests wait, the other threads are of use. */
const WAITING_MAX = 0.25;
/** After so many requests without a report of whether they waited, none is expected. */
const UNSAID_MAX = 256;

/**
 * How long a request has run, without the time for which a client that takes its answer slowly held
 * the worker back: harakiri is for applications and not for clients.
 */
export class RunTime {
  #startedAtMs = 0;
  #heldAtMs: number | undefined;
  #heldMs = 0;

  /** A request starts, and nothing holds it back. */
  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#heldAtMs = undefined;
    this.#heldMs = 0;
  }

  get isHeld(): boolean {
    return this.#heldAtMs !== undefined;
  }

  /** The client begins to hold it back. */
  hold(nowMs: number): void {
    this.#heldAtMs ??= nowMs;
  }

  /** It goes on. */
  goOn(nowMs: number): void {
    if (this.#heldAtMs === undefined) return;
    this.#heldMs += nowMs - this.#heldAtMs;
    this.#heldAtMs = undefined;
  }

  ranMs(nowMs: number): number {
    return (this.#heldAtMs ?? nowMs) - this.#startedAtMs - this.#heldMs;
  }

  /** How long ago it was started, whatever held it back. */
  sinceStartMs(nowMs: number): number {
    return nowMs - this.#startedAtMs;
  }
}

/**
 * How long the requests of each application take: sending ahead is for short ones.
 *
 * A mean in which later requests count more. A long one counts for so much and no more, so that a
 * single slow page among thousands of quick ones is soon forgotten.
 */
export class ServiceTimes {
  /** By application number. */
  readonly #meanMicros: number[] = [];

  /** A request of the application took so long. */
  observe(application: number, micros: number): void {
    const counted = Math.min(micros, LONGEST_MICROS);
    const mean = this.#meanMicros[application];
    this.#meanMicros[application] =
      mean === undefined ? counted : mean + (counted - mean) * NEWEST_PART;
  }

  /**
   * How many of its requests may be in one pipeline: few where they are longer, none
   * where they are not short, or not known yet.
   */
  aheadOf(application: number): number {
    const mean = this.#meanMicros[application] ?? Infinity;
    return mean > SHORT_MICROS ? 0 : Math.floor(PIPELINE_MICROS / Math.max(mean, 1));
  }
}

/**
 * Whether the requests of each application keep their thread running from beginning to end.
 *
 * Threads of one worker share the interpreter's lock. Where requests wait for a database or another
 * server, the other thread runs meanwhile; where they only compute, two threads take the lock from
 * each other, and one does more alone. The worker reports for some requests whether the thread had
 * to wait; not for one that shared its worker, as it may have waited for the lock.
 */
export class ThreadUse {
  /** By application number: the part of its requests that wait. */
  readonly #waiting: number[] = [];
  readonly #unsaid: number[] = [];

  /** A request has ended; `hasWaited` is undefined where that is not known. */
  observe(application: number, hasWaited: boolean | undefined): void {
    if (hasWaited === undefined) {
      this.#unsaid[application] = (this.#unsaid[application] ?? 0) + 1;
      return;
    }
    const waiting = this.#waiting[application] ?? 0;
    this.#waiting[application] = waiting + (Number(hasWaited) - waiting) * NEWEST_PART;
  }

  /** Whether they only compute; of one that is not known yet it is assumed, to find out. */
  neverWaits(application: number): boolean {
    const waiting = this.#waiting[application];
    if (waiting === undefined) return (this.#unsaid[application] ?? 0) < UNSAID_MAX;
    return waiting <= WAITING_MAX;
  }
}
