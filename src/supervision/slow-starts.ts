/**
 * A child that does not finish its start in time (start-timeout): when its stacks are shown, and
 * what it lacked when it is ended.
 *
 * An import that hangs says nothing by itself: the stacks are shown at a third of the time, while
 * an operator still waits at the terminal, and so long before the end that they can be read. And
 * the application that loads slowly is only one reason: a spawner may fork nothing, a function of
 * os.register_at_fork may hold up what was forked, and a gateway may not let a worker in that is
 * ready.
 */
import type { Child, Fault } from './lives/child-lifecycle.ts';
import type { Draft, SlowStart } from './events.ts';
import {
  gatewayOf,
  generationOf,
  type Fleet,
  type Generation,
  type Spawner,
  type Worker,
} from './fleet.ts';
import { heldUp } from './spawner-liveness.ts';

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

/** What a child lacked whose time to start is over. */
export function lateStart(
  fleet: Fleet,
  generation: Generation,
  child: Spawner | Worker,
): Fault & { readonly kind: 'start-timeout' } {
  const limit = `within ${generation.plan.startTimeoutMs / 1000} s (start-timeout)`;
  return { kind: 'start-timeout', sentence: sentenceFor(fleet, generation, child, limit) };
}

function sentenceFor(
  fleet: Fleet,
  { plan }: Generation,
  child: Spawner | Worker,
  limit: string,
): string {
  if (!('slot' in child)) return `the application did not load ${limit}`;
  const { slot, pid, hasLoaded } = child;
  const name = `worker ${slot}${pid === undefined ? '' : ` (pid ${pid})`}`;
  if (pid === undefined) {
    return `${name} was not forked ${limit}: its spawner is stopped, or ${heldUp}`;
  }
  if (hasLoaded) {
    const gateway = gatewayOf(fleet, plan.gateway);
    const isDeaf = gateway?.state !== 'up' || (gateway.ping?.beats ?? 0) > 1;
    const why = isDeaf
      ? 'the gateway does not answer'
      : 'the gateway has no descriptor left for it (LimitNOFILE=, ulimit -n), or it is stopped';
    return `${name} has loaded the application, but was not connected ${limit}: ${why}`;
  }
  if (plan.loadsInWorkers) return `the application did not load ${limit}`;
  return (
    `${name} did not begin to work ${limit}: it is stopped, or the application holds it up ` +
    '(a function of os.register_at_fork, a lock that was held during the fork)'
  );
}

function isWorker(child: Child | Worker): child is Worker {
  return 'slot' in child;
}
