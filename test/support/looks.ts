/** Looks at an instance, written by hand, for the rules of `reeve why`. */

import type { Looks } from '../../src/diagnosis/scene.ts';
import type { RecentRequest } from '../../src/protocol/gateway-views.ts';
import type { WholeSnapshot } from '../../src/protocol/snapshot.ts';
import type { Evidence, ProcessStacksView, ThreadView } from '../../src/protocol/stacks-view.ts';
import { generationView, runningRequest, snapshot, workerView } from './snapshots.ts';

export const NOW_MS = 1_800_000_000_000;

/** What a thread does: a request, a wait in the kernel, a place. */
export interface Doing {
  readonly uri?: string;
  readonly seconds?: number;
  readonly waitsIn?: string;
  readonly share?: number;
  readonly sleeps?: number;
  /** "/srv/db.py:30 in fetch", the innermost first. */
  readonly at?: readonly string[];
}

function threadView(doing: Doing, thread: number, worker = 0): ThreadView {
  const { uri, seconds = 12, waitsIn = '', share = 0, sleeps = 0, at = [] } = doing;
  const frames = at.map((text) => {
    const [, file = '', line = '0', name = ''] = /^(.*):(\d+) in (.*)$/.exec(text) ?? [];
    return { file, line: Number(line), function: name };
  });
  const request = uri === undefined ? null : runningRequest({ uri, seconds, thread });
  return {
    ...{
      id: 100 * (worker + 1) + thread,
      isMain: thread === 0,
      thread,
      doing: request ? 'request' : 'code',
    },
    ...{ request, processorShare: share, waitsIn, sleepsPerSecond: sleeps, frames, reason: '' },
  };
}

/** One worker for each list of threads, all slots of which do something. */
export function looksAt(
  workers: readonly (readonly Doing[])[],
  change: {
    readonly now?: Partial<WholeSnapshot>;
    readonly before?: Partial<WholeSnapshot>;
    readonly evidence?: Partial<Evidence>;
    readonly generation?: Parameters<typeof generationView>[1];
    readonly others?: readonly ProcessStacksView[];
    readonly queued?: number;
    readonly oldestMs?: number;
  } = {},
): Looks {
  const { queued = 0, oldestMs = 0, others = [] } = change;
  const views = workers.map((threads, at) => {
    const running = threads.flatMap(({ uri, seconds = 12 }, thread) =>
      uri === undefined ? [] : [runningRequest({ uri, seconds, thread })],
    );
    return workerView(at + 1, { running });
  });
  const threads = Math.max(1, ...workers.map((each) => each.length));
  const generation = generationView(views, { threads, ...change.generation });
  const queue = { running: 0, queued, oldestMs };
  const shown = (more: Partial<WholeSnapshot> = {}): WholeSnapshot =>
    snapshot([generation], { queue, takenAtMs: NOW_MS, ...more });
  const processes = workers.map((doings, at) => ({
    ...{ name: `worker ${at + 1}`, kind: 'worker' as const, generation: 1, role: 'serving' },
    ...{ slot: at + 1, pid: 1_001 + at, state: 'up', ageSeconds: 60, task: '', reason: '' },
    threads: doings.map((doing, thread) => threadView(doing, thread, at)),
  }));
  return {
    before: shown(change.before ?? change.now),
    now: shown(change.now),
    seconds: 1,
    stacks: { takenAtMs: NOW_MS, processes: [...processes, ...others] },
    evidence: {
      ...{ atMs: 1_000, requests: [], lines: [], fullDisks: [] },
      machine: {
        ...{ processors: 4, load: 0.5 },
        ...{ waitsForProcessor: 0, waitsForMemory: 0, waitsForDisk: 0 },
      },
      ...change.evidence,
    },
  };
}

/** One that ended so many seconds ago. */
export function endedRequest(
  end: RecentRequest['end'],
  change: Partial<RecentRequest> = {},
  secondsAgo = 5,
): RecentRequest {
  return {
    ...{ requestId: 'r1', method: 'GET', uri: '/', status: 500, end, waitedMs: 0, ranMs: 10 },
    ...{ endedAtMs: NOW_MS - secondsAgo * 1_000, queuedBehind: 0, generation: 1, worker: 1 },
    ...{ pid: 1_001, thread: 0, why: '', stack: '', waitsIn: '', ...change },
  };
}

/** A spooler that runs a task for so long. */
export function spoolerStacks(doing: Doing): ProcessStacksView {
  return {
    ...{ name: 'spooler 1', kind: 'spooler', generation: 1, role: 'serving', slot: null },
    ...{ pid: 2_000, state: 'up', ageSeconds: 60, task: 'x', reason: '' },
    threads: [threadView(doing, 0)],
  };
}
