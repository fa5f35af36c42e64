/**
 * Workers that are to be replaced although nothing is wrong with their requests: for their age,
 * their memory, or an exception. One at a time, and the next one serves before the old one is asked
 * to leave: so the fleet never has fewer workers for it, and a request may run as long as it needs.
 */
import { isAlive } from './lives/child-lifecycle.ts';
import { moveWorker } from './children.ts';
import { say, type Draft, type WorkerMemory } from './events.ts';
import { coming, generationOf, workerOf, type Generation, type Worker } from './fleet.ts';

/** How old a worker of this slot becomes; Infinity: it has no age limit. */
export function lifetimeMs({ plan }: Generation, slot: number): number {
  return plan.lifetimeMs === 0 ? Infinity : plan.lifetimeMs + (slot - 1) * plan.lifetimeDeltaMs;
}

/** How many slots are wanted beyond those of the plan: 1 while a worker is being replaced. */
export function tendRetirement(draft: Draft, generation: Generation): 0 | 1 {
  const { plan, workers } = generation;
  markOld(draft, generation);
  const due = workers.find(
    (worker) => worker.wanted && worker.state === 'up' && worker.due !== undefined,
  );
  if (due === undefined) return 0;
  const wanted = workers.filter((worker) => worker.wanted);
  if (wanted.length <= plan.workers) return mayReplace(draft, generation) ? 1 : 0;
  if (!wanted.every((worker) => worker.enabled)) return 1;
  const { slot, pid = 0 } = due;
  const fields = { slot, pid, generation: generation.number };
  const sentence = `worker ${slot} (pid ${pid}) is replaced: ${due.due ?? ''}`;
  say(draft, 'info', 'worker.retired', fields, sentence);
  due.wanted = false;
  return 0;
}

/** The workers to be taken back where so many are too many: the first that serve nobody. */
export function surplusOf({ workers }: Generation, count: number): readonly Worker[] {
  const rank = ({ enabled, slot }: Worker): number => slot + (enabled ? 0 : workers.length);
  const wanted = workers.filter((worker) => worker.wanted).sort((a, b) => rank(b) - rank(a));
  return wanted.slice(0, Math.max(count, 0));
}

/** It has said why it is to be replaced. */
export function outworn(worker: Worker, reason: string): void {
  if (worker.state === 'up' || worker.state === 'starting') worker.due ??= reason;
}

/** Its gateway gives it nothing any more: another slot takes its place while it finishes. */
export function takenBack(
  { fleet }: Draft,
  generation: Generation,
  worker: Worker,
  reason: string,
): void {
  // Where a generation comes up slot by slot, the next worker comes in the same slot.
  if (generation.role !== 'serving' || coming(fleet)?.mode === 'rolling') return;
  worker.due = reason;
  worker.wanted = false;
}

/** What exceeds a limit of evil-reload-on-* is killed at once, whatever it runs. */
export function takeMemory(draft: Draft, measured: readonly WorkerMemory[]): void {
  for (const { number, scaling } of draft.fleet.generations) {
    if (scaling !== undefined) scaling.residentBytes = residentIn(number, measured);
  }
  for (const memory of measured) {
    const generation = generationOf(draft.fleet, memory.generation);
    const worker = workerOf(draft.fleet, memory.generation, memory.slot);
    if (generation === undefined || worker?.pid !== memory.pid) continue;
    const why = excess(generation, memory);
    if (why === undefined || worker.state === 'killed' || worker.state === 'down') continue;
    const { slot, pid } = memory;
    const fields = { slot, pid, generation: generation.number };
    say(draft, 'error', 'worker.killed', fields, `worker ${slot} (pid ${pid}) is killed: ${why}`);
    moveWorker(draft, generation, worker, 'kill');
  }
}

function residentIn(generation: number, measured: readonly WorkerMemory[]): number {
  const own = measured.filter((memory) => memory.generation === generation);
  return own.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
}

function excess({ plan }: Generation, memory: WorkerMemory): string | undefined {
  const { residentBytes, addressSpaceBytes } = plan.killAbove;
  if (residentBytes > 0 && memory.residentBytes >= residentBytes) {
    const has = megabytes(memory.residentBytes);
    return `its resident memory is ${has} (evil-reload-on-rss = ${residentBytes / 1_048_576})`;
  }
  if (addressSpaceBytes > 0 && memory.addressSpaceBytes >= addressSpaceBytes) {
    const has = megabytes(memory.addressSpaceBytes);
    return `its address space is ${has} (evil-reload-on-as = ${addressSpaceBytes / 1_048_576})`;
  }
  return undefined;
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_048_576)} MiB`;
}

function markOld({ nowMs }: Draft, generation: Generation): void {
  if (generation.plan.lifetimeMs === 0) return;
  for (const worker of generation.workers) {
    if (worker.state !== 'up' || worker.due !== undefined) continue;
    if (nowMs - worker.sinceMs < lifetimeMs(generation, worker.slot)) continue;
    const seconds = Math.round((nowMs - worker.sinceMs) / 1000);
    worker.due = `it has run for ${seconds} s (max-worker-lifetime)`;
  }
}

/**
 * The one before has left; or it runs a long request, of which there may be as many as workers.
 * Nothing else is missing: a worker that has just ended is replaced first.
 */
function mayReplace({ nowMs }: Draft, { plan, workers }: Generation): boolean {
  if (!workers.every((worker) => !worker.wanted || worker.enabled)) return false;
  const leaving = workers.filter((worker) => !worker.wanted && isAlive(worker));
  const isLong = ({ sinceMs }: Worker): boolean => nowMs - sinceMs >= plan.mercyMs;
  return leaving.length < plan.workers && leaving.every(isLong);
}
