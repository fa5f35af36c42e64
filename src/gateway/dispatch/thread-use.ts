/**
 * Whether the requests of each application keep their thread running from beginning to end (pure).
 *
 * Threads of one worker share the interpreter's lock. Where requests wait for a database or another
 * server, the other thread runs meanwhile; where they only compute, two threads take the lock from
 * each other, and one does more alone. The worker says of some requests whether the thread had to
 * wait; one that shared its worker says nothing, as it may have waited for the lock.
 */

/** The part that the newest request has in the mean. */
const NEWEST_PART = 1 / 16;
/** Where more than this part of the requests wait, the other threads are of use. */
const WAITING_MAX = 0.25;
/** After so many requests of which none says whether it waited, none ever will. */
const UNSAID_MAX = 256;

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
