/**
 * From what is wanted and what is, what to do next. It is run after every event, looks at the
 * state and not at what happened, and so cannot miss a step that another event overtook.
 */
import { isAlive } from './lives/child-lifecycle.ts';
import {
  gatewayExtraMs,
  hasForksAlive,
  hasWorkersAlive,
  moveGateway,
  moveSpawner,
  moveWorker,
  spawnerExitMs,
  spawnerLeaveMs,
} from './children.ts';
import { say, type Draft } from './events.ts';
import { tendJobs } from './job-processes.ts';
import { coming, gatewayOf, serving, type Fleet, type Gateway, type Generation } from './fleet.ts';
import { announceIfListening, raise, takeOverIfReady } from './reload.ts';
import { restartDelayMs } from './lives/restart-limit.ts';
import { tendWorkers } from './scale.ts';
import { lateStart, lookAtSlowStarts } from './slow-starts.ts';
import { isLate } from './spawner-liveness.ts';

/** So long before mercy ends workers are asked to leave that their gateway may still need. */
const lastCallMs = 1_000;

export function settle(draft: Draft): void {
  const { fleet } = draft;
  endLimits(draft);
  for (const generation of fleet.generations) lookAtSlowStarts(draft, generation);
  if (fleet.phase === 'starting' || fleet.phase === 'serving') {
    startNextGeneration(draft);
    tendGateways(draft);
    for (const generation of [...fleet.generations]) {
      if (generation.role !== 'leaving') startChildren(draft, generation);
    }
    tendWorkers(draft);
    takeOverIfReady(draft);
    announceIfListening(draft);
  }
  for (const generation of fleet.generations) {
    if (generation.role === 'leaving') seeOff(draft, generation);
  }
  for (const generation of fleet.generations) tendJobs(draft, generation);
  for (const gateway of fleet.gateways) endDrainedGateway(draft, gateway);
  removeGone(draft);
  if (fleet.phase === 'stopping' && fleet.gateways.length + fleet.generations.length === 0) {
    fleet.phase = 'ended';
    draft.effects.push({ kind: 'ended', exitCode: fleet.exitCode });
  }
}

/** Whoever outlived the limit of its state. */
function endLimits(draft: Draft): void {
  const { fleet, nowMs } = draft;
  const isOver = (child: { limitAtMs: number | undefined }) =>
    child.limitAtMs !== undefined && nowMs >= child.limitAtMs;
  for (const generation of fleet.generations) {
    for (const child of [generation.spawner, ...generation.workers]) {
      if (child.state === 'starting' && isOver(child)) {
        child.fault = lateStart(fleet, generation, child);
      }
    }
    for (const worker of generation.workers) {
      if (!isOver(worker)) continue;
      if (worker.state === 'draining') sayMercyEnded(draft, generation, worker.slot);
      moveWorker(draft, generation, worker, 'timeout');
    }
    if (!isOver(generation.spawner)) continue;
    if (generation.spawner.state === 'draining') saySpawnerStays(draft, generation);
    moveSpawner(draft, generation, 'timeout');
  }
  for (const gateway of fleet.gateways) {
    if (!isOver(gateway)) continue;
    gateway.isFaulty = gateway.state === 'starting';
    moveGateway(draft, gateway, 'timeout');
  }
}

/** It runs what the application has registered for the end of Python, or does not answer. */
function saySpawnerStays(draft: Draft, { number }: Generation): void {
  const sentence =
    `the spawner of generation ${number} has not ended ${spawnerLeaveMs / 1000} s after it was asked ` +
    '(atexit functions or threads of the application, or it is stopped): killed';
  say(draft, 'warn', 'spawner.problem', { generation: number }, sentence);
}

function sayMercyEnded(draft: Draft, generation: Generation, slot: number): void {
  const limit = `${generation.plan.mercyMs / 1000} s (worker-reload-mercy, or a brutal reload)`;
  const fields = { slot, generation: generation.number };
  const sentence = !isLate(generation.spawner)
    ? `worker ${slot} is still busy after ${limit}: killed`
    : `worker ${slot} was not reported to have ended within ${limit}, as its spawner does not answer: killed`;
  say(draft, 'warn', 'worker.killed', fields, sentence);
}

/** A reload that waited for its turn, or the replacement of a generation without a spawner. */
function startNextGeneration(draft: Draft): void {
  const { fleet, nowMs } = draft;
  if (coming(fleet) !== undefined || fleet.phase !== 'serving') return;
  if (fleet.isAnnouncementDue && serving(fleet) !== undefined) return;
  if (fleet.pendingReload !== undefined) {
    const plan = fleet.pendingReload;
    fleet.pendingReload = undefined;
    fleet.lastPlan = plan;
    raise(draft, plan, 'reload');
    return;
  }
  if (!needsReplacement(draft)) {
    fleet.replaceAtMs = undefined;
    return;
  }
  fleet.replaceAtMs ??= nowMs + restartDelayMs(fleet.replaceFailures);
  if (nowMs < fleet.replaceAtMs) return;
  const plan = serving(fleet)?.plan ?? fleet.lastPlan;
  if (plan !== undefined) raise(draft, plan, 'spawner-lost');
}

/** Nothing serves, or what serves has no spawner to fork from. */
function needsReplacement(draft: Draft): boolean {
  const generation = serving(draft.fleet);
  if (generation === undefined) return true;
  if (generation.application === 'absent' || generation.plan.workers === 0) return false;
  const { state, sinceMs } = generation.spawner;
  // One that SIGKILL does not end waits for the kernel, perhaps for ever.
  return state === 'down' || (state === 'killed' && draft.nowMs - sinceMs >= spawnerExitMs);
}

function tendGateways(draft: Draft): void {
  const { fleet, nowMs } = draft;
  for (const gateway of fleet.gateways) {
    if (!isGatewayWanted(fleet, gateway)) {
      const mercyMs = serving(fleet)?.plan.mercyMs ?? 0;
      moveGateway(draft, gateway, 'drain', mercyMs + gatewayExtraMs);
    } else if (gateway.state === 'down' && nowMs >= gateway.startAtMs) {
      gateway.drained = false;
      gateway.ended = false;
      gateway.isFaulty = false;
      gateway.ping = undefined;
      moveGateway(draft, gateway, 'start');
    }
  }
}

/** By a generation; or, while nothing serves, by the one that is to come. */
function isGatewayWanted(fleet: Fleet, gateway: Gateway): boolean {
  const generations = fleet.generations.filter((generation) => generation.role !== 'leaving');
  if (generations.some((generation) => generation.plan.gateway === gateway.epoch)) return true;
  return serving(fleet) === undefined && fleet.lastPlan?.gateway === gateway.epoch;
}

function startChildren(draft: Draft, generation: Generation): void {
  const { fleet, nowMs } = draft;
  if (generation.application === 'absent' || generation.plan.workers === 0) return;
  const spawner = generation.spawner;
  const mustWait =
    generation.mode === 'stop-first' &&
    fleet.generations.some((other) => other.number < generation.number && hasWorkersAlive(other));
  if (mustWait) return;
  if (generation.role === 'coming' && spawner.state === 'down' && nowMs >= spawner.startAtMs) {
    moveSpawner(draft, generation, 'start');
  }
  if (spawner.state !== 'up') return;
  for (const worker of generation.workers) {
    const starting = generation.workers.filter((other) => other.state === 'starting').length;
    if (starting >= generation.plan.startsAtOnce) return;
    if (worker.wanted && worker.state === 'down' && nowMs >= worker.startAtMs) {
      moveWorker(draft, generation, worker, 'start');
    }
  }
}

/** It is to go, or going, and may still have requests for the workers that came with it. */
function finishesForClients(fleet: Fleet, gateway: Gateway): boolean {
  if (!isAlive(gateway) || gateway.drained) return false;
  return fleet.phase === 'stopping' || !isGatewayWanted(fleet, gateway);
}

/**
 * When also those leave that their gateway might still need: who is idle then ends by itself, and
 * is not taken for busy when mercy ends. Never for a generation that stays.
 */
export function lastCallAtMs({ leaveAtMs, plan }: Generation): number {
  return (leaveAtMs ?? Infinity) - Math.min(lastCallMs, plan.mercyMs / 4);
}

/** Workers first, when their gateway needs them no more; then the spawner. */
function seeOff(draft: Draft, generation: Generation): void {
  const { nowMs } = draft;
  const gateway = gatewayOf(draft.fleet, generation.plan.gateway);
  const isNeeded = gateway !== undefined && finishesForClients(draft.fleet, gateway);
  const leaveAtMs = generation.leaveAtMs ?? nowMs;
  for (const worker of generation.workers) {
    if (worker.state === 'starting') moveWorker(draft, generation, worker, 'kill');
    if (worker.state === 'up' && nowMs >= leaveAtMs) {
      sayMercyEnded(draft, generation, worker.slot);
      moveWorker(draft, generation, worker, 'kill');
    }
    if (worker.state === 'up' && (!isNeeded || nowMs >= lastCallAtMs(generation))) {
      moveWorker(draft, generation, worker, 'drain', leaveAtMs - nowMs);
    }
    // It was leaving before, and had time without a limit.
    if (worker.state === 'draining') {
      worker.limitAtMs = Math.min(worker.limitAtMs ?? Infinity, leaveAtMs);
    }
  }
  killIfItDoesNotReport(draft, generation);
  if (hasForksAlive(generation)) return;
  if (generation.spawner.state === 'starting') moveSpawner(draft, generation, 'kill');
  if (generation.spawner.state === 'up') moveSpawner(draft, generation, 'drain');
}

/** All were killed and no end is reported: the master becomes their parent, and waits for them. */
function killIfItDoesNotReport(draft: Draft, generation: Generation): void {
  const { spawner, workers, jobs, number } = generation;
  const alive = [...workers, ...jobs].filter(isAlive);
  if (spawner.state !== 'up' || alive.length === 0) return;
  const isOver = alive.every(
    ({ state, sinceMs }) => state === 'killed' && draft.nowMs - sinceMs >= spawnerExitMs,
  );
  if (!isOver) return;
  const seconds = spawnerExitMs / 1000;
  const sentence = `the spawner of generation ${number} has not reported for ${seconds} s that its killed workers have ended: killed`;
  say(draft, 'error', 'spawner.deaf', { generation: number }, sentence);
  moveSpawner(draft, generation, 'kill');
}

/** A gateway that has finished goes when the workers that talk through it have gone. */
function endDrainedGateway(draft: Draft, gateway: Gateway): void {
  const hasWorkers = draft.fleet.generations.some(
    (generation) => generation.plan.gateway === gateway.epoch && hasWorkersAlive(generation),
  );
  if (gateway.state === 'draining' && gateway.drained && !gateway.ended && !hasWorkers) {
    gateway.ended = true;
    draft.effects.push({ kind: 'end-gateway', epoch: gateway.epoch });
  }
}

function removeGone(draft: Draft): void {
  const { fleet } = draft;
  for (const generation of [...fleet.generations]) {
    if (generation.role !== 'leaving') continue;
    if (hasForksAlive(generation) || isAlive(generation.spawner)) continue;
    fleet.generations.splice(fleet.generations.indexOf(generation), 1);
    draft.effects.push({ kind: 'forget-generation', generation: generation.number });
  }
  for (const gateway of [...fleet.gateways]) {
    const isWanted = fleet.phase !== 'stopping' && isGatewayWanted(fleet, gateway);
    if (isAlive(gateway) || isWanted) continue;
    fleet.gateways.splice(fleet.gateways.indexOf(gateway), 1);
    draft.effects.push({ kind: 'forget-gateway', epoch: gateway.epoch });
  }
}
