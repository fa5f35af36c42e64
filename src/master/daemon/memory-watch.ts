/**
 * Measures the memory of workers where evil-reload-on-* or cheaper-rss-limit-* sets a limit: what
 * a request takes while it runs cannot be seen by its worker. The supervisor judges it.
 */
import type { ProcessMemory } from '../../processes/memory.ts';
import type { WorkerMemory } from '../../supervision/events.ts';
import type { Fleet, Plan } from '../../supervision/fleet.ts';

export interface MemoryWatchParts {
  readonly measure: (pid: number) => ProcessMemory | undefined;
  readonly report: (workers: readonly WorkerMemory[]) => void;
}

export class MemoryWatch {
  readonly #parts: MemoryWatchParts;
  #lookedAtMs = -Infinity;

  constructor(parts: MemoryWatchParts) {
    this.#parts = parts;
  }

  /** To be called at each beat; it measures as often as mem-collector-freq says. */
  look(fleet: Fleet, nowMs: number): void {
    const generations = fleet.generations.filter(({ plan }) => isLimited(plan));
    const everyMs = Math.min(...generations.map(({ plan }) => plan.killAbove.everyMs));
    if (generations.length === 0 || nowMs - this.#lookedAtMs < everyMs) return;
    this.#lookedAtMs = nowMs;
    const measured = generations.flatMap(({ number: generation, workers }) =>
      workers.flatMap(({ slot, pid }) => {
        const memory = pid === undefined ? undefined : this.#parts.measure(pid);
        return memory === undefined || pid === undefined
          ? []
          : [{ generation, slot, pid, ...memory }];
      }),
    );
    if (measured.length > 0) this.#parts.report(measured);
  }
}

function isLimited({ killAbove, scaling }: Plan): boolean {
  const limits = [killAbove.residentBytes, killAbove.addressSpaceBytes];
  return [...limits, scaling?.softBytes ?? 0, scaling?.hardBytes ?? 0].some((limit) => limit > 0);
}
