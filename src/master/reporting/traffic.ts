/** PURE. The last answers of the gateways, added up: busy workers, and requests per second. */
import type { FromGateway } from '../../protocol/control-messages.ts';

export type Alive = Extract<FromGateway, { type: 'alive' }>;

export interface Counts {
  readonly running: number;
  readonly queued: number;
  readonly busy: number;
  readonly perSecond: number;
}

interface Seen {
  readonly alive: Alive;
  readonly atMs: number;
  readonly perSecond: number;
}

/** A rate over a shorter time means little. */
const rateMs = 900;

export class Traffic {
  readonly #seen = new Map<number, Seen>();

  /** A gateway has answered; one that was started again counts from 0. */
  take(epoch: number, alive: Alive, nowMs: number): void {
    const before = this.#seen.get(epoch);
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
