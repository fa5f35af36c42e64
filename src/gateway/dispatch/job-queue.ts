/**
 * Requests that wait, oldest first (pure).
 *
 * A client can go at any time, and what was taken back from a slot finds its old place again:
 * neither may cost a look at all that wait, or ten thousand clients that give up together would
 * stop the gateway. So the order is also kept as numbers, in which a place is found by halving.
 */

/** What can wait: it remembers its place. */
export interface QueuedJob {
  /** Its number in the order in which requests came; the dispatcher gives it. */
  turn: number;
  /** It is no request, and does not count as one. */
  readonly isSignal?: boolean;
}

/** Taken entries are cut off the array this many at a time, not at each request. */
const HOLES_MAX = 1024;

export class JobQueue<Job extends QueuedJob> {
  /** Holes are left where a job was taken out; `#head` is not behind the oldest. */
  #jobs: (Job | undefined)[] = [];
  /** The turn of each entry, also of a hole: they only grow. */
  #turns: number[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): Job | undefined {
    if (this.#length === 0) return undefined;
    while (this.#jobs[this.#head] === undefined) this.#head += 1;
    return this.#jobs[this.#head];
  }

  get all(): readonly Job[] {
    return this.#jobs.filter((waiting) => waiting !== undefined);
  }

  /** Puts a job behind all others: its turn is later than theirs. */
  push(job: Job): void {
    this.#jobs.push(job);
    this.#turns.push(job.turn);
    this.#length += 1;
  }

  /** Puts a job where its turn is: in front of all that came after it. */
  putBack(job: Job): void {
    const at = this.#placeOf(job.turn);
    this.#length += 1;
    if (this.#turns[at] === job.turn) return this.#fill(at, job);
    // Its own hole was cut off; the one of an older job is as good.
    if (at > 0 && this.#jobs[at - 1] === undefined) return this.#fill(at - 1, job);
    this.#jobs.splice(at, 0, undefined);
    this.#turns.splice(at, 0, job.turn);
    this.#fill(at, job);
  }

  /** Returns the oldest, and takes it out. */
  shift(): Job {
    const job = this.first;
    if (job === undefined) throw new Error('the queue is empty');
    this.#jobs[this.#head] = undefined;
    this.#head += 1;
    this.#length -= 1;
    if (this.#length === 0) this.#clear();
    else if (this.#head > HOLES_MAX && this.#head * 2 > this.#jobs.length) {
      this.#jobs.splice(0, this.#head);
      this.#turns.splice(0, this.#head);
      this.#head = 0;
    }
    return job;
  }

  /** Takes a job out; false when it is not there. */
  remove(job: Job): boolean {
    const at = this.#placeOf(job.turn);
    if (this.#jobs[at] !== job) return false;
    this.#jobs[at] = undefined;
    this.#length -= 1;
    if (this.#length === 0) this.#clear();
    // While every worker hangs nothing is shifted, yet clients come and go and leave holes.
    else if (this.#jobs.length > 2 * this.#length + HOLES_MAX) {
      for (const waiting of this.takeAll()) this.push(waiting);
    }
    return true;
  }

  /** Takes every job out, oldest first. */
  takeAll(): Job[] {
    const jobs = this.#jobs.filter((waiting) => waiting !== undefined);
    this.#clear();
    return jobs;
  }

  /** The first place whose turn is not earlier. */
  #placeOf(turn: number): number {
    let low = 0;
    let high = this.#turns.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#turns[middle] ?? Infinity) < turn) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #fill(hole: number, job: Job): void {
    this.#jobs[hole] = job;
    this.#turns[hole] = job.turn;
    this.#head = Math.min(this.#head, hole);
  }

  #clear(): void {
    this.#jobs.length = 0;
    this.#turns.length = 0;
    this.#head = 0;
    this.#length = 0;
  }
}
