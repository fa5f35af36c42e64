/** The slots of an instance, one for each thread of a worker, and what each runs. */
import type { RunningRequest } from '../protocol/gateway-views.ts';
import type { GenerationView, Snapshot, WorkerView } from '../protocol/snapshot.ts';

export type SlotState = 'idle' | 'busy' | 'client';

/** `client`: it waits for a client that takes its response slowly. */
export interface SlotNow {
  readonly thread: number;
  readonly state: SlotState;
  readonly request: RunningRequest | undefined;
}

export interface WorkerNow {
  readonly generation: number;
  readonly role: string;
  readonly worker: WorkerView;
  readonly slots: readonly SlotNow[];
}

/** Workers in their order, without those of an old generation that have left. */
export function workersNow({ generations }: Snapshot): readonly WorkerNow[] {
  return generations.flatMap((generation) => {
    const { number, role, workers } = generation;
    const there = workers.filter(({ state }) => role !== 'leaving' || state !== 'down');
    return there.map((worker) => {
      return { generation: number, role, worker, slots: slotsOf(generation, worker) };
    });
  });
}

function slotsOf({ threads = 1 }: GenerationView, worker: WorkerView): readonly SlotNow[] {
  const { running = [], state, isServing = state === 'up' } = worker;
  const count = isServing ? Math.max(threads, 1) : 0;
  const numbers = new Set([
    ...Array.from({ length: count }, (_, thread) => thread),
    ...running.map(({ thread }) => thread),
  ]);
  return [...numbers].map((thread) => {
    const request = running.find((each) => each.thread === thread);
    if (request === undefined) return { thread, state: 'idle', request };
    return { thread, state: request.heldByClient ? 'client' : 'busy', request };
  });
}

/** How many of them run something, and how many there are. */
export function slotsInUse(workers: readonly WorkerNow[]): {
  readonly busy: number;
  readonly all: number;
} {
  const slots = workers.flatMap((each) => each.slots);
  return { busy: slots.filter(({ state }) => state !== 'idle').length, all: slots.length };
}

/** Resident, of all of them, in bytes; null where it is not known. */
export function memoryOf(workers: readonly WorkerNow[]): number | null {
  const memory = workers.flatMap(({ worker }) => worker.memory ?? []);
  if (memory.length === 0) return null;
  return memory.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
}

/** The requests of a worker, the one that has run longest first. */
export function requestsOf({ slots }: WorkerNow): readonly RunningRequest[] {
  const requests = slots.map(({ request }) => request).filter((each) => each !== undefined);
  return requests.toSorted((first, second) => second.seconds - first.seconds);
}
