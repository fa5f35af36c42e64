/**
 * When the stacks of a process that does not finish its start are shown: at a third of the time
 * that it has (start-timeout), and shortly before it is ended.
 *
 * An import that hangs says nothing by itself. The first look comes while an operator still waits
 * at the terminal; the last one so long before the end that the stacks can be read.
 */
import type { Child } from './child-lifecycle.ts';
import type { Draft, SlowStart } from './events.ts';
import { generationOf, type Fleet, type Generation, type Worker } from './fleet.ts';

/** The last look comes so long before the end; but not before three quarters of the time. */
const lastLookMs = 2_000;

/** Asks for the stacks of children whose time has come. */
export function lookAtSlowStarts(draft: Draft, generation: Generation): void {
  const child = watched(generation);
  if (child === undefined || draft.nowMs < nextLookAtMs(generation)) return;
  const waitedMs = draft.nowMs - child.sinceMs;
  const isLast = draft.nowMs >= lookTimesMs(child, generation).last;
  child.looks = isLast ? 2 : 1;
  draft.effects.push({
    kind: 'show-stacks',
    generation: generation.number,
    worker: isWorker(child) ? { slot: child.slot, pid: child.pid } : undefined,
    waitedMs,
    startTimeoutMs: generation.plan.startTimeoutMs,
    isImporting: !isWorker(child) || generation.plan.loadsInWorkers,
    isLast,
  });
}

/** When the next look at a child of the generation is due; Infinity: none is. */
export function nextLookAtMs(generation: Generation): number {
  const child = watched(generation);
  if (child === undefined || child.looks >= 2) return Infinity;
  const { first, last } = lookTimesMs(child, generation);
  return child.looks === 0 ? first : last;
}

/** The spawner, else the first worker: others that start with it hang in the same place. */
function watched({ spawner, workers }: Generation): Child | Worker | undefined {
  if (spawner.state === 'starting') return spawner;
  return workers.find(
    ({ state, pid, hasLoaded }) => state === 'starting' && pid !== undefined && !hasLoaded,
  );
}

function lookTimesMs(
  { sinceMs }: Child,
  { plan }: Generation,
): { readonly first: number; readonly last: number } {
  const { startTimeoutMs } = plan;
  const last = Math.max(startTimeoutMs - lastLookMs, startTimeoutMs * 0.75);
  return { first: sinceMs + startTimeoutMs / 3, last: sinceMs + last };
}

/** Whether what the look was for is still so: the stacks come later. */
export function isStillSlow(fleet: Fleet, { generation: number, worker }: SlowStart): boolean {
  const generation = generationOf(fleet, number);
  const child = generation === undefined ? undefined : watched(generation);
  if (child === undefined) return false;
  return isWorker(child) ? child.pid === worker?.pid : worker === undefined;
}

function isWorker(child: Child | Worker): child is Worker {
  return 'slot' in child;
}
