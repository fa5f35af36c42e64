/**
 * Requests that wait, oldest first; what comes back finds its old place again (pure).
 */

/** What can wait: it remembers its place. */
export interface QueuedJob {
  /** Its number in the order in which requests came; the queue gives it. */
  turn: number;
}

/** Taken entries are cut off the array this many at a time, not at each request. */
const HOLES_MAX = 1024;

export class JobQueue<Job extends QueuedJob> {
  /** Holes are left where a job was taken out; `#head` is the oldest. */
  #jobs: (Job | undefined)[] = [];
  #head = 0;
  #length = 0;
  #turns = 0;

  get length(): number {
    return this.#length;
  }

  get first(): Job | undefined {
    if (this.#length === 0) return undefined;
    while (this.#jobs[this.#head] === undefined) this.#head += 1;
    return this.#jobs[this.#head];
  }

  push(job: Job): void {
    this.#turns += 1;
    job.turn = this.#turns;
    this.#jobs.push(job);
    this.#length += 1;
  }

  /** Puts back a job that was shifted: in front of all that came after it. */
  putBack(job: Job): void {
    const later = this.#jobs.findIndex(
      (waiting, at) => at >= this.#head && waiting !== undefined && waiting.turn > job.turn,
    );
    this.#jobs.splice(later < 0 ? this.#jobs.length : later, 0, job);
    this.#length += 1;
  }

  /** Returns the oldest, and takes it out. */
  shift(): Job {
    const job = this.first;
    if (job === undefined) throw new Error('the queue is empty');
    this.#jobs[this.#head] = undefined;
    this.#head += 1;
    this.#length -= 1;
    if (this.#head === this.#jobs.length) this.#jobs.length = this.#head = 0;
    else if (this.#head > HOLES_MAX && this.#head * 2 > this.#jobs.length) {
      this.#jobs.splice(0, this.#head);
      this.#head = 0;
    }
    return job;
  }

  /** Takes a job out; false when it is not there. */
  remove(job: Job): boolean {
    const at = this.#jobs.indexOf(job, this.#head);
    if (at < 0) return false;
    this.#jobs[at] = undefined;
    this.#length -= 1;
    // While every worker hangs nothing is shifted, yet clients come and go and leave holes.
    if (this.#jobs.length > 2 * this.#length + HOLES_MAX) {
      this.#jobs = this.#jobs.slice(this.#head).filter((waiting) => waiting !== undefined);
      this.#head = 0;
    }
    return true;
  }

  /** Takes every job out, oldest first. */
  takeAll(): Job[] {
    const jobs: Job[] = [];
    for (const job of this.#jobs.slice(this.#head)) if (job !== undefined) jobs.push(job);
    this.#jobs = [];
    this.#head = 0;
    this.#length = 0;
    return jobs;
  }
}
