/**
 * The slots of each worker, and those of them that are idle (pure).
 *
 * All idle slots of a worker are alike but for which was busy last. So to choose one, the workers
 * are looked at and not the slots. They are kept by how many slots they have busy, so that with
 * hundreds of slots the choice costs what it costs with four; and those of which it is known that
 * they are about to end a request are put aside until that has changed.
 */

interface WorkerOfSlots {
  readonly takesRequests: boolean;
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
  /** Where it stands in the lists: under so many busy slots; -1: nowhere. */
  level: number;
  isAside: boolean;
}

export class Crews<
  Slot extends SlotOfWorker<Worker>,
  Worker extends WorkerOfSlots = Slot['worker'] & WorkerOfSlots,
> {
  /** Nothing is taken of this one: it is kept free. */
  reserved: Worker | undefined;
  readonly #crews = new Map<Worker, Crew<Worker, Slot>>();
  /** Those with idle slots, by how many others they have; the one that rested last is the last. */
  readonly #byBusy: Crew<Worker, Slot>[][] = [];
  /** Those that are about to end a request, in none of the lists; and until when, at the least. */
  readonly #aside = new Set<Crew<Worker, Slot>>();
  #asideUntilMs = Infinity;
  #idleCount = 0;
  #rested = 0;

  /** A slot has connected, or has nothing to run any more. */
  rests(slot: Slot): void {
    const crew = this.#crewOf(slot.worker);
    this.#unlist(crew);
    if (!crew.slots.includes(slot)) crew.slots.push(slot);
    crew.idle.push(slot);
    this.#idleCount += 1;
    this.#rested += 1;
    crew.restedAs.push(this.#rested);
    this.#list(crew);
  }

  /** An idle slot is given nothing. */
  withhold(slot: Slot): void {
    const crew = this.#crews.get(slot.worker);
    const at = crew?.idle.indexOf(slot) ?? -1;
    if (crew === undefined || at < 0) return;
    this.#unlist(crew);
    this.#idleCount -= 1;
    crew.idle.splice(at, 1);
    crew.restedAs.splice(at, 1);
    this.#list(crew);
  }

  /** A slot is no more. */
  remove(slot: Slot): void {
    this.withhold(slot);
    const crew = this.#crews.get(slot.worker);
    const at = crew?.slots.indexOf(slot) ?? -1;
    if (crew === undefined || at < 0) return;
    this.#unlist(crew);
    crew.slots.splice(at, 1);
    this.#list(crew);
    if (crew.slots.length === 0) this.#crews.delete(slot.worker);
  }

  /** What a slot has been sent has changed: it may not be about to end a request any more. */
  changed(slot: Slot): void {
    if (this.#aside.size === 0) return;
    const crew = this.#crews.get(slot.worker);
    if (crew?.isAside !== true) return;
    this.#aside.delete(crew);
    crew.isAside = false;
    this.#list(crew);
  }

  hasTaker(): boolean {
    if (this.#idleCount === 0) return false;
    for (const crews of this.#byBusy) if (crews.some((crew) => this.#mayTake(crew))) return true;
    for (const crew of this.#aside) if (this.#mayTake(crew)) return true;
    return false;
  }

  /** The workers that have connections. */
  workers(): Iterable<Worker> {
    return this.#crews.keys();
  }

  /** The idle slot of a worker that was busy last; undefined where none is idle. */
  takeOf(worker: Worker): Slot | undefined {
    const crew = this.#crews.get(worker);
    return crew === undefined || crew.idle.length === 0 ? undefined : this.#takeFrom(crew);
  }

  /**
   * Takes an idle slot of the worker with the fewest busy ones, among equals the one that was busy
   * last; undefined where there is none. `movingUntilMs`: a worker with a slot that is about to end
   * a request, by then at the latest, is left out.
   */
  take(nowMs: number, movingUntilMs: ((slot: Slot) => number) | undefined): Slot | undefined {
    if (this.#idleCount === 0) return undefined;
    if (movingUntilMs === undefined || nowMs >= this.#asideUntilMs) this.#listAll();
    for (const crews of this.#byBusy) {
      for (let at = crews.length - 1; at >= 0; at -= 1) {
        const crew = crews[at];
        if (crew === undefined || !this.#mayTake(crew)) continue;
        if (crew.level === 0 || movingUntilMs === undefined) return this.#takeFrom(crew);
        const untilMs = latest(crew.slots, movingUntilMs);
        if (untilMs <= nowMs) return this.#takeFrom(crew);
        this.#putAside(crew, untilMs);
      }
    }
    return undefined;
  }

  /** The same by a rank that changes with time: the lowest comes first. */
  takeRanked(
    nowMs: number,
    rankOf: (worker: Worker) => number,
    movingUntilMs: ((slot: Slot) => number) | undefined,
  ): Slot | undefined {
    if (this.#idleCount === 0) return undefined;
    let best: Crew<Worker, Slot> | undefined;
    let bestRank = Infinity;
    for (const crew of this.#crews.values()) {
      if (crew.idle.length === 0 || !this.#mayTake(crew)) continue;
      const rank = rankOf(crew.worker);
      if (rank > bestRank) continue;
      if (best !== undefined && rank === bestRank && stampOf(crew) < stampOf(best)) continue;
      if (movingUntilMs !== undefined && latest(crew.slots, movingUntilMs) > nowMs) continue;
      best = crew;
      bestRank = rank;
    }
    return best === undefined ? undefined : this.#takeFrom(best);
  }

  #mayTake({ worker }: Crew<Worker, Slot>): boolean {
    return worker.takesRequests && worker !== this.reserved;
  }

  #takeFrom(crew: Crew<Worker, Slot>): Slot | undefined {
    this.#unlist(crew);
    this.#idleCount -= 1;
    crew.restedAs.pop();
    const slot = crew.idle.pop();
    this.#list(crew);
    return slot;
  }

  #putAside(crew: Crew<Worker, Slot>, untilMs: number): void {
    this.#unlist(crew);
    crew.isAside = true;
    this.#aside.add(crew);
    this.#asideUntilMs = Math.min(this.#asideUntilMs, untilMs);
  }

  #listAll(): void {
    this.#asideUntilMs = Infinity;
    for (const crew of this.#aside) {
      crew.isAside = false;
      this.#list(crew);
    }
    this.#aside.clear();
  }

  #list(crew: Crew<Worker, Slot>): void {
    if (crew.idle.length === 0 || crew.isAside) return;
    crew.level = crew.slots.length - crew.idle.length;
    const crews = (this.#byBusy[crew.level] ??= []);
    const stamp = stampOf(crew);
    // Not by splice: it makes an array each time, and there are few to move.
    let at = crews.push(crew) - 1;
    for (let before = crews[at - 1]; before !== undefined; before = crews[at - 1]) {
      if (stampOf(before) < stamp) break;
      crews[at] = before;
      at -= 1;
    }
    crews[at] = crew;
  }

  #unlist(crew: Crew<Worker, Slot>): void {
    if (crew.level < 0) return;
    const crews = this.#byBusy[crew.level] ?? [];
    let removed = crews.pop();
    for (let at = crews.length - 1; removed !== undefined && removed !== crew; at -= 1) {
      const next = crews[at];
      crews[at] = removed;
      removed = next;
    }
    crew.level = -1;
  }

  #crewOf(worker: Worker): Crew<Worker, Slot> {
    const known = this.#crews.get(worker);
    if (known !== undefined) return known;
    const crew = { worker, slots: [], idle: [], restedAs: [], level: -1, isAside: false };
    this.#crews.set(worker, crew);
    return crew;
  }
}

interface Stamped {
  readonly restedAs: readonly number[];
}

/** When the idle slot that it would give came to rest. */
function stampOf({ restedAs }: Stamped): number {
  return restedAs[restedAs.length - 1] ?? 0;
}

/** The latest of these times; 0 where there is none. */
function latest<Slot extends { readonly pipeline: { readonly length: number } }>(
  slots: readonly Slot[],
  timeOf: (slot: Slot) => number,
): number {
  let latestMs = 0;
  for (const slot of slots) {
    if (slot.pipeline.length > 0) latestMs = Math.max(latestMs, timeOf(slot));
  }
  return latestMs;
}
