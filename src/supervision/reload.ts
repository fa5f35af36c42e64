/**
 * A new generation beside the old: how it takes over when all of it is ready, and how it is backed
 * out if it does not come up. The old one serves until the very step in which the new one does.
 */
import { isAlive, type Child } from './lives/child-lifecycle.ts';
import { gatewayExtraMs, hasWorkersAlive, moveGateway, moveWorker } from './children.ts';
import { say, type Draft, type SlotOf } from './events.ts';
import {
  coming,
  gatewayOf,
  newGateway,
  newGeneration,
  serving,
  type Cause,
  type Fleet,
  type Gateway,
  type Generation,
  type Plan,
  type ReloadMode,
  type Worker,
} from './fleet.ts';

/** So many failed starts in a row are enough for clients to wait for. */
const waitedForFailures = 3;
/** What a brutal reload leaves to requests. */
const brutalMercyMs = 1_000;

/** Raises the generation. The caller has made sure that none is coming already. */
export function raise(draft: Draft, plan: Plan, cause: Cause): void {
  const { fleet, nowMs } = draft;
  const old = serving(fleet);
  const isAsleep = old?.isAsleep ?? plan.startsAsleep;
  const mode = isAsleep ? 'overlap' : modeOf(draft, plan, cause, old);
  const number = fleet.nextGeneration;
  const generation = newGeneration(number, sizedAs(old, plan), cause, mode, nowMs, isAsleep);
  fleet.nextGeneration += 1;
  fleet.generations.push(generation);
  fleet.replaceAtMs = undefined;
  if (gatewayOf(fleet, plan.gateway) === undefined) {
    fleet.gateways.push(newGateway(plan.gateway, nowMs));
  }
  if (mode === 'stop-first' && old !== undefined) {
    if (plan.hurriesOld) hurry(old);
    if (old.plan.gateway !== plan.gateway) drainGatewayOf(draft, old);
    leave(draft, old);
  }
}

/** A reload under load begins with as many workers as the load has needed so far. */
function sizedAs(old: Generation | undefined, plan: Plan): Plan {
  if (old === undefined || plan.scaling === undefined || old.isAsleep) return plan;
  const { least, most } = plan.scaling;
  return { ...plan, workers: Math.min(Math.max(old.plan.workers, least), most) };
}

function modeOf(draft: Draft, plan: Plan, cause: Cause, old: Generation | undefined): ReloadMode {
  if (old === undefined) return 'overlap';
  const wanted = cause === 'spawner-lost' ? 'rolling' : plan.reloadMode;
  if (wanted === 'rolling' && old.plan.gateway !== plan.gateway) {
    say(
      draft,
      'info',
      'reload.overlaps',
      {},
      'the listeners or limits changed with this reload: all workers are replaced in one step, not one by one',
    );
    return 'overlap';
  }
  return wanted;
}

/** The coming generation takes over if all of it is ready. */
export function takeOverIfReady(draft: Draft): void {
  const generation = coming(draft.fleet);
  if (generation === undefined) return;
  const gateway = gatewayOf(draft.fleet, generation.plan.gateway);
  if (gateway === undefined || gateway.state !== 'up') return;
  const isComplete =
    generation.application === 'absent' || generation.plan.workers === 0 || isReady(generation);
  if (mustWaitForHooks(draft, generation, isComplete)) return;
  if (generation.mode === 'rolling') rollOneStep(draft, generation);
  if (isComplete && !isRolling(draft, generation)) takeOver(draft, generation, gateway);
}

/** Before the first of its workers serves hook-master-start runs, as late as it can. */
function mustWaitForHooks(draft: Draft, generation: Generation, isComplete: boolean): boolean {
  const { hooks, mode, workers, number } = generation;
  const isNext = mode === 'rolling' && workers.some(({ state }) => state === 'up');
  if (hooks === 'due' && (isComplete || isNext)) {
    generation.hooks = 'running';
    draft.effects.push({ kind: 'run-hooks', generation: number });
  }
  return generation.hooks === 'running';
}

/** All of its workers are up; asleep it has none, and can fork them. */
function isReady({ isAsleep, workers, spawner, application }: Generation): boolean {
  if (isAsleep) return spawner.state === 'up' && application === 'present';
  return workers.every((worker) => worker.state === 'up');
}

function isRolling(draft: Draft, generation: Generation): boolean {
  const old = serving(draft.fleet);
  return generation.mode === 'rolling' && old !== undefined && hasWorkersAlive(old);
}

/** Enables what is up, takes back as many of the old, and wants the next when those have left. */
function rollOneStep(draft: Draft, generation: Generation): void {
  const old = serving(draft.fleet);
  const up = generation.workers.filter((worker) => worker.state === 'up');
  const fresh = up.filter((worker) => !worker.enabled);
  if (fresh.length > 0) {
    for (const worker of fresh) worker.enabled = true;
    pushSwitch(draft, generation.plan.gateway, slotsOf(generation, fresh), []);
  }
  const leaving = old === undefined ? [] : takeBack(draft, generation, old, up.length);
  const next = generation.workers[up.length];
  if (next !== undefined && !leaving.some(isAlive)) next.wanted = true;
}

/** Takes back one of the old workers for each new one, and all of them for the last. */
function takeBack(
  draft: Draft,
  generation: Generation,
  old: Generation,
  up: number,
): readonly Worker[] {
  const isLast = up === generation.workers.length;
  const staying = isLast ? 0 : Math.max(old.plan.workers - up, 0);
  const wanted = old.workers.filter((worker) => worker.wanted);
  // First those that do not serve: where one was being replaced there is one more.
  wanted.sort((a, b) => Number(a.enabled) - Number(b.enabled) || a.slot - b.slot);
  for (const worker of wanted.slice(0, wanted.length - staying)) worker.wanted = false;
  const leaving = old.workers.filter((worker) => !worker.wanted);
  for (const worker of leaving) {
    if (worker.state === 'draining') worker.limitAtMs ??= draft.nowMs + old.plan.mercyMs;
    else moveWorker(draft, old, worker, 'drain', old.plan.mercyMs);
  }
  return leaving;
}

/** The switch: in one message where one gateway serves both. */
export function takeOver(draft: Draft, generation: Generation, gateway: Gateway): void {
  const { fleet } = draft;
  const old = serving(fleet);
  generation.role = 'serving';
  // One that takes over early, as the old one cannot fork, had not wanted all of its workers yet.
  for (const worker of generation.workers) {
    worker.wanted = !generation.isAsleep && worker.slot <= generation.plan.workers;
  }
  const state = generation.application === 'absent' ? 'absent' : 'present';
  draft.effects.push({ kind: 'application', epoch: gateway.epoch, state });
  const fresh = generation.workers.filter((worker) => worker.state === 'up' && !worker.enabled);
  for (const worker of fresh) worker.enabled = true;
  if (fresh.length > 0) pushSwitch(draft, gateway.epoch, slotsOf(generation, fresh), []);
  if (!gateway.opened) {
    gateway.opened = true;
    draft.effects.push({ kind: 'open-gateway', epoch: gateway.epoch });
  }
  if (old !== undefined) {
    if (generation.plan.hurriesOld) hurry(old);
    leave(draft, old);
  }
  // A new spawner has to prove itself first: see countLoss.
  if (generation.cause !== 'spawner-lost') fleet.replaceFailures = 0;
  fleet.isCodeBroken = false;
  fleet.isAnnouncementDue = true;
  announceIfListening(draft);
}

/** What serves is announced when it is true: not before its gateway takes clients. */
export function announceIfListening(draft: Draft): void {
  const { fleet } = draft;
  const generation = serving(fleet);
  if (!fleet.isAnnouncementDue || generation === undefined) return;
  if (gatewayOf(fleet, generation.plan.gateway)?.listening !== true) return;
  fleet.isAnnouncementDue = false;
  if (!fleet.everReady) {
    fleet.everReady = true;
    fleet.phase = 'serving';
    draft.effects.push({ kind: 'ready' });
  } else {
    draft.effects.push({
      kind: 'reloaded',
      generation: generation.number,
      configuration: generation.plan.configuration,
      asked: generation.cause === 'reload',
    });
  }
}

/** A brutal reload: those that run a request have a moment, whatever worker-reload-mercy says. */
function hurry(generation: Generation): void {
  const { plan } = generation;
  generation.plan = { ...plan, mercyMs: Math.min(plan.mercyMs, brutalMercyMs) };
}

/** From now on the generation takes nothing new; its mercy begins. */
export function leave(draft: Draft, generation: Generation): void {
  generation.role = 'leaving';
  generation.leaveAtMs = draft.nowMs + generation.plan.mercyMs;
}

function drainGatewayOf(draft: Draft, generation: Generation): void {
  const gateway = gatewayOf(draft.fleet, generation.plan.gateway);
  if (gateway === undefined) return;
  moveGateway(draft, gateway, 'drain', generation.plan.mercyMs + gatewayExtraMs);
}

/** The coming generation does not come up: it goes, and what serves keeps serving. */
export function abandon(
  draft: Draft,
  generation: Generation,
  sentence: string,
  exitCode: number,
): void {
  const { fleet } = draft;
  leave(draft, generation);
  const old = serving(fleet);
  const gateway = gatewayOf(fleet, generation.plan.gateway);
  const asked = generation.cause === 'reload';
  const { number, plan } = generation;
  const configuration = plan.configuration;
  const outcome = { kind: 'reload-failed', generation: number, configuration, asked } as const;
  draft.effects.push({ ...outcome, sentence, exitCode, isServed: old !== undefined });
  if (old === undefined || generation.cause === 'spawner-lost') fleet.replaceFailures += 1;
  if (old === undefined && gateway?.state === 'up' && mayTakeLong(fleet, generation)) {
    draft.effects.push({ kind: 'application', epoch: gateway.epoch, state: 'awaited' });
  }
}

/** With nothing that serves, clients wait for the next start, unless it will fail as this one. */
function mayTakeLong(fleet: Fleet, { spawner, workers }: Generation): boolean {
  const isFault = ({ fault }: Child): boolean => fault !== undefined && fault.kind !== 'deaf';
  return fleet.replaceFailures >= waitedForFailures || [spawner, ...workers].some(isFault);
}

function pushSwitch(
  draft: Draft,
  epoch: number,
  enable: readonly SlotOf[],
  drain: readonly SlotOf[],
): void {
  draft.effects.push({ kind: 'switch', epoch, enable, drain });
}

function slotsOf(generation: Generation, workers: readonly { readonly slot: number }[]): SlotOf[] {
  return workers.map((worker) => ({ generation: generation.number, slot: worker.slot }));
}
