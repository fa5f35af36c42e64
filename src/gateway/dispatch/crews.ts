/**
 * The slots of each worker, and those of them that are idle (pure).
 *
 * All idle slots of a worker are alike but for which was busy last. So to choose one, the workers
 * are looked at and not the slots. They are kept by how many slots they have busy, so that with
 * hundreds of slots the choice costs what it costs with four; and those of which it is known that
 * they are about to end a request, or that they take none, are put aside until that has changed.
 */

import type { Warmth } from './warm-up.ts';

interface WorkerOfSlots {
  readonly takesRequests: boolean;
  readonly warmth: Warmth;
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
  /** The list that it stands in; undefined: in none. */
  list: Crew<Worker, Slot>[] | undefined;
  /** ending: it is about to end a request. closed: it takes none. */
  aside: 'no' | 'ending' | 'closed';
}

/** Workers with idle slots, by how many others they have; the one that rested last is the last. */
type ByBusy<Worker, Slot> = Crew<Worker, Slot>[][];

export class Crews<
  Slot extends SlotOfWorker<Worker>,
  Worker extends WorkerOfSlots = Slot['worker'] & WorkerOfSlots,
> {
  /** Nothing is taken of this one: it is kept free. */
  reserved: Worker | undefined;
  readonly #crews = new Map<Worker, Crew<Worker, Slot>>();
  readonly #cold: ByBusy<Worker, Slot> = [];
  readonly #warm: ByBusy<Worker, Slot> = [];
  readonly #warming: ByBusy<Worker, Slot> = [];
  /** In the order in which they are given requests. */
  readonly #groups = [this.#cold, this.#warm, this.#warming];
  /** Those that are about to end a request, in none of the lists; and until when, at the least. */
  readonly #ending = new Set<Crew<Worker, Slot>>();
  #endingUntilMs = Infinity;
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
  sent(slot: Slot): void {
    if (this.#ending.size === 0) return;
    const crew = this.#crews.get(slot.worker);
    if (crew?.aside === 'ending') this.#listAnew(crew);
  }

  /** Whether a worker takes requests has changed, or how warm it is. */
  changed(worker: Worker): void {
    const crew = this.#crews.get(worker);
    if (crew !== undefined) this.#listAnew(crew);
  }

  hasTaker(): boolean {
    if (this.#idleCount === 0) return false;
    for (const group of this.#groups) {
      for (const crews of group) if (crews.some((crew) => this.#mayTake(crew))) return true;
    }
    for (const crew of this.#ending) if (this.#mayTake(crew)) return true;
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
   * last; undefined where there is none. Cold workers come first, those that warm up last.
   * `movingUntilMs`: a worker with a slot that is about to end a request, by then at the latest, is
   * left out.
   */
  take(nowMs: number, movingUntilMs: ((slot: Slot) => number) | undefined): Slot | undefined {
    if (this.#idleCount === 0) return undefined;
    if (movingUntilMs === undefined || nowMs >= this.#endingUntilMs) this.#listEnding();
    for (const group of this.#groups) {
      for (const crews of group) {
        const slot = this.#takeOfList(crews, nowMs, movingUntilMs);
        if (slot !== undefined) return slot;
      }
    }
    return undefined;
  }

  #takeOfList(
    crews: readonly Crew<Worker, Slot>[],
    nowMs: number,
    movingUntilMs: ((slot: Slot) => number) | undefined,
  ): Slot | undefined {
    // What is put aside here leaves the list, and what stands behind it was looked at.
    for (let at = crews.length - 1; at >= 0; at -= 1) {
      const crew = crews[at];
      if (crew === undefined) continue;
      if (!crew.worker.takesRequests) this.#putAside(crew, 'closed');
      else if (crew.worker !== this.reserved) {
        const isFree = movingUntilMs === undefined || crew.idle.length === crew.slots.length;
        const untilMs = isFree ? 0 : latest(crew.slots, movingUntilMs);
        if (untilMs <= nowMs) return this.#takeFrom(crew);
        this.#putAside(crew, 'ending');
        this.#endingUntilMs = Math.min(this.#endingUntilMs, untilMs);
      }
    }
    return undefined;
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

  #putAside(crew: Crew<Worker, Slot>, why: 'ending' | 'closed'): void {
    this.#unlist(crew);
    crew.aside = why;
    if (why === 'ending') this.#ending.add(crew);
  }

  #listEnding(): void {
    this.#endingUntilMs = Infinity;
    for (const crew of this.#ending) {
      crew.aside = 'no';
      this.#list(crew);
    }
    this.#ending.clear();
  }

  #listAnew(crew: Crew<Worker, Slot>): void {
    this.#unlist(crew);
    if (crew.aside === 'ending') this.#ending.delete(crew);
    crew.aside = 'no';
    this.#list(crew);
  }

  #list(crew: Crew<Worker, Slot>): void {
    if (crew.idle.length === 0 || crew.aside !== 'no') return;
    const crews = this.#listOf(crew);
    crew.list = crews;
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
    const crews = crew.list;
    if (crews === undefined) return;
    let removed = crews.pop();
    for (let at = crews.length - 1; removed !== undefined && removed !== crew; at -= 1) {
      const next = crews[at];
      crews[at] = removed;
      removed = next;
    }
    crew.list = undefined;
  }

  #listOf({ worker: { warmth }, slots, idle }: Crew<Worker, Slot>): Crew<Worker, Slot>[] {
    const unwarmed = warmth === 'warming' ? this.#warming : this.#cold;
    const group = warmth === 'warm' ? this.#warm : unwarmed;
    const busy = slots.length - idle.length;
    while (group.length <= busy) group.push([]);
    return group[busy] ?? [];
  }

  #crewOf(worker: Worker): Crew<Worker, Slot> {
    const known = this.#crews.get(worker);
    if (known !== undefined) return known;
    const crew: Crew<Worker, Slot> = {
      worker,
      slots: [],
      idle: [],
      restedAs: [],
      list: undefined,
      aside: 'no',
    };
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
