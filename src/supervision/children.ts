/** Moves one child of the fleet through its life; turns what the table asks for into effects. */
import { isAlive, move, type ChildEvent } from './lives/child-lifecycle.ts';
import type { Draft } from './events.ts';
import { killJobsOf } from './job-processes.ts';
import { gatewayOf, type Gateway, type Generation, type Worker } from './fleet.ts';

/** A gateway that does not listen after this long is replaced. */
const gatewayStartMs = 30_000;
/** So much longer than its workers lives a gateway that drains: it answers 502 for the last. */
export const gatewayExtraMs = 1_000;
/** How long a killed spawner may take to end, or one that lives to report that a worker has. */
export const spawnerExitMs = 2_000;
/**
 * How long a spawner may take to leave. It has limits of its own, which together are less: 2 s for
 * what the application has registered, and 1 s for its children (spawner.py, leaving.py).
 */
export const spawnerLeaveMs = 5_000;

export function moveWorker(
  draft: Draft,
  generation: Generation,
  worker: Worker,
  event: ChildEvent,
  limitMs?: number,
): void {
  const at = { generation: generation.number, slot: worker.slot };
  const limit = event === 'start' ? generation.plan.startTimeoutMs : limitMs;
  if (event === 'start') {
    worker.hasLoaded = worker.hasWorked = false;
    worker.due = undefined;
    worker.starts += 1;
    worker.startedAtMs = draft.nowMs;
  }
  for (const action of move(worker, event, draft.nowMs, limit)) {
    if (action === 'start-process') draft.effects.push({ kind: 'fork-worker', ...at });
    if (action === 'ask-to-leave') askToLeave(draft, generation, worker);
    if (action === 'send-sigkill') killWorker(draft, generation, worker);
    // It has to fork the worker, or to report its end.
    askSpawner(draft, generation);
  }
  if (worker.state !== 'up') worker.enabled = false;
}

/** Through the gateway, which waits for the request that runs; the next gateway is told later. */
function askToLeave(draft: Draft, generation: Generation, worker: Worker): void {
  const at = { generation: generation.number, slot: worker.slot };
  const gateway = gatewayOf(draft.fleet, generation.plan.gateway);
  if (gateway !== undefined && (gateway.state === 'up' || gateway.state === 'draining')) {
    draft.effects.push({ kind: 'switch', epoch: gateway.epoch, enable: [], drain: [at] });
  }
}

/** Whether it still answers: see spawner-liveness.ts. One question is open at a time. */
export function askSpawner(draft: Draft, generation: Generation): void {
  const { spawner, number } = generation;
  if (spawner.state !== 'up' || spawner.ping !== undefined) return;
  spawner.pings += 1;
  spawner.ping = { number: spawner.pings, sentAtMs: draft.nowMs, beats: 0 };
  draft.effects.push({ kind: 'ping-spawner', generation: number, number: spawner.pings });
}

/** A worker whose pid is not known yet is killed when it is: see `forked`. */
export function killWorker(draft: Draft, generation: Generation, worker: Worker): void {
  if (worker.pid === undefined) return;
  const { slot, pid } = worker;
  draft.effects.push({ kind: 'kill-worker', generation: generation.number, slot, pid });
}

export function moveSpawner(draft: Draft, generation: Generation, event: ChildEvent): void {
  const number = generation.number;
  const limit =
    event === 'start'
      ? generation.plan.startTimeoutMs
      : event === 'drain'
        ? spawnerLeaveMs
        : undefined;
  if (event === 'ready') generation.spawner.heardAtMs = draft.nowMs;
  for (const action of move(generation.spawner, event, draft.nowMs, limit)) {
    if (action === 'start-process')
      draft.effects.push({ kind: 'start-spawner', generation: number });
    if (action === 'ask-to-leave') draft.effects.push({ kind: 'end-spawner', generation: number });
    if (action === 'send-sigkill') draft.effects.push({ kind: 'kill-spawner', generation: number });
  }
  if (generation.spawner.state !== 'up') generation.spawner.ping = undefined;
}

export function moveGateway(
  draft: Draft,
  gateway: Gateway,
  event: ChildEvent,
  limitMs?: number,
): void {
  const epoch = gateway.epoch;
  const limit = event === 'start' ? gatewayStartMs : limitMs;
  for (const action of move(gateway, event, draft.nowMs, limit)) {
    if (action === 'start-process') draft.effects.push({ kind: 'start-gateway', epoch });
    if (action === 'ask-to-leave') drainGateway(draft, epoch);
    if (action === 'send-sigkill') draft.effects.push({ kind: 'kill-gateway', epoch });
  }
}

/** Who waits for the end of a suspension would wait in vain: what is queued is served first. */
function drainGateway(draft: Draft, epoch: number): void {
  if (draft.fleet.suspended) draft.effects.push({ kind: 'suspend', epoch, suspended: false });
  draft.effects.push({ kind: 'drain-gateway', epoch });
}

export function killChildrenOf(draft: Draft, generation: Generation): void {
  for (const worker of generation.workers) moveWorker(draft, generation, worker, 'kill');
  killJobsOf(draft, generation);
  moveSpawner(draft, generation, 'kill');
}

export function hasWorkersAlive(generation: Generation): boolean {
  return generation.workers.some(isAlive);
}

/** Workers, mules or spoolers: the spawner has to stay for them. */
export function hasForksAlive(generation: Generation): boolean {
  return hasWorkersAlive(generation) || generation.jobs.some(isAlive);
}
