/**
 * PURE. Whether C code holds the interpreter, from what the kernel shows of each thread.
 *
 * A thread that waits for the interpreter wakes every 5 ms and asks for it. One that runs Python
 * gives it away then; C code does not.
 */
import type { Activity } from './system-threads.ts';

/** What a thread has done since Python was asked. */
export interface Movement {
  readonly processorMs: number;
  readonly turns: number;
}

/** For so long a thread computes before it is taken for one in C code: on a processor, in ms. */
const HOLDS_MIN_MS = 30;
/** So often one that waits for the interpreter has woken in that time. */
const WAITING_TURNS_MIN = 10;
/** The same, where it is seen for a second. */
const ASLEEP_TURNS_MIN = 50;
/** What others use at most, of what the holder uses, to wake and wait again. */
const OTHERS_MAX_SHARE = 0.3;

/** Whether a thread has run in between; it is not known where the kernel does not tell. */
export function isMoving(before: Activity | undefined, after: Activity | undefined): boolean {
  if (before === undefined || after === undefined) return true;
  return before.processorNs !== after.processorNs || before.turns !== after.turns;
}

/**
 * Whether C code holds the interpreter, so that no thread runs Python. `movements`: since the main
 * thread was asked for an answer in Python, which has not come.
 */
export function isHeld(main: number, movements: ReadonlyMap<number, Movement>): boolean {
  const [holder, ...others] = [...movements].toSorted(
    ([, one], [, other]) => other.processorMs - one.processorMs,
  );
  if (holder === undefined) return false;
  const [id, { processorMs }] = holder;
  const mostMs = processorMs * OTHERS_MAX_SHARE;
  if (processorMs >= HOLDS_MIN_MS && others.every(([, other]) => other.processorMs <= mostMs)) {
    // The main thread would have answered as soon as it ran Python.
    return id === main || (movements.get(main)?.turns ?? 0) >= WAITING_TURNS_MIN;
  }
  return false;
}

/**
 * Whether C code holds the interpreter and waits: `movements` of a time in which Python would have
 * answered, and some thread has woken again and again, while none has computed.
 */
export function isHeldAsleep(movements: ReadonlyMap<number, Movement>): boolean {
  const all = [...movements.values()];
  return (
    all.some(({ turns }) => turns >= ASLEEP_TURNS_MIN) &&
    all.every(({ processorMs }) => processorMs < HOLDS_MIN_MS)
  );
}
