/** Moves one child of the fleet through its life; turns what the table asks for into effects. */
import { isAlive, move, type ChildEvent } from './child-lifecycle.ts';
import type { Draft } from './events.ts';
import { gatewayOf, type Gateway, type Generation, type Worker } from './fleet.ts';

/** A gateway that does not listen after this long is replaced. */
const gatewayStartMs = 30_000;
/** So much longer than its workers lives a gateway that drains: it answers 502 for the last. */
export const gatewayExtraMs = 1_000;
/** How long a spawner without workers may take to exit. */
const spawnerExitMs = 2_000;

export function moveWorker(
  draft: Draft,
  generation: Generation,
  worker: Worker,
  event: ChildEvent,
  limitMs?: number,
): void {
  const at = { generation: generation.number, slot: worker.slot };
  const limit = event === 'start' ? generation.plan.startTimeoutMs : limitMs;
  for (const action of move(worker, event, draft.nowMs, limit)) {
    if (action === 'start-process') draft.effects.push({ kind: 'fork-worker', ...at });
    if (action === 'ask-to-leave') askToLeave(draft, generation, worker);
    if (action === 'send-sigkill') killWorker(draft, generation, worker);
  }
  if (worker.state !== 'up') worker.enabled = false;
}

/** Through the gateway, which waits for the request that runs; without one by signal. */
function askToLeave(draft: Draft, generation: Generation, worker: Worker): void {
  const at = { generation: generation.number, slot: worker.slot };
  const gateway = gatewayOf(draft.fleet, generation.plan.gateway);
  if (gateway !== undefined && (gateway.state === 'up' || gateway.state === 'draining')) {
    draft.effects.push({ kind: 'switch', epoch: gateway.epoch, enable: [], drain: [at] });
  } else if (worker.pid !== undefined) {
    draft.effects.push({ kind: 'signal-worker', ...at, pid: worker.pid, signal: 'SIGTERM' });
  }
}

/** A worker whose pid is not known yet is killed when it is: see `forked`. */
export function killWorker(draft: Draft, generation: Generation, worker: Worker): void {
  if (worker.pid === undefined) return;
  draft.effects.push({
    kind: 'signal-worker',
    generation: generation.number,
    slot: worker.slot,
    pid: worker.pid,
    signal: 'SIGKILL',
  });
}

export function moveSpawner(draft: Draft, generation: Generation, event: ChildEvent): void {
  const number = generation.number;
  const limit =
    event === 'start'
      ? generation.plan.startTimeoutMs
      : event === 'drain'
        ? spawnerExitMs
        : undefined;
  for (const action of move(generation.spawner, event, draft.nowMs, limit)) {
    if (action === 'start-process')
      draft.effects.push({ kind: 'start-spawner', generation: number });
    if (action === 'ask-to-leave') draft.effects.push({ kind: 'end-spawner', generation: number });
    if (action === 'send-sigkill') draft.effects.push({ kind: 'kill-spawner', generation: number });
  }
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
  moveSpawner(draft, generation, 'kill');
}

export function hasWorkersAlive(generation: Generation): boolean {
  return generation.workers.some(isAlive);
}
