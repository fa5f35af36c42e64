/**
 * A worker process, as the gateway knows it, and when it has been given enough requests to be
 * replaced (pure).
 *
 * uWSGI's rule: after max-requests, a little later for each further worker so that not all leave at
 * once, and not before it is min-worker-lifetime old, so that a busy application does not fork
 * without end.
 */

import type { WorkerSlot } from '../../protocol/control-messages.ts';
import type { DispatchWorker } from './dispatcher.ts';
import { Tally } from './tally.ts';
import type { Warmth } from './warm-up.ts';
import { afterWorkerEvent, rightsIn } from './worker-states.ts';
import type { WorkerEvent, WorkerState } from './worker-states.ts';

export interface RetirementLimits {
  /** Requests after which a worker is replaced; 0 = never. */
  readonly maxRequests: number;
  readonly maxRequestsDelta: number;
  /** Seconds that a worker is kept however many requests it has been given. */
  readonly minWorkerLifetime: number;
  /** How many requests may be sent ahead to one slot. */
  readonly aheadMax: number;
}

/** What the master tells the gateway of a worker before it is started. */
export interface ExpectedWorker extends WorkerSlot {
  readonly token: string;
  readonly threads: number;
}

/** So long before a worker is old enough, what is sent ahead could still be there. */
const NEAR_MS = 1000;

export class Worker<Slot> implements DispatchWorker {
  readonly generation: number;
  readonly slot: number;
  readonly token: string;
  readonly threads: number;
  /** That of its place. */
  readonly tally: Tally;
  /** 0 until its HELLO has come. */
  pid = 0;
  /** By thread. */
  readonly connections = new Map<number, Slot>();
  taken = 0;
  busy = 0;
  begun = 0;
  warmth: Warmth = 'new';
  warmingSinceMs = 0;
  /** From so many requests on it is to be asked for its retirement; Infinity: never. */
  readonly nearFrom: number;
  readonly #dueFrom: number;
  readonly #minLifetimeMs: number;
  /** When it was first enabled, in ms on the monotonic clock. */
  #enabledAtMs = 0;
  /** It and what it allows change by `apply` alone; they are read for each request. */
  state: WorkerState = 'expected';
  takesRequests = rightsIn.expected.takesRequests;
  takesAhead = rightsIn.expected.takesAhead;
  isLeaving = rightsIn.expected.isLeaving;
  /** "killed by signal 9", once the master has reported it; else ''. */
  howItEnded = '';
  /** What it ran when its connections ended, as `requestKey` makes it. */
  readonly lost: string[] = [];
  /** A request may have ended its process. */
  mayHaveDiedOfRequest = false;
  /** A signal waits for one of its slots to become idle. */
  awaitsSignal = false;
  /** Bytes after the request that ended last; 0: the next one is not measured. */
  lastMemory = 0;
  /** The slot that has to open the log anew for its process, as soon as it is idle. */
  logReopenDue: Slot | undefined;

  constructor(expected: ExpectedWorker, limits: RetirementLimits, tally = new Tally()) {
    this.tally = tally;
    this.generation = expected.generation;
    this.slot = expected.slot;
    this.token = expected.token;
    this.threads = expected.threads;
    const { maxRequests, maxRequestsDelta, minWorkerLifetime, aheadMax } = limits;
    this.#dueFrom =
      maxRequests === 0 ? Infinity : maxRequests + (expected.slot - 1) * maxRequestsDelta;
    this.nearFrom = this.#dueFrom - (aheadMax + 1) * expected.threads;
    this.#minLifetimeMs = minWorkerLifetime * 1000;
  }

  /** True when the event has changed the state. */
  apply(event: WorkerEvent): boolean {
    const before = this.state;
    this.state = afterWorkerEvent(before, event);
    if (this.state === before) return false;
    const { takesRequests, takesAhead, isLeaving } = rightsIn[this.state];
    this.takesRequests = takesRequests;
    this.takesAhead = takesAhead;
    this.isLeaving = isLeaving;
    return true;
  }

  /** The switch to its generation: from now on it gets requests. */
  enable(nowMs: number): void {
    if (this.apply('enable')) this.#enabledAtMs = nowMs;
  }

  /**
   * Whether it is to leave now; or soon, so that nothing should be sent ahead to it: the last
   * requests before max-requests would be taken back from one slot to be run by another.
   */
  retirement(nowMs: number): 'far' | 'near' | 'due' {
    const ageMs = nowMs - this.#enabledAtMs;
    if (this.taken >= this.#dueFrom && ageMs >= this.#minLifetimeMs) return 'due';
    const isNear = this.taken >= this.nearFrom && ageMs >= this.#minLifetimeMs - NEAR_MS;
    return isNear ? 'near' : 'far';
  }
}

/** Returns the key of a worker's place; pids come and go in it. */
export function keyOf(slot: WorkerSlot): string {
  return `${slot.generation}.${slot.slot}`;
}

/** The generation in such a key. */
export function generationIn(key: string): number {
  return Number.parseInt(key, 10);
}
