/**
 * The supervisor: one event in, the next fleet and what to do out. Pure: it never waits, never
 * looks at a clock, and never fails for outside reasons. The master carries the effects out.
 */
import type { Fault } from './lives/child-lifecycle.ts';
import {
  gatewayExtraMs,
  killChildrenOf,
  killWorker,
  moveGateway,
  moveSpawner,
  moveWorker,
  spawnerExitMs,
} from './children.ts';
import { copyOf } from './copy.ts';
import type { Draft, Effect, SupervisionEvent } from './events.ts';
import { say } from './events.ts';
import { hooksEnded, spawnerExited, workerBegun, workerExited } from './exits.ts';
import {
  coming,
  generationOf,
  isStopAsked,
  newGateway,
  newGeneration,
  serving,
  workerOf,
  type Fleet,
  type Generation,
  type Plan,
  type Worker,
} from './fleet.ts';
import { takeGatewayEvent } from './gateway-events.ts';
import { askGateways } from './gateway-liveness.ts';
import { jobMoments, jobUp, renewJobs, takeJobEvent } from './job-processes.ts';
import { leave } from './reload.ts';
import { lifetimeMs, outworn, takeMemory, takenBack } from './retirement.ts';
import { scale, scaleBy, sleep, wake } from './scale.ts';
import { lastCallAtMs, settle } from './settle.ts';
import { nextLookAtMs } from './slow-starts.ts';
import { askSpawners, countAsAnswer, spawnerAlive } from './spawner-liveness.ts';

export interface Turn {
  readonly fleet: Fleet;
  readonly effects: readonly Effect[];
}

/** One turn: what happened, in; what to do, out. `nowMs` is monotonic and never goes back. */
export function step(fleet: Fleet, event: SupervisionEvent, nowMs: number): Turn {
  const draft: Draft = { fleet: copyOf(fleet), effects: [], nowMs };
  take(draft, event);
  const { lingersUntilMs } = draft.fleet;
  if (lingersUntilMs !== undefined && nowMs >= lingersUntilMs) stop(draft);
  // What one pass does may allow the next step, until nothing changes any more.
  let before = '';
  for (let now = JSON.stringify(draft.fleet); now !== before; now = JSON.stringify(draft.fleet)) {
    before = now;
    settle(draft);
  }
  return { fleet: draft.fleet, effects: draft.effects };
}

/**
 * When to look again even if nothing happens; undefined: not before something does. Times up to
 * `nowMs` are left out: the last step has handled them; the rest waits for an event.
 */
export function nextDeadline(fleet: Fleet, nowMs: number): number | undefined {
  const times: number[] = [];
  const add = (atMs: number | undefined) => {
    if (atMs !== undefined && atMs > nowMs && atMs !== Infinity) times.push(atMs);
  };
  add(fleet.lingersUntilMs);
  if (fleet.phase === 'serving') add(fleet.replaceAtMs);
  for (const generation of fleet.generations) {
    add(generation.spawner.limitAtMs);
    add(nextLookAtMs(generation));
    for (const atMs of jobMoments(generation)) add(atMs);
    const isLeaving = generation.role === 'leaving';
    for (const job of generation.jobs) {
      if (isLeaving && job.state === 'killed') add(job.sinceMs + spawnerExitMs);
    }
    if (generation.role === 'coming' && generation.spawner.state === 'down') {
      add(generation.spawner.startAtMs);
    }
    for (const worker of generation.workers) {
      add(worker.limitAtMs);
      if (isLeaving && worker.state === 'up') {
        add(lastCallAtMs(generation));
        add(generation.leaveAtMs);
      }
      if (isLeaving && worker.state === 'killed') add(worker.sinceMs + spawnerExitMs);
      if (!isLeaving && worker.state === 'down' && generation.spawner.state === 'up') {
        add(worker.startAtMs);
      }
      if (worker.state === 'up') add(worker.sinceMs + lifetimeMs(generation, worker.slot));
      // It holds the next replacement up until then.
      if (worker.state === 'draining') add(worker.sinceMs + generation.plan.mercyMs);
    }
  }
  for (const gateway of fleet.gateways) {
    add(gateway.limitAtMs);
    if (gateway.state === 'down') add(gateway.startAtMs);
  }
  return times.length === 0 ? undefined : Math.min(...times);
}

function take(draft: Draft, event: SupervisionEvent): void {
  switch (event.kind) {
    case 'start':
      return begin(draft, event.plan);
    case 'reload':
      return reload(draft, event.plan);
    case 'stop':
      return stopAfter(draft, event.delayMs ?? 0);
    case 'stop-now':
      return stopNow(draft);
    case 'scale':
      return scale(draft, event.workers);
    case 'scale-by':
      return scaleBy(draft, event.change);
    case 'sleep':
      return sleep(draft, event.why);
    case 'wake':
      return wake(draft);
    case 'suspend':
    case 'resume':
      return suspend(draft, event.kind === 'suspend');
    case 'beat':
      return beat(draft, event.deafAfterMs);
    case 'gateway-ready':
    case 'gateway-opened':
    case 'gateway-alive':
    case 'gateway-drained':
    case 'gateway-exited':
      return takeGatewayEvent(draft, event);
    case 'imported':
    case 'import-failed':
    case 'hooks-ended':
    case 'spawner-alive':
    case 'spawner-exited':
      return takeSpawnerEvent(draft, event);
    case 'memory':
      return takeMemory(draft, event.workers);
    case 'job-up':
      return jobUp(draft, generationOf(draft.fleet, event.generation), event);
    case 'renew-jobs':
      return renewJobs(draft, serving(draft.fleet), event.jobs);
    case 'time':
      return;
    default:
      return takeWorkerEvent(draft, event);
  }
}

/** Gateways and spawners are asked whether they still answer. */
function beat(draft: Draft, deafAfterMs: number): void {
  const { fleet, nowMs } = draft;
  const sinceLastBeatMs = nowMs - (fleet.beatAtMs ?? nowMs);
  fleet.beatAtMs = nowMs;
  askGateways(draft, deafAfterMs, sinceLastBeatMs);
  askSpawners(draft, sinceLastBeatMs);
}

function begin(draft: Draft, plan: Plan): void {
  const { fleet, nowMs } = draft;
  fleet.gateways.push(newGateway(plan.gateway, nowMs));
  fleet.generations.push(newGeneration(fleet.nextGeneration, plan, 'start', 'overlap', nowMs));
  fleet.nextGeneration += 1;
  fleet.lastPlan = plan;
}

/** Waits for a reload that is under way; only the newest waiting one is kept. */
function reload(draft: Draft, plan: Plan): void {
  const { fleet } = draft;
  if (isStopAsked(fleet)) return;
  fleet.pendingReload = plan;
  const running = coming(fleet);
  if (running === undefined) return;
  const fields = { generation: running.number };
  say(
    draft,
    'info',
    'reload.waits',
    fields,
    `generation ${running.number} is still coming up; this reload follows it`,
  );
}

/** Load balancers see that it is not ready for more before it accepts nothing more. */
function stopAfter(draft: Draft, delayMs: number): void {
  const { fleet, nowMs } = draft;
  const isSecond = fleet.lingersUntilMs !== undefined;
  if (delayMs === 0 || isSecond || fleet.phase !== 'serving') return stop(draft);
  fleet.lingersUntilMs = nowMs + delayMs;
  const seconds = delayMs / 1000;
  const sentence = `it serves on for ${seconds} s (shutdown-delay), while /readyz answers 503`;
  say(draft, 'info', 'stop.delayed', { seconds }, sentence);
}

function stop(draft: Draft): void {
  const { fleet, nowMs } = draft;
  fleet.lingersUntilMs = undefined;
  if (fleet.phase === 'stopping' || fleet.phase === 'ended') return stopNow(draft);
  const mercyMs = (serving(fleet) ?? coming(fleet))?.plan.mercyMs ?? 0;
  fleet.phase = 'stopping';
  fleet.stopAtMs = nowMs + mercyMs;
  fleet.pendingReload = undefined;
  for (const gateway of fleet.gateways) {
    moveGateway(draft, gateway, 'drain', mercyMs + gatewayExtraMs);
  }
  for (const generation of fleet.generations) {
    if (generation.role === 'coming' && !generation.workers.some((worker) => worker.enabled)) {
      killChildrenOf(draft, generation);
    }
    if (generation.role !== 'leaving') leave(draft, generation);
    generation.leaveAtMs = Math.min(generation.leaveAtMs ?? Infinity, fleet.stopAtMs);
  }
  fleet.suspended = false;
}

function stopNow(draft: Draft): void {
  const { fleet, nowMs } = draft;
  if (fleet.phase === 'ended') return;
  fleet.lingersUntilMs = undefined;
  fleet.phase = 'stopping';
  fleet.stopAtMs = nowMs;
  for (const generation of fleet.generations) {
    generation.role = 'leaving';
    generation.leaveAtMs = nowMs;
    killChildrenOf(draft, generation);
  }
  for (const gateway of fleet.gateways) moveGateway(draft, gateway, 'kill');
}

function suspend(draft: Draft, suspended: boolean): void {
  const { fleet } = draft;
  if (fleet.suspended === suspended || fleet.phase === 'stopping' || fleet.phase === 'ended') {
    return;
  }
  fleet.suspended = suspended;
  for (const gateway of fleet.gateways) {
    if (gateway.state === 'draining') continue; // It serves what waits, and goes.
    draft.effects.push({ kind: 'suspend', epoch: gateway.epoch, suspended });
  }
}

type EventOf<Kind extends SupervisionEvent['kind']> = Extract<SupervisionEvent, { kind: Kind }>;

function takeSpawnerEvent(
  draft: Draft,
  event: EventOf<'imported' | 'import-failed' | 'hooks-ended' | 'spawner-alive' | 'spawner-exited'>,
): void {
  const generation = generationOf(draft.fleet, event.generation);
  if (generation === undefined) return;
  if (event.kind === 'spawner-alive') return spawnerAlive(draft, generation, event.number);
  if (event.kind === 'spawner-exited') return spawnerExited(draft, generation, event);
  if (event.kind === 'hooks-ended') return hooksEnded(draft, generation, event.sentence);
  if (event.kind === 'import-failed') {
    generation.spawner.fault = faultOf(event);
    return;
  }
  moveSpawner(draft, generation, 'ready');
  generation.application = 'present';
}

function faultOf({
  sentence,
  isHook,
}: {
  readonly sentence: string;
  readonly isHook?: boolean;
}): Fault {
  return { kind: isHook === true ? 'hook' : 'no-application', sentence };
}

type WorkerEvent = EventOf<
  | 'forked'
  | 'worker-loaded'
  | 'worker-connected'
  | 'worker-failed'
  | 'worker-exited'
  | 'worker-begun'
  | 'worker-due'
  | 'worker-outworn'
  | 'worker-overran'
>;

function takeWorkerEvent(draft: Draft, event: WorkerEvent): void {
  const generation = generationOf(draft.fleet, event.generation);
  const worker = workerOf(draft.fleet, event.generation, event.slot);
  if (generation === undefined) return;
  if (worker === undefined) {
    countAsAnswer(draft, generation);
    return takeJobEvent(draft, generation, event);
  }
  if (event.kind === 'worker-begun') return workerBegun(draft, worker, event.pid);
  if ('pid' in event && event.kind !== 'forked' && event.kind !== 'worker-connected') {
    // News of a process that has left this slot is ignored. A gateway knows only pids that were
    // known here; a spawner may report an end before its pid is known.
    const wasKnown =
      event.kind === 'worker-due' ||
      event.kind === 'worker-outworn' ||
      event.kind === 'worker-overran';
    if ((wasKnown || worker.pid !== undefined) && worker.pid !== event.pid) return;
  }
  if (event.kind === 'forked' || event.kind === 'worker-exited') {
    countAsAnswer(draft, generation);
  }
  switch (event.kind) {
    case 'forked':
      worker.pid = event.pid;
      if (worker.state === 'killed') killWorker(draft, generation, worker);
      return;
    case 'worker-loaded':
      worker.hasLoaded = worker.state === 'starting';
      return;
    case 'worker-connected':
      return connected(draft, generation, worker, event.pid);
    case 'worker-failed':
      worker.fault = faultOf(event);
      return;
    case 'worker-exited':
      return workerExited(draft, generation, worker, event);
    case 'worker-due':
      takenBack(draft, generation, worker, event.reason);
      return moveWorker(draft, generation, worker, 'drain');
    case 'worker-outworn':
      return outworn(worker, event.reason);
    case 'worker-overran': {
      const isLast = event.othersRunning === 0;
      if (isLast) return moveWorker(draft, generation, worker, 'kill');
      return moveWorker(draft, generation, worker, 'drain', generation.plan.mercyMs);
    }
    default:
      event satisfies never;
  }
}

function connected(draft: Draft, generation: Generation, worker: Worker, pid: number): void {
  const { state, slot } = worker;
  if (state !== 'starting' && state !== 'killed') return;
  if (state === 'killed' && worker.pid !== undefined) return;
  worker.pid = pid;
  // Its spawner was lost before it reported the fork.
  if (state === 'killed') return killWorker(draft, generation, worker);
  moveWorker(draft, generation, worker, 'ready');
  if (generation.role !== 'serving') return;
  worker.enabled = true;
  const enable = [{ generation: generation.number, slot }];
  draft.effects.push({ kind: 'switch', epoch: generation.plan.gateway, enable, drain: [] });
}
