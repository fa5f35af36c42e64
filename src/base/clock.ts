/**
 * The monotonic clock: with one alarm for the master's loop, with timers for everything else.
 *
 * The master has one alarm because there is one deadline: the supervisor says when it wants to be
 * asked again, and a stale timer cannot exist. In the gateway many things wait by themselves.
 */

export interface MonotonicClock {
  /** Milliseconds since some fixed moment; never goes back, whatever happens to the date. */
  readonly now: () => number;
}

export interface Clock extends MonotonicClock {
  /** Rings once at or soon after `atMs`, in place of an earlier alarm; undefined: not at all. */
  readonly setAlarm: (atMs: number | undefined, ring: () => void) => void;
}

/** A timer of Node's rings at once when asked to wait longer than 2^31 ms. */
const TIMER_MAX_MS = 2_147_483_647;

/** The clock of the machine (CLOCK_MONOTONIC). */
export function createClock(): Clock {
  let timer: NodeJS.Timeout | undefined;
  const now = (): number => performance.now();

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
}

/** The timers of the machine (CLOCK_MONOTONIC). They keep the process alive. */
export function createTimers(): Timers {
  return {
    now: performance.now.bind(performance),
    after: (waitMs, due) => {
      const timer = setTimeout(due, Math.min(Math.ceil(waitMs), TIMER_MAX_MS));
      return () => clearTimeout(timer);
    },
    every: (everyMs, due) => {
      const timer = setInterval(due, everyMs);
      return () => clearInterval(timer);
    },
    afterInput: (due) => void setImmediate(due),
  };
}

/** Timers, and the date. */
export interface Clocks extends Timers {
  /** ms since 1970, for what people and other machines read. */
  readonly dateMs: () => number;
}

export function createClocks(): Clocks {
  return { ...createTimers(), dateMs: Date.now };
}
