/**
 * Whether the spawners still answer. A spawner may be stopped, or be held up by the application: by
 * a thread that keeps the interpreter's lock, by a function of os.register_at_fork. Then no worker
 * that dies is replaced, and no end of one is reported. So each is asked from time to time, and
 * with each order that it gets. One that is silent for too long is killed, and replaced as one that
 * has ended; its workers serve on.
 *
 * Whatever a spawner sends counts as an answer: many forks of a large application take their time.
 */
import { askSpawner, moveSpawner } from './children.ts';
import { say, type Draft } from './events.ts';
import { coming, serving, type Fleet, type Generation, type Spawner } from './fleet.ts';
import { steadyAfterMs } from './lives/restart-limit.ts';

/** A spawner that is silent for so long after a question is killed. */
export const spawnerDeafAfterMs = 10_000;
/** How often a spawner without orders is asked: docs/internals.md has what a question costs. */
export const spawnerAskedEveryMs = 5_000;
/**
 * A spawner that was lost after so long a life is the first of a new row of losses: one that ended
 * has loaded the application and forked from it, one that is deaf may have been so for long.
 */
const unrelatedAfterMs = { ended: steadyAfterMs, deaf: 60_000 } as const;
/** A deaf one that is not the first counts as so many failures: 0.8 s of pause, and growing. */
const deafFailuresMin = 5;
/** An answer is late when so many beats have gone by. */
const lateBeats = 2;

/** Why a spawner does nothing, behind "it is stopped, or". */
export const heldUp =
  'the application holds it up (a thread that keeps the lock of the interpreter, a function of ' +
  'os.register_at_fork)';

/** At every beat: asks, and gives up those that have been silent for too long. */
export function askSpawners(draft: Draft, sinceLastBeatMs: number): void {
  const { fleet, nowMs } = draft;
  // The master has slept itself: answers may wait unread in its own queue.
  const hasSlept = sinceLastBeatMs > spawnerDeafAfterMs / 2;
  for (const generation of fleet.generations) {
    const { spawner } = generation;
    const { ping } = spawner;
    if (ping === undefined) {
      if (nowMs - spawner.heardAtMs >= spawnerAskedEveryMs) askSpawner(draft, generation);
    } else if (hasSlept) spawner.ping = { ...ping, sentAtMs: nowMs, beats: 0 };
    else if (nowMs - ping.sentAtMs >= spawnerDeafAfterMs) replaceDeaf(draft, generation);
    else spawner.ping = { ...ping, beats: ping.beats + 1 };
  }
  if (hasSlept && fleet.noReplacementSinceMs !== undefined) fleet.noReplacementSinceMs = nowMs;
  if (canReplace(fleet)) fleet.noReplacementSinceMs = undefined;
  else fleet.noReplacementSinceMs ??= nowMs;
}

/** It has sent something. */
export function countAsAnswer(draft: Draft, { spawner }: Generation): void {
  spawner.heardAtMs = draft.nowMs;
  if (spawner.ping === undefined) return;
  spawner.ping = { ...spawner.ping, sentAtMs: draft.nowMs, beats: 0 };
}

/** It has answered; an answer to an older question is none. */
export function spawnerAlive(draft: Draft, generation: Generation, number: number): void {
  if (generation.spawner.ping?.number !== number) return;
  countAsAnswer(draft, generation);
  generation.spawner.ping = undefined;
}

/** It was asked, and is late with its answer. */
export function isLate({ ping }: Spawner): boolean {
  return ping !== undefined && ping.beats >= lateBeats;
}

function replaceDeaf(draft: Draft, generation: Generation): void {
  const { number, spawner, role } = generation;
  const seconds = spawnerDeafAfterMs / 1000;
  const which = role === 'serving' ? 'the spawner' : `the spawner of generation ${number}`;
  const sentence = `${which} has not answered for ${seconds} s: it is stopped, or ${heldUp}`;
  say(draft, 'error', 'spawner.deaf', { generation: number }, `${sentence}; killed`);
  spawner.fault = { kind: 'deaf', sentence };
  if (role === 'serving') countLoss(draft, generation, 'deaf');
  moveSpawner(draft, generation, 'kill');
}

/** The one that serves is lost. Losses that follow each other soon make the pauses grow. */
export function countLoss(draft: Draft, { spawner }: Generation, how: 'ended' | 'deaf'): void {
  const { fleet, nowMs } = draft;
  const isFirst = nowMs - spawner.sinceMs >= unrelatedAfterMs[how] || fleet.replaceFailures === 0;
  const next = isFirst ? 1 : fleet.replaceFailures + 1;
  fleet.replaceFailures = how === 'deaf' && !isFirst ? Math.max(next, deafFailuresMin) : next;
}

/** Whether a worker that dies now would be replaced. */
function canReplace(fleet: Fleet): boolean {
  const generation = serving(fleet);
  if (generation === undefined) return !fleet.everReady;
  if (generation.application === 'absent' || generation.plan.workers === 0) return true;
  const next = coming(fleet);
  const hasForked = next?.workers.some(({ state }) => state === 'up') === true;
  const isThere = ({ spawner }: Generation): boolean => spawner.state === 'up' && !isLate(spawner);
  return isThere(generation) || (next !== undefined && hasForked && isThere(next));
}

/**
 * Whether the service manager may be told that all is well: workers that die are replaced, or will
 * be again soon. A fleet whose application does not load any more is not reported: its workers
 * serve, and a restart of the service would end them and load the same code.
 */
export function replacesWorkers(fleet: Fleet, nowMs: number): boolean {
  const sinceMs = fleet.noReplacementSinceMs;
  if (sinceMs === undefined || fleet.isCodeBroken || fleet.phase !== 'serving') return true;
  const plan = serving(fleet)?.plan ?? fleet.lastPlan;
  return nowMs - sinceMs < spawnerDeafAfterMs + (plan?.startTimeoutMs ?? 0);
}
