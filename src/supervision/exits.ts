/**
 * What the end of a child means: asked for or not, first start or long service, and who must be
 * told. Starting it again is not decided here but by what is wanted (settle.ts).
 */
import type { Fault } from './lives/child-lifecycle.ts';
import { moveGateway, moveSpawner, moveWorker, killChildrenOf } from './children.ts';
import { say, type Draft, type Ended } from './events.ts';
import type { Gateway, Generation, Worker } from './fleet.ts';
import { abandon, takeOver } from './reload.ts';
import { countLoss, isLate } from './spawner-liveness.ts';
import { coming, gatewayOf, serving } from './fleet.ts';
import { lostIfHopeless } from './gateway-liveness.ts';
import {
  bootDelayMs,
  gatewayDelayMs,
  mayTryAgain,
  recentFailures,
  restartDelayMs,
  steadyAfterMs,
} from './lives/restart-limit.ts';

const exitCodes = { noApplication: 22, unavailable: 69, software: 70, osError: 71 } as const;

export function workerExited(
  draft: Draft,
  generation: Generation,
  worker: Worker,
  { how, errno }: Ended,
): void {
  const { nowMs } = draft;
  const before = { state: worker.state, livedMs: nowMs - worker.sinceMs, pid: worker.pid ?? 0 };
  const name = `worker ${worker.slot}${before.pid === 0 ? '' : ` (pid ${before.pid})`}`;
  const fault = worker.fault ?? refusal(`${name} ${how}`, errno);
  moveWorker(draft, generation, worker, 'exit');
  worker.lastPid = before.pid;
  const fields = { slot: worker.slot, generation: generation.number, pid: before.pid };
  const wasAsked = before.state === 'draining' || before.state === 'killed';
  if (wasAsked && fault === undefined) {
    worker.failures = 0;
    worker.startAtMs = nowMs;
    say(draft, 'info', 'worker.exited', fields, `${name} ${how}, as it was asked`);
    return;
  }
  const wasUp = before.state === 'up';
  const isUseful = wasUp && worker.hasWorked && fault === undefined;
  const delayMs = countFailure(worker, { wasUp, isUseful, livedMs: before.livedMs });
  worker.startAtMs = nowMs + delayMs;
  const isSpawnerThere = generation.spawner.state === 'up' && !isLate(generation.spawner);
  const soon = delayMs === 0 ? 'starting another at once' : `starting another in ${delayMs} ms`;
  const again = isSpawnerThere ? soon : 'another is started when there is a spawner again';
  const why = fault?.sentence ?? `${name} ${how}`;
  if (generation.role === 'serving' || (generation.role === 'coming' && isUseful)) {
    say(draft, 'error', 'worker.exited', fields, `${why}; ${again}`);
  } else if (generation.role === 'coming') {
    const when = wasUp || fault !== undefined ? '' : ' before it was ready';
    comingFailed(draft, generation, fault, `${why}${when}`);
  }
}

interface Life {
  readonly wasUp: boolean;
  /** It was up and had been given a request. */
  readonly isUseful: boolean;
  readonly livedMs: number;
}

/** Counts the end of a worker that nobody asked for; returns the wait before the next start. */
function countFailure(worker: Worker, { wasUp, isUseful, livedMs }: Life): number {
  if (isUseful) worker.failures = 0;
  else worker.failures = wasUp && livedMs >= steadyAfterMs ? 1 : worker.failures + 1;
  return wasUp ? restartDelayMs(worker.failures) : bootDelayMs(worker.failures);
}

/**
 * A worker has been given its first request: it is of use, so its end does not count as a failed
 * start. If it has ended already, the next one is started without a pause.
 */
export function workerBegun(draft: Draft, worker: Worker, pid: number): void {
  if (worker.state === 'up' && worker.pid === pid) worker.hasWorked = true;
  if (worker.lastPid !== pid) return;
  worker.failures = 0;
  if (worker.state === 'down') worker.startAtMs = Math.min(worker.startAtMs, draft.nowMs);
}

export function spawnerExited(draft: Draft, generation: Generation, { how, errno }: Ended): void {
  const { nowMs } = draft;
  const spawner = generation.spawner;
  const wasUp = spawner.state === 'up';
  const wasAsked = spawner.state === 'draining' || (spawner.state === 'killed' && !spawner.fault);
  const fault = spawner.fault ?? refusal(`the spawner ${how}`, errno);
  // Of a deaf one the loss was counted when it was killed.
  if (wasUp && generation.role === 'serving') countLoss(draft, generation, 'ended');
  moveSpawner(draft, generation, 'exit');
  if (wasAsked || generation.role === 'leaving') return;
  if (generation.role === 'serving') return servesWithoutSpawner(draft, generation, how);
  spawner.failures += 1;
  spawner.startAtMs = nowMs + bootDelayMs(spawner.failures);
  const when = wasUp ? 'before its workers were ready' : 'while it imported the application';
  if (generation.cause === 'start') {
    for (const worker of generation.workers) moveWorker(draft, generation, worker, 'kill');
  }
  comingFailed(draft, generation, fault, fault?.sentence ?? `the spawner ${how} ${when}`);
}

function servesWithoutSpawner(draft: Draft, generation: Generation, how: string): void {
  const hasWorkers = generation.workers.some(({ state }) => state === 'up');
  const next = hasWorkers
    ? 'its workers go on serving, and a new spawner replaces them one by one'
    : 'it has no worker that serves; a new spawner is started';
  const fields = { generation: generation.number };
  say(draft, 'error', 'spawner.exited', fields, `the spawner ${how}; ${next}`);
}

/** A first start may be tried again, or ends the daemon; a reload is backed out. */
function comingFailed(
  draft: Draft,
  generation: Generation,
  fault: Fault | undefined,
  sentence: string,
): void {
  const hasEnabled = generation.workers.some((worker) => worker.enabled);
  const gateway = gatewayOf(draft.fleet, generation.plan.gateway);
  if (generation.cause === 'spawner-lost' && hasEnabled && gateway !== undefined) {
    // The old one cannot fork any more: what has come up is the better half to go on from.
    takeOver(draft, generation, gateway);
    say(draft, 'error', 'generation.incomplete', { generation: generation.number }, sentence);
  } else if (generation.cause !== 'start') {
    draft.fleet.isCodeBroken = fault?.kind === 'no-application' || fault?.kind === 'hook';
    abandon(draft, generation, sentence, exitCodeOf(fault));
  } else if (fault === undefined || fault.kind === 'deaf') {
    bootFailed(draft, sentence, { exitCode: exitCodes.noApplication });
  } else if (fault.kind === 'hook') {
    fail(draft, sentence, { exitCode: exitCodes.unavailable });
  } else if (fault.kind === 'refused') {
    bootFailed(draft, sentence, { exitCode: exitCodes.osError, errno: fault.errno });
  } else {
    noApplication(draft, generation, fault, sentence);
  }
}

function exitCodeOf(fault: Fault | undefined): number {
  if (fault?.kind === 'hook') return exitCodes.unavailable;
  return fault?.kind === 'refused' ? exitCodes.osError : exitCodes.noApplication;
}

/** hook-master-start: a generation whose hook fails does not serve. */
export function hooksEnded(draft: Draft, generation: Generation, sentence: string): void {
  if (generation.hooks !== 'running') return;
  generation.hooks = 'done';
  if (sentence === '' || generation.role !== 'coming') return;
  comingFailed(draft, generation, { kind: 'hook', sentence }, sentence);
}

/** The fault of a child that the system did not let start; undefined without an error of its. */
function refusal(sentence: string, errno: number | undefined): Fault | undefined {
  return errno === undefined ? undefined : { kind: 'refused', sentence, errno };
}

/** At the first start: ends the daemon, or with need-app = false serves without it. */
function noApplication(draft: Draft, generation: Generation, fault: Fault, sentence: string): void {
  if (generation.plan.needApplication) {
    const what = generation.application === 'present' ? 'a worker' : 'an application';
    const whole = `${sentence}; without ${what} Reeve does not start`;
    const isTimeout = fault.kind === 'start-timeout';
    fail(draft, whole, { exitCode: exitCodes.noApplication, isTimeout });
    return;
  }
  if (generation.application === 'absent') return;
  generation.application = 'absent';
  killChildrenOf(draft, generation);
  say(
    draft,
    'error',
    'application.absent',
    { generation: generation.number },
    `${sentence}; serving 500 until a reload succeeds, as need-app = false asks`,
  );
}

interface Failure {
  readonly exitCode: number;
  readonly errno?: number | undefined;
  readonly isTimeout?: boolean;
}

function bootFailed(draft: Draft, sentence: string, failure: Failure): void {
  const { fleet, nowMs } = draft;
  if (fleet.phase !== 'starting') return;
  fleet.bootFailuresAtMs = recentFailures(fleet.bootFailuresAtMs, nowMs);
  const tries = fleet.bootFailuresAtMs.length;
  if (mayTryAgain(fleet.bootFailuresAtMs)) {
    say(
      draft,
      'error',
      'start.failed',
      { tries },
      `${sentence}; trying again (${tries} of 5 within a minute)`,
    );
  } else {
    fail(draft, `${sentence}, ${tries} times within a minute; giving up`, failure);
  }
}

/** Ends a daemon that never was ready. */
function fail(draft: Draft, sentence: string, failure: Failure): void {
  const { fleet, nowMs } = draft;
  const { exitCode, errno, isTimeout = false } = failure;
  if (fleet.phase !== 'starting') return;
  fleet.phase = 'stopping';
  fleet.exitCode = exitCode;
  fleet.stopAtMs = nowMs;
  say(draft, 'error', 'start.refused', { exitCode }, sentence);
  draft.effects.push({ kind: 'start-failed', exitCode, errno, isTimeout, sentence });
  for (const generation of fleet.generations) {
    generation.role = 'leaving';
    generation.leaveAtMs = nowMs;
    killChildrenOf(draft, generation);
  }
  for (const gateway of fleet.gateways) moveGateway(draft, gateway, 'kill');
}

export function gatewayExited(draft: Draft, gateway: Gateway, ended: Ended): void {
  const { fleet, nowMs } = draft;
  const { how, errno } = ended;
  const { isFaulty, listening: wasListening } = gateway;
  const wasAsked = gateway.state === 'draining' || (gateway.state === 'killed' && !isFaulty);
  const isSteady = gateway.state === 'up' && nowMs - gateway.sinceMs >= steadyAfterMs;
  moveGateway(draft, gateway, 'exit');
  gateway.listening = false;
  if (wasAsked) {
    gateway.drained = true;
    gateway.opened = false;
    return;
  }
  gateway.failures = isSteady ? 1 : gateway.failures + 1;
  const isRefused = errno !== undefined;
  const delayMs = isRefused ? gatewayDelayMs(gateway.failures) : restartDelayMs(gateway.failures);
  gateway.startAtMs = nowMs + delayMs;
  if (isRefused) gateway.refusedSinceMs ??= nowMs;
  if (fleet.phase === 'stopping') gateway.drained = true;
  const what = isRefused
    ? `clients wait, and another is started in ${delayMs} ms`
    : 'its connections are lost, new clients wait for the next one';
  say(draft, 'error', 'gateway.exited', { epoch: gateway.epoch }, `the gateway ${how}; ${what}`);
  lostIfHopeless(draft, gateway, ended);
  if (wasListening) return;
  const sentence = `the gateway ${how}${isRefused ? '' : ' before it was ready'}`;
  const exitCode = isRefused ? exitCodes.osError : exitCodes.software;
  const comer = coming(fleet);
  if (comer !== undefined && comer.cause !== 'start' && isOnlyFor(draft, gateway, comer)) {
    abandon(draft, comer, sentence, exitCode);
  } else {
    bootFailed(draft, sentence, { exitCode, errno });
  }
}

/** A reload has brought this gateway with it: it has no clients yet. */
function isOnlyFor({ fleet }: Draft, gateway: Gateway, generation: Generation): boolean {
  const old = serving(fleet);
  const isNew = old !== undefined && old.plan.gateway !== gateway.epoch;
  return isNew && generation.plan.gateway === gateway.epoch;
}
