/**
 * Which requests have killed so many workers that they are to run alone (pure).
 *
 * A worker that dies while it runs a request is replaced at once, so a request that is sent again
 * and again and always kills its worker ends one worker after the other, each time with all that
 * runs beside it. From the third within a minute on, requests of that method and path are in
 * quarantine: isolation.ts runs them one at a time, each in a worker that runs nothing else.
 *
 * A request must not be held back because another one crashed beside it. So a death counts against
 * a path where nothing else ran in the worker; else only where the path is the one thing that the
 * last deaths have in common, and none of its requests has ended well between them. One that ends
 * well, whatever its answer is, ends the quarantine too.
 */

import type { WorkerState } from './worker-states.ts';

/** A path that kills fewer within this time is not worth it: they are replaced at once. */
const WINDOW_MS = 60_000;
const DEATHS_MIN = 3;
/** So far back it is looked for what the last deaths have in common. */
const RECENT_MAX = 8;
/** With more, those that have not been seen for longest are forgotten. */
const KEYS_MAX = 64;
/** A quarantine ends when no such request has come for so long. */
const REST_MS = 600_000;
/** How often it is looked at what is over. */
const LOOK_MS = 1000;

/** How a worker has ended; -1 where it does not apply. */
export interface WorkerEnd {
  readonly code: number;
  readonly signal: number;
  /** By SIGKILL of the kernel, as the memory of its control group was used up. */
  readonly isOutOfMemory: boolean;
}

/** ILL, TRAP, ABRT, BUS, FPE, SEGV and SYS: the signals that code brings upon itself. */
const CRASH_SIGNALS: ReadonlySet<number> = new Set([4, 5, 6, 7, 8, 11, 31]);

/**
 * Whether a request can have ended a worker that was in this state. It was none that was ended by a
 * time limit of ours, by a stop that it was asked for, or by a signal from outside.
 */
export function mayBeOfRequest(
  { code, signal, isOutOfMemory }: WorkerEnd,
  { state, isLeaving }: { readonly state: WorkerState; readonly isLeaving: boolean },
): boolean {
  if (state === 'overrun') return false;
  if (CRASH_SIGNALS.has(signal) || isOutOfMemory) return true;
  return code >= 0 && !isLeaving;
}

/** One method and path in quarantine. */
export interface Quarantined {
  /** As `requestKey` makes it. */
  readonly key: string;
  readonly sinceMs: number;
}

interface Active {
  readonly sinceMs: number;
  seenAtMs: number;
}

interface Death {
  readonly atMs: number;
  /** What ran; those of which one has ended well since then are taken out. */
  readonly keys: Set<string>;
}

export class Quarantine {
  /** Something is remembered: before that no key need be made. */
  isWatching = false;
  #recent: Death[] = [];
  /** When each was alone in a worker that died; the one that was seen last is the last. */
  readonly #alone = new Map<string, readonly number[]>();
  readonly #active = new Map<string, Active>();
  #lookAtMs = 0;

  get active(): readonly Quarantined[] {
    return [...this.#active].map(([key, { sinceMs }]) => ({ key, sinceMs }));
  }

  isActive(key: string): boolean {
    return this.#active.has(key);
  }

  /**
   * A worker has died of what it ran, as it seems: `keys` of all its requests. Returns the one that
   * is in quarantine from now on.
   */
  death(keys: readonly string[], nowMs: number): string | undefined {
    const ran = new Set(keys);
    const known = [...ran].filter((key) => this.#active.has(key));
    for (const key of known) this.seen(key, nowMs);
    // It explains the death, so nothing else is suspected of it.
    if (ran.size === 0 || known.length > 0) return undefined;
    this.isWatching = true;
    const recent = this.#recent.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    this.#recent = [...recent, { atMs: nowMs, keys: ran }].slice(-RECENT_MAX);
    const [only] = ran;
    const isCounted = ran.size === 1 && only !== undefined && this.#countAlone(only, nowMs);
    const found = isCounted ? only : this.#common();
    if (found === undefined) return undefined;
    this.#recent = [];
    this.#alone.delete(found);
    this.#active.set(found, { sinceMs: nowMs, seenAtMs: nowMs });
    forgetOldest(this.#active);
    return found;
  }

  /** A request has ended and its worker lives. True: that ends a quarantine. */
  success(key: string): boolean {
    for (const { keys } of this.#recent) keys.delete(key);
    return this.#active.delete(key);
  }

  /** A request that is in quarantine has come. */
  seen(key: string, nowMs: number): void {
    const active = this.#active.get(key);
    if (active === undefined) return;
    active.seenAtMs = nowMs;
    this.#active.delete(key);
    this.#active.set(key, active);
  }

  /** Forgets what is over; returns the keys whose quarantine ends with that. */
  look(nowMs: number): readonly string[] {
    if (!this.isWatching || nowMs < this.#lookAtMs) return [];
    this.#lookAtMs = nowMs + LOOK_MS;
    const sinceMs = nowMs - WINDOW_MS;
    this.#recent = this.#recent.filter(({ atMs }) => atMs > sinceMs);
    for (const [key, times] of this.#alone) {
      if ((times.at(-1) ?? 0) <= sinceMs) this.#alone.delete(key);
    }
    const over = [...this.#active].filter(([, { seenAtMs }]) => nowMs - seenAtMs >= REST_MS);
    for (const [key] of over) this.#active.delete(key);
    this.isWatching = this.#recent.length + this.#alone.size + this.#active.size > 0;
    return over.map(([key]) => key);
  }

  /** True: that was one too many. */
  #countAlone(key: string, nowMs: number): boolean {
    const before = this.#alone.get(key) ?? [];
    const times = [...before.filter((atMs) => nowMs - atMs < WINDOW_MS), nowMs];
    this.#alone.delete(key);
    this.#alone.set(key, times);
    forgetOldest(this.#alone);
    return times.length >= DEATHS_MIN;
  }

  /** The one thing that ran in each of the last deaths, three at least. */
  #common(): string | undefined {
    const [last, ...earlier] = this.#recent.toReversed();
    let common = last === undefined ? [] : [...last.keys];
    for (const [at, { keys }] of earlier.entries()) {
      common = common.filter((key) => keys.has(key));
      if (at + 2 >= DEATHS_MIN && common.length <= 1) return common[0];
    }
    return undefined;
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (map.size > KEYS_MAX && oldest !== undefined) map.delete(oldest);
}
