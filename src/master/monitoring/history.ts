/** Looks at the instance every few seconds, for the curves of the status page. */
import type { Cancel, Timers } from '../../base/clock.ts';
import type { Snapshot } from '../../protocol/snapshot.ts';
import {
  pointBetween,
  STEP_MS,
  withPoint,
  type Asked,
  type HistoryPoint,
} from '../../views/history.ts';

export class History {
  readonly #timers: Timers;
  readonly #ask: () => Promise<Snapshot>;
  #last: Asked | undefined;
  #isAsking = false;
  #stop: Cancel | undefined;
  points: readonly HistoryPoint[] = [];

  constructor(timers: Timers, ask: () => Promise<Snapshot>) {
    this.#timers = timers;
    this.#ask = ask;
  }

  /** Whether there is a page that shows it; without one nothing is looked at. */
  follow(is: 'shown' | 'off'): void {
    if (is === 'off') return this.close();
    if (this.#stop !== undefined) return;
    this.#stop = this.#timers.every(STEP_MS, () => void this.#look());
    void this.#look();
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#last = undefined;
    this.points = [];
  }

  /** A master that waits for its gateways is not asked again meanwhile. */
  async #look(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const snapshot = await this.#ask().finally(() => (this.#isAsking = false));
    if (this.#stop === undefined) return;
    const now = { snapshot, atMs: this.#timers.now() };
    this.points = withPoint(this.points, pointBetween(this.#last, now));
    this.#last = now;
  }
}
