/** The start and the reloads since then, for who asks what has happened. */
import type { ReloadView } from '../../protocol/snapshot.ts';

const KEPT = 10;

export class ReloadHistory {
  readonly #dateMs: () => number;
  #all: readonly ReloadView[] = [];
  /** How often it came to each outcome. */
  readonly counts: Record<ReloadView['outcome'], number> = {
    started: 0,
    reloaded: 0,
    failed: 0,
    refused: 0,
  };

  constructor(dateMs: () => number) {
    this.#dateMs = dateMs;
  }

  /** The last ten, the oldest first. */
  get last(): readonly ReloadView[] {
    return this.#all;
  }

  add(outcome: ReloadView['outcome'], sentence: string, generation: number | null = null): void {
    const atMs = this.#dateMs();
    this.counts[outcome] += 1;
    this.#all = [...this.#all, { atMs, outcome, generation, sentence }].slice(-KEPT);
  }
}
