/**
 * What the rules look at (pure): two snapshots a moment apart, the stacks, and what has happened of
 * late, with what several rules need made ready.
 */

import type { RecentRequest, RunningRequest } from '../protocol/gateway-views.ts';
import type { GenerationView, Snapshot, WorkerView } from '../protocol/snapshot.ts';
import type {
  Evidence,
  ProcessStacksView,
  StacksView,
  ThreadView,
} from '../protocol/stacks-view.ts';
import { isBetweenRequests, waitOfThread, type Wait } from './waits.ts';

export interface Looks {
  readonly before: Snapshot;
  readonly now: Snapshot;
  /** Between the two. */
  readonly seconds: number;
  /** Undefined where they could not be had. */
  readonly stacks: StacksView | undefined;
  readonly evidence: Evidence;
}

/** A thread that runs a request or other code of the application. */
export interface Busy {
  /** The process that it belongs to. */
  readonly owner: ProcessStacksView;
  readonly thread: ThreadView;
  readonly wait: Wait;
}

/** What requests have done between the two looks. */
export interface Work {
  readonly requests: number;
  readonly runSeconds: number;
  readonly waitSeconds: number;
  /** Processor time of all processes of the instance. */
  readonly cpuSeconds: number;
}

export interface Scene extends Looks {
  /** ms since 1970. */
  readonly nowMs: number;
  readonly serving: GenerationView | undefined;
  readonly workers: readonly WorkerView[];
  /** Threads that are given requests. */
  readonly slots: number;
  readonly running: readonly RunningRequest[];
  readonly queued: number;
  readonly oldestSeconds: number;
  readonly busy: readonly Busy[];
  readonly work: Work;
}

export function sceneOf(looks: Looks): Scene {
  const { now, stacks } = looks;
  const serving = now.generations.find(({ role }) => role === 'serving');
  const workers = (serving?.workers ?? []).filter(({ state, isServing }) => {
    return state === 'up' && isServing !== false;
  });
  return {
    ...looks,
    nowMs: now.takenAtMs ?? 0,
    serving,
    workers,
    slots: workers.length * (serving?.threads ?? 1),
    running: workers.flatMap(({ running = [] }) => running),
    queued: now.queue?.queued ?? 0,
    oldestSeconds: (now.queue?.oldestMs ?? 0) / 1000,
    busy: (stacks?.processes ?? []).flatMap(busyIn),
    work: workBetween(looks),
  };
}

/** Those of the last minutes, of these kinds. */
export function recent(
  { evidence, nowMs }: Scene,
  ends: readonly RecentRequest['end'][],
  minutes = 10,
): readonly RecentRequest[] {
  const sinceMs = nowMs - minutes * 60_000;
  return evidence.requests.filter(
    ({ end, endedAtMs }) => ends.includes(end) && endedAtMs > sinceMs,
  );
}

/** The largest group first. */
export function grouped<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): readonly (readonly [key: string, items: readonly Item[]])[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups].toSorted(([, one], [, other]) => other.length - one.length);
}

/** The largest group of all; undefined where there is none. */
export function largest<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): { readonly key: string; readonly items: readonly Item[] } | undefined {
  const first = grouped(items, keyOf)[0];
  return first === undefined ? undefined : { key: first[0], items: first[1] };
}

function busyIn(owner: ProcessStacksView): readonly Busy[] {
  return owner.threads
    .filter(({ doing }) => doing !== 'idle')
    .map((thread) => ({ owner, thread, wait: waitOfThread(thread) }))
    .filter(({ thread, wait }) => wait === 'interpreter' || !isBetweenRequests(thread));
}

function workBetween({ before, now }: Looks): Work {
  const [from, to] = [countsOf(before), countsOf(now)];
  return {
    requests: to.requests - from.requests,
    runSeconds: Math.max(to.runSeconds - from.runSeconds, 0),
    waitSeconds: to.waitSeconds - from.waitSeconds,
    cpuSeconds: cpuBetween(before, now),
  };
}

/** Of a request that still runs what it has run so far counts. */
function countsOf({ totals, generations }: Snapshot) {
  const times = totals?.times ?? [];
  const sum = (of: (each: (typeof times)[number]) => number): number =>
    times.reduce((total, each) => total + of(each), 0);
  const unfinished = generations
    .flatMap(({ workers }) => workers.flatMap(({ running = [] }) => running))
    .reduce((total, { seconds }) => total + seconds, 0);
  return {
    requests: sum(({ run }) => run.counts.reduce((total, each) => total + each, 0)),
    runSeconds: sum(({ run }) => run.seconds) + unfinished,
    waitSeconds: sum(({ wait }) => wait.seconds),
  };
}

/** By pid: a process that has begun or ended meanwhile is left out. */
function cpuBetween(before: Snapshot, now: Snapshot): number {
  const from = new Map(processesIn(before).map(({ pid, cpuSeconds }) => [pid, cpuSeconds]));
  return processesIn(now).reduce((total, { pid, cpuSeconds }) => {
    const earlier = from.get(pid);
    if (typeof earlier !== 'number' || typeof cpuSeconds !== 'number') return total;
    return total + Math.max(cpuSeconds - earlier, 0);
  }, 0);
}

function processesIn({ gateways, generations }: Snapshot) {
  return [
    ...gateways,
    ...generations.flatMap(({ spawner, workers, jobs = [] }) => [spawner, ...workers, ...jobs]),
  ];
}
