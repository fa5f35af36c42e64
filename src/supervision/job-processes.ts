/**
 * Mules and spoolers: processes with the application that serve no requests. They belong to a
 * generation as workers do, but no client waits for them: they are started when it serves, and a
 * start or a reload does not depend on them. What they run when the generation leaves has its
 * mercy.
 *
 * Two spoolers may work on one directory, as each task is locked; two mules with one number would
 * do the same work twice. So the mule of the next generation waits until the one before has ended.
 */
import { isAlive, move, type ChildEvent } from './lives/child-lifecycle.ts';
import { say, type Draft, type Ended, type SlotOf, type SupervisionEvent } from './events.ts';
import type { Fleet, Generation, Job, JobKind } from './fleet.ts';
import { bootDelayMs, restartDelayMs, steadyAfterMs } from './lives/restart-limit.ts';

/** News of a process that a spawner has forked. */
type ForkEvent = Extract<SupervisionEvent, SlotOf & { readonly pid: number }>;

/** What is to be done for the jobs of a generation, whatever happened. */
export function tendJobs(draft: Draft, generation: Generation): void {
  const { fleet, nowMs } = draft;
  for (const job of generation.jobs) {
    endLimit(draft, generation, job);
    if (generation.role === 'leaving') seeOffJob(draft, generation, job);
    else if (mayStart(fleet, generation, job) && nowMs >= job.startAtMs) {
      job.starts += 1;
      moveJob(draft, generation, job, 'start', generation.plan.startTimeoutMs);
    }
  }
}

function mayStart(fleet: Fleet, generation: Generation, { state, terms }: Job): boolean {
  if (state !== 'down' || fleet.phase !== 'serving') return false;
  if (generation.role !== 'serving' || generation.spawner.state !== 'up') return false;
  return terms.kind === 'spooler' || !hasAnotherMule(fleet, generation, terms.slot);
}

function hasAnotherMule(fleet: Fleet, generation: Generation, slot: number): boolean {
  return fleet.generations.some(
    (other) =>
      other !== generation && other.jobs.some((job) => job.terms.slot === slot && isAlive(job)),
  );
}

function endLimit(draft: Draft, generation: Generation, job: Job): void {
  if (job.limitAtMs === undefined || draft.nowMs < job.limitAtMs) return;
  const { name } = job.terms;
  const { kind } = job.terms;
  const option = kind === 'mule' ? 'mule-reload-mercy, worker-reload-mercy' : 'worker-reload-mercy';
  const limit = `${Math.round((draft.nowMs - job.sinceMs) / 1000)} s (${option})`;
  const lost = kind === 'mule' ? 'what it handled is lost' : 'its task is tried again';
  const sentence =
    job.state === 'draining'
      ? `${name} is still busy after ${limit}: killed; ${lost}`
      : `${name} has not loaded the application within ${generation.plan.startTimeoutMs / 1000} s: killed`;
  say(draft, 'warn', 'job.killed', fieldsOf(generation, job), sentence);
  moveJob(draft, generation, job, 'timeout');
}

function seeOffJob(draft: Draft, generation: Generation, job: Job): void {
  const leaveAtMs = generation.leaveAtMs ?? draft.nowMs;
  if (job.state === 'starting') moveJob(draft, generation, job, 'kill');
  if (job.state === 'up') {
    const leftMs = Math.max(leaveAtMs - draft.nowMs, 0);
    moveJob(draft, generation, job, 'drain', Math.min(leftMs, job.terms.mercyMs));
  }
  if (job.state === 'draining') job.limitAtMs = Math.min(job.limitAtMs ?? Infinity, leaveAtMs);
}

/** All of a kind end when they have finished what they run, and are started again. */
export function renewJobs(draft: Draft, generation: Generation | undefined, kind: JobKind): void {
  if (generation === undefined) return;
  for (const job of generation.jobs) {
    if (job.terms.kind !== kind || job.state !== 'up') continue;
    moveJob(draft, generation, job, 'drain', job.terms.mercyMs);
  }
}

export function killJobsOf(draft: Draft, generation: Generation): void {
  for (const job of generation.jobs) moveJob(draft, generation, job, 'kill');
}

export function jobOf(generation: Generation, slot: number): Job | undefined {
  return generation.jobs.find(({ terms }) => terms.slot === slot);
}

/** News of a mule or a spooler; nothing of a process that was replaced. */
export function takeJobEvent(draft: Draft, generation: Generation, event: ForkEvent): void {
  const job = jobOf(generation, event.slot);
  if (job === undefined) return;
  if (event.kind === 'forked') return jobForked(draft, generation, job, event.pid);
  if (job.pid !== undefined && job.pid !== event.pid) return;
  if (event.kind === 'worker-failed') {
    job.fault = { kind: 'no-application', sentence: `${job.terms.name}: ${event.sentence}` };
  } else if (event.kind === 'worker-exited') jobExited(draft, generation, job, event);
}

function jobForked(draft: Draft, generation: Generation, job: Job, pid: number): void {
  job.pid = pid;
  if (job.state === 'killed') killJob(draft, generation, job);
}

export function jobUp(
  draft: Draft,
  generation: Generation | undefined,
  { slot, pid }: SlotOf & { readonly pid: number },
): void {
  const job = generation && jobOf(generation, slot);
  if (generation === undefined || job === undefined || job.state !== 'starting') return;
  job.pid = pid;
  moveJob(draft, generation, job, 'ready');
  const { name } = job.terms;
  say(draft, 'info', 'job.started', fieldsOf(generation, job), `${name} runs as pid ${pid}`);
}

function jobExited(draft: Draft, generation: Generation, job: Job, ended: Ended): void {
  const { nowMs } = draft;
  const { state, sinceMs } = job;
  const fields = fieldsOf(generation, job);
  const what = `${job.terms.name} (pid ${job.pid ?? 0})`;
  moveJob(draft, generation, job, 'exit');
  if (state === 'draining' || state === 'killed') {
    job.failures = 0;
    job.startAtMs = nowMs;
    return say(draft, 'info', 'job.exited', fields, `${what} ${ended.how}, as it was asked`);
  }
  const isSteady = state === 'up' && nowMs - sinceMs >= steadyAfterMs;
  job.failures = isSteady ? 1 : job.failures + 1;
  const delayMs = state === 'up' ? restartDelayMs(job.failures) : bootDelayMs(job.failures);
  job.startAtMs = nowMs + delayMs;
  const again = delayMs === 0 ? 'starting another at once' : `starting another in ${delayMs} ms`;
  const why = job.fault?.sentence ?? `${what} ${ended.how}`;
  say(draft, 'error', 'job.exited', fields, `${why}; ${again}`);
}

/** When to look at them again. */
export function jobMoments(generation: Generation): readonly number[] {
  return generation.jobs.flatMap((job) => [
    ...(job.limitAtMs === undefined ? [] : [job.limitAtMs]),
    ...(job.state === 'down' && generation.role === 'serving' ? [job.startAtMs] : []),
  ]);
}

function moveJob(
  draft: Draft,
  generation: Generation,
  job: Job,
  event: ChildEvent,
  limitMs?: number,
): void {
  const at = { generation: generation.number, slot: job.terms.slot };
  for (const action of move(job, event, draft.nowMs, limitMs)) {
    if (action === 'start-process') draft.effects.push({ kind: 'fork-job', ...at });
    if (action === 'send-sigkill') killJob(draft, generation, job);
    if (action === 'ask-to-leave' && job.pid !== undefined) {
      draft.effects.push({ kind: 'end-job', ...at, pid: job.pid });
    }
  }
}

function killJob(draft: Draft, { number: generation }: Generation, { pid, terms }: Job): void {
  if (pid === undefined) return;
  draft.effects.push({ kind: 'kill-worker', generation, slot: terms.slot, pid });
}

function fieldsOf({ number }: Generation, { terms, pid }: Job) {
  return { job: terms.name, generation: number, pid: pid ?? 0 };
}
