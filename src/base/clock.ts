/**
 * Time as the master sees it: a monotonic now, and one alarm.
 *
 * There is one alarm because there is one deadline: the supervisor says when it wants to be asked
 * again, and a stale timer cannot exist.
 */

export interface Clock {
  /** Milliseconds since some fixed moment; never goes back, whatever happens to the date. */
  readonly now: () => number;
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
