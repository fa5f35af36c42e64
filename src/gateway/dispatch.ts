/**
 * Which worker takes the next request; the queue and its limit (pure).
 *
 * One queue, oldest first; a slot has at most one request. Nothing waits while a slot that may
 * take it is idle. Of the idle slots, the one whose worker runs the fewest requests is chosen, as
 * the threads of one worker share an interpreter lock; among equals the one that was busy last,
 * whose memory is still in the caches.
 */

/** A worker process, as far as giving out requests goes. */
export interface DispatchWorker {
  /** May be given requests; set by the switch to its generation. */
  isEnabled: boolean;
  /** How many requests it has been given. */
  taken: number;
  /** How many of its slots run a request. */
  busy: number;
}

/** One thread of a worker. */
export interface DispatchSlot<Job> {
  readonly worker: DispatchWorker;
  job: Job | undefined;
}

export interface Assignment<Job, Slot> {
  readonly slot: Slot;
  readonly job: Job;
}

/** Taken entries are cut off the queue's array this many at a time, not at each request. */
const HOLES_MAX = 1024;

export class Dispatcher<Job, Slot extends DispatchSlot<Job>> {
  readonly #queueMax: number;
  /** Holes are left where a job was taken back; `#head` is the oldest. */
  #queue: (Job | undefined)[] = [];
  #head = 0;
  #waiting = 0;
  #running = 0;
  #idle: Slot[] = [];
  #isSuspended = false;

  /** `queueMax`: how many requests may wait; 0 = as many as come. */
  constructor(queueMax: number) {
    this.#queueMax = queueMax;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** The job that has waited longest. */
  get oldest(): Job | undefined {
    return this.#queue.find((job, at) => at >= this.#head && job !== undefined);
  }

  get running(): number {
    return this.#running;
  }

  /** Puts a job at the end of the queue; false when the queue is full. Call `next` afterwards. */
  submit(job: Job): boolean {
    const wouldWait = this.#waiting > 0 || !this.#hasTaker();
    if (wouldWait && this.#queueMax > 0 && this.#waiting >= this.#queueMax) return false;
    this.#queue.push(job);
    this.#waiting += 1;
    return true;
  }

  /** Puts a job that was given to a slot, but never begun, at the front: it has waited longest. */
  submitAgain(job: Job): void {
    if (this.#head > 0) {
      this.#head -= 1;
      this.#queue[this.#head] = job;
    } else this.#queue.unshift(job);
    this.#waiting += 1;
  }

  /** Takes a waiting job out of the queue (its client has gone); false when it is not there. */
  withdraw(job: Job): boolean {
    const at = this.#queue.indexOf(job, this.#head);
    if (at < 0) return false;
    this.#queue[at] = undefined;
    this.#waiting -= 1;
    // While every worker hangs nothing is shifted, yet clients come and go and leave holes.
    if (this.#queue.length > 2 * this.#waiting + HOLES_MAX) {
      this.#queue = this.#queue.slice(this.#head).filter((waiting) => waiting !== undefined);
      this.#head = 0;
    }
    return true;
  }

  /** Takes every waiting job out of the queue, oldest first. */
  withdrawAll(): Job[] {
    const jobs: Job[] = [];
    for (const job of this.#queue.slice(this.#head)) if (job !== undefined) jobs.push(job);
    this.#queue = [];
    this.#head = 0;
    this.#waiting = 0;
    return jobs;
  }

  /** A slot has connected, or has ended its request: it can be given one (once it is enabled). */
  release(slot: Slot): void {
    this.#leave(slot);
    this.#idle.push(slot);
  }

  /** A slot is no more (its connection ended, or it leaves): it is given nothing. */
  remove(slot: Slot): void {
    this.#leave(slot);
    const at = this.#idle.indexOf(slot);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** Gives the oldest waiting job to an idle slot; undefined when there is no such pair. */
  next(): Assignment<Job, Slot> | undefined {
    if (this.#waiting === 0 || this.#isSuspended) return undefined;
    const slot = this.#takeIdle();
    if (slot === undefined) return undefined;
    const job = this.#shift();
    if (job === undefined) throw new Error('the queue counts a job that it does not hold');
    slot.job = job;
    slot.worker.taken += 1;
    slot.worker.busy += 1;
    this.#running += 1;
    return { slot, job };
  }

  suspend(): void {
    this.#isSuspended = true;
  }

  resume(): void {
    this.#isSuspended = false;
  }

  #leave(slot: Slot): void {
    if (slot.job === undefined) return;
    slot.job = undefined;
    slot.worker.busy -= 1;
    this.#running -= 1;
  }

  #hasTaker(): boolean {
    return !this.#isSuspended && this.#idle.some((slot) => slot.worker.isEnabled);
  }

  #takeIdle(): Slot | undefined {
    let best = -1;
    let bestBusy = Infinity;
    for (let at = this.#idle.length - 1; at >= 0 && bestBusy > 0; at -= 1) {
      const worker = this.#idle[at]?.worker;
      if (worker === undefined || !worker.isEnabled || worker.busy >= bestBusy) continue;
      best = at;
      bestBusy = worker.busy;
    }
    return best < 0 ? undefined : this.#idle.splice(best, 1)[0];
  }

  #shift(): Job | undefined {
    let job: Job | undefined;
    while (job === undefined && this.#head < this.#queue.length) {
      job = this.#queue[this.#head];
      this.#queue[this.#head] = undefined;
      this.#head += 1;
    }
    this.#waiting -= 1;
    if (this.#head === this.#queue.length) this.#queue.length = this.#head = 0;
    else if (this.#head > HOLES_MAX && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return job;
  }
}
