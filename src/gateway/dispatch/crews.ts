/**
 * The slots of each worker, and those of them that are idle (pure).
 *
 * All idle slots of a worker are alike but for which was busy last. So to choose one, the workers
 * are looked at and not the slots, and whether a worker is about to end a request is asked once.
 */

interface WorkerOfSlots {
  readonly takesRequests: boolean;
  readonly busy: number;
}

interface SlotOfWorker<Worker> {
  readonly worker: Worker;
  readonly pipeline: { readonly length: number };
}

interface Crew<Worker, Slot> {
  readonly worker: Worker;
  readonly slots: Slot[];
  /** The one that was busy last is the last. */
  readonly idle: Slot[];
  /** For each idle one: as how many-th of all it came to rest. */
  readonly restedAs: number[];
}

export class Crews<
  Slot extends SlotOfWorker<Worker>,
  Worker extends WorkerOfSlots = Slot['worker'] & WorkerOfSlots,
> {
  readonly #crews = new Map<Worker, Crew<Worker, Slot>>();
  /** The same; an array is gone through in a tenth of the time. */
  #all: readonly Crew<Worker, Slot>[] = [];
  #idleCount = 0;
  #rested = 0;

  /** A slot has connected, or has nothing to run any more. */
  rests(slot: Slot): void {
    const crew = this.#crewOf(slot.worker);
    if (!crew.slots.includes(slot)) crew.slots.push(slot);
    crew.idle.push(slot);
    this.#idleCount += 1;
    this.#rested += 1;
    crew.restedAs.push(this.#rested);
  }

  /** An idle slot is given nothing. */
  withhold(slot: Slot): void {
    const crew = this.#crews.get(slot.worker);
    const at = crew?.idle.indexOf(slot) ?? -1;
    if (crew === undefined || at < 0) return;
    this.#idleCount -= 1;
    crew.idle.splice(at, 1);
    crew.restedAs.splice(at, 1);
  }

  /** A slot is no more. */
  remove(slot: Slot): void {
    this.withhold(slot);
    const crew = this.#crews.get(slot.worker);
    const at = crew?.slots.indexOf(slot) ?? -1;
    if (crew === undefined || at < 0) return;
    crew.slots.splice(at, 1);
    if (crew.slots.length > 0) return;
    this.#crews.delete(slot.worker);
    this.#all = [...this.#crews.values()];
  }

  hasTaker(): boolean {
    if (this.#idleCount === 0) return false;
    return this.#all.some(({ worker, idle }) => idle.length > 0 && worker.takesRequests);
  }

  /**
   * Takes an idle slot of the worker with the lowest rank, among equals the one that was busy last;
   * undefined where there is none. A worker with a request for which `isToWait` is true is left
   * out.
   */
  take(
    rankOf: (worker: Worker) => number,
    isToWait: ((slot: Slot) => boolean) | undefined,
  ): Slot | undefined {
    if (this.#idleCount === 0) return undefined;
    let best: Crew<Worker, Slot> | undefined;
    let bestRank = Infinity;
    let bestRestedAs = 0;
    for (const crew of this.#all) {
      const { worker, idle, restedAs } = crew;
      if (idle.length === 0 || !worker.takesRequests) continue;
      const rank = rankOf(worker);
      const rested = restedAs[restedAs.length - 1] ?? 0;
      if (rank > bestRank || (rank === bestRank && rested < bestRestedAs)) continue;
      if (isToWait !== undefined && worker.busy > 0 && hasOne(crew.slots, isToWait)) continue;
      best = crew;
      bestRank = rank;
      bestRestedAs = rested;
    }
    if (best === undefined) return undefined;
    this.#idleCount -= 1;
    best.restedAs.pop();
    return best.idle.pop();
  }

  #crewOf(worker: Worker): Crew<Worker, Slot> {
    const known = this.#crews.get(worker);
    if (known !== undefined) return known;
    const crew = { worker, slots: [], idle: [], restedAs: [] };
    this.#crews.set(worker, crew);
    this.#all = [...this.#crews.values()];
    return crew;
  }
}

function hasOne<Slot extends { readonly pipeline: { readonly length: number } }>(
  slots: readonly Slot[],
  isToWait: (slot: Slot) => boolean,
): boolean {
  // From the end: the first to be given a request is the last that has connected.
  for (let at = slots.length - 1; at >= 0; at -= 1) {
    const slot = slots[at];
    if (slot !== undefined && slot.pipeline.length > 0 && isToWait(slot)) return true;
  }
  return false;
}
