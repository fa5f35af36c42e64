/**
 * Asks instances again and again how they are. Each is asked by itself, so that one which hangs
 * does not hold the others up; one that has gone is forgotten.
 */
import type { Timers } from '../../base/clock.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { ask, NobodyThere } from '../instances/control-client.ts';
import type { FoundInstance, Instances } from '../instances/instances.ts';
import { instanceLine, type InstanceLine, type Seen, type SilentLine } from './look.ts';

export interface ObserverParts {
  readonly timers: Timers;
  readonly intervalSeconds: number;
  /** Finds the instances that run; undefined where one was named. */
  readonly find: (() => Promise<Instances>) | undefined;
  /** Something new is known. */
  readonly onNews: () => void;
}

interface Watched {
  readonly instance: FoundInstance;
  line: InstanceLine | undefined;
  isAsked: boolean;
}

const ANSWER_MS = 5_000;
/** Others are looked for less often: each that may be one is asked who it is. */
const FIND_MS = 3_000;
/** One whose answer is so much older than it has to be is shown as silent. */
const LATE_SECONDS = 2;

export class Observer {
  readonly #parts: ObserverParts;
  readonly #watched = new Map<string, Watched>();
  #silent: readonly SilentLine[] = [];
  #isFinding = false;
  #foundAtMs = -FIND_MS;

  constructor(parts: ObserverParts, first: readonly FoundInstance[]) {
    this.#parts = parts;
    for (const instance of first) this.#add(instance);
  }

  /** What is known now of those that have answered. */
  get lines(): readonly InstanceLine[] {
    const nowMs = this.#now();
    const silentFrom = this.#parts.intervalSeconds + LATE_SECONDS;
    return [...this.#watched.values()].flatMap(({ line }) => {
      if (line === undefined) return [];
      const seconds = Math.floor((nowMs - line.atMs) / 1000);
      return [{ ...line, silentFor: seconds >= silentFrom ? seconds : 0 }];
    });
  }

  get silent(): readonly SilentLine[] {
    return this.#silent;
  }

  /** Whether one is left that has answered, or may still do so. */
  get isEmpty(): boolean {
    return this.#watched.size === 0;
  }

  instanceAt(path: string): FoundInstance | undefined {
    return this.#watched.get(path)?.instance;
  }

  /** Resolves when all that answer in time have done so. */
  async look(): Promise<void> {
    await Promise.all([this.#find(), ...[...this.#watched.values()].map((one) => this.#ask(one))]);
  }

  /** Time in which this process did not run counts too: the instance went on meanwhile. */
  #now(): number {
    const { timers } = this.#parts;
    return timers.now() + timers.sleptMs();
  }

  #add(instance: FoundInstance): Watched {
    const watched: Watched = { instance, line: undefined, isAsked: false };
    this.#watched.set(instance.path, watched);
    return watched;
  }

  async #find(): Promise<void> {
    const { find } = this.#parts;
    if (find === undefined || this.#isFinding) return;
    if (this.#now() - this.#foundAtMs < FIND_MS) return;
    this.#isFinding = true;
    try {
      const { answering, mute } = await find();
      this.#silent = mute
        .filter(({ path }) => !this.#watched.has(path))
        .map(({ name, reason }) => ({ name, reason: reason.message }));
      const fresh = answering.filter(({ path }) => !this.#watched.has(path));
      await Promise.all(fresh.map((each) => this.#ask(this.#add(each))));
    } finally {
      this.#foundAtMs = this.#now();
      this.#isFinding = false;
    }
  }

  async #ask(watched: Watched): Promise<void> {
    if (watched.isAsked) return;
    watched.isAsked = true;
    const { path } = watched.instance;
    try {
      const answer = await ask(path, { command: 'status' }, { timeoutMs: ANSWER_MS });
      const { status, instance } = answer;
      if (status === undefined) return;
      const seen: Seen = { path, instance, status, atMs: this.#now(), silentFor: 0 };
      watched.line = instanceLine(watched.line, seen);
      this.#parts.onNews();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      // What else it says, it may say of one that hangs: its last figures stay.
      if (error instanceof NobodyThere) this.#watched.delete(path);
      this.#parts.onNews();
    } finally {
      watched.isAsked = false;
    }
  }
}
