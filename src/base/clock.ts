/**
 * The clock of this process: with one alarm for the master's loop, with timers for everything else.
 *
 * The master has one alarm because there is one deadline: the supervisor says when it wants to be
 * asked again, and a stale timer cannot exist. In the gateway many things wait by themselves.
 *
 * Only time in which this process ran counts. While a machine is suspended, a container frozen or a
 * process stopped, requests, imports and clients get no further, and what they wrote just before
 * is unread: with the time that has passed meanwhile, all limits would be over at once.
 */

export interface MonotonicClock {
  /**
   * Milliseconds since some fixed moment; never goes back, whatever happens to the date, and does
   * not count the time in which this process did not run.
   */
  readonly now: () => number;
}

export interface Clock extends MonotonicClock {
  /** Rings once at or soon after `atMs`, in place of an earlier alarm; undefined: not at all. */
  readonly setAlarm: (atMs: number | undefined, ring: () => void) => void;
}

/** A timer of Node's rings at once when asked to wait longer than 2^31 ms. */
const TIMER_MAX_MS = 2_147_483_647;

/** How often the clock is looked at, so that a gap is seen. */
const LOOK_MS = 1_000;
/** A longer time without a look is a gap: on a busy machine a look may be late. */
const GAP_MIN_MS = 2 * LOOK_MS;
/** A timer of Node's may ring a little early. */
const EARLY_MAX_MS = 1;

/** Time without gaps; `elapsed` is the machine's clock, in ms. It must be looked at regularly. */
export class RunningTime {
  readonly #elapsed: () => number;
  #seenAtMs: number;
  #sleptMs = 0;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
    this.#seenAtMs = elapsed();
  }

  readonly now = (): number => {
    const elapsedMs = this.#elapsed();
    const unseenMs = elapsedMs - this.#seenAtMs;
    this.#seenAtMs = elapsedMs;
    // It may have run until the look that did not come.
    if (unseenMs > GAP_MIN_MS) this.#sleptMs += unseenMs - LOOK_MS;
    return elapsedMs - this.#sleptMs;
  };

  /** The length of all gaps. */
  readonly sleptMs = (): number => this.#sleptMs;
}

let running: RunningTime | undefined;

/** That of this process, on CLOCK_MONOTONIC. */
function runningTime(): RunningTime {
  if (running === undefined) {
    running = new RunningTime(performance.now.bind(performance));
    setInterval(running.now, LOOK_MS).unref();
  }
  return running;
}

/** The clock of this process. */
export function createClock(): Clock {
  let timer: NodeJS.Timeout | undefined;
  const { now } = runningTime();

  const setAlarm = (atMs: number | undefined, ring: () => void): void => {
    clearTimeout(timer);
    timer = undefined;
    if (atMs === undefined) return;
    const waitMs = Math.min(Math.max(Math.ceil(atMs - now()), 0), TIMER_MAX_MS);
    // A timer may ring up to a millisecond early, and a very long one is waited for in parts.
    timer = setTimeout(() => (now() < atMs ? setAlarm(atMs, ring) : ring()), waitMs);
  };
  return { now, setAlarm };
}

/** Cancels what waits; nothing happens where it has happened already. */
export type Cancel = () => void;

export interface Timers extends MonotonicClock {
  /** Calls `due` once, after so many ms. */
  readonly after: (waitMs: number, due: () => void) => Cancel;
  /** Calls `due` again and again, with so many ms between two calls. */
  readonly every: (everyMs: number, due: () => void) => Cancel;
  /** Calls `due` once, when all that has come in until now was read. */
  readonly afterInput: (due: () => void) => void;
  /** For how long this process has not run, in all: what `now` leaves out. */
  readonly sleptMs: () => number;
}

/** The timers of this process. They keep it alive. */
export function createTimers(): Timers {
  const { now, sleptMs } = runningTime();
  return {
    now,
    sleptMs,
    after: (waitMs, due) => {
      const atMs = now() + waitMs;
      const ring = (): void => {
        const leftMs = atMs - now();
        if (leftMs > EARLY_MAX_MS) timer = setNodeTimer(leftMs, ring);
        else due();
      };
      let timer = setNodeTimer(waitMs, ring);
      return () => clearTimeout(timer);
    },
    every: (everyMs, due) => {
      const timer = setInterval(due, everyMs);
      return () => clearInterval(timer);
    },
    afterInput: (due) => void setImmediate(due),
  };
}

function setNodeTimer(waitMs: number, ring: () => void): NodeJS.Timeout {
  return setTimeout(ring, Math.min(Math.ceil(waitMs), TIMER_MAX_MS));
}

/** Timers, and the date. */
export interface Clocks extends Timers {
  /** ms since 1970, for what people and other machines read. */
  readonly dateMs: () => number;
}

export function createClocks(): Clocks {
  return { ...createTimers(), dateMs: Date.now };
}
