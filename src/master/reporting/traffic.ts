/**
 * PURE. The last answers of the gateways, added up: busy workers, requests per second, and the
 * minute in which there was most to do.
 */
import type { FromGateway } from '../../protocol/control-messages.ts';

export type Alive = Extract<FromGateway, { type: 'alive' }>;

export interface Counts {
  readonly running: number;
  readonly queued: number;
  readonly busy: number;
  readonly perSecond: number;
}

/** A minute, as `reeve advise` needs it. */
export interface Minute {
  /** On the monotonic clock. */
  readonly endedAtMs: number;
  readonly ms: number;
  readonly requests: number;
  /** For how long threads ran requests, all together. */
  readonly busyMs: number;
}

interface Seen {
  readonly alive: Alive;
  readonly atMs: number;
  readonly perSecond: number;
}

/** A rate over a shorter time means little. */
const rateMs = 900;
const MINUTE_MS = 60_000;

export class Traffic {
  readonly #seen = new Map<number, Seen>();
  #minute: { sinceMs: number; requests: number; busyMs: number } | undefined;
  /** Undefined before the first one has passed. */
  busiest: Minute | undefined;

  /** A gateway has answered; one that was started again counts from 0. */
  take(epoch: number, alive: Alive, nowMs: number): void {
    const before = this.#seen.get(epoch);
    this.#countMinute(alive, before?.alive.requests ?? 0, nowMs);
    if (before === undefined || alive.requests < before.alive.requests) {
      this.#seen.set(epoch, { alive, atMs: nowMs, perSecond: 0 });
      return;
    }
    const passedMs = nowMs - before.atMs;
    if (passedMs < rateMs) {
      const { requests } = before.alive;
      this.#seen.set(epoch, { ...before, alive: { ...alive, requests } });
      return;
    }
    const perSecond = ((alive.requests - before.alive.requests) * 1000) / passedMs;
    this.#seen.set(epoch, { alive, atMs: nowMs, perSecond });
  }

  /** Gateways answer about once a second, so that a minute is a little longer than 60 s. */
  #countMinute({ requests, load }: Alive, before: number, nowMs: number): void {
    const minute = (this.#minute ??= { sinceMs: nowMs - load.intervalMs, requests: 0, busyMs: 0 });
    minute.requests += requests < before ? requests : requests - before;
    minute.busyMs += load.busyMs;
    const ms = nowMs - minute.sinceMs;
    if (ms < MINUTE_MS) return;
    const { requests: count, busyMs } = minute;
    if (this.busiest === undefined || busyMs / ms >= this.busiest.busyMs / this.busiest.ms) {
      this.busiest = { endedAtMs: nowMs, ms, requests: count, busyMs };
    }
    this.#minute = { sinceMs: nowMs, requests: 0, busyMs: 0 };
  }

  /** Only these gateways are there still. */
  keep(epochs: readonly number[]): void {
    for (const epoch of this.#seen.keys()) if (!epochs.includes(epoch)) this.#seen.delete(epoch);
  }

  get counts(): Counts {
    const sum = { running: 0, queued: 0, busy: 0, perSecond: 0 };
    for (const { alive, perSecond } of this.#seen.values()) {
      sum.running += alive.running;
      sum.queued += alive.queued;
      sum.busy += alive.busy;
      sum.perSecond += perSecond;
    }
    return sum;
  }
}
