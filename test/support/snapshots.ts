/** Snapshots of instances, written by hand. */

import type { RequestTimesView, RunningRequest } from '../../src/protocol/gateway-views.ts';
import { TIME_BOUNDS_SECONDS } from '../../src/protocol/gateway-views.ts';
import type { GenerationView, WholeSnapshot, WorkerView } from '../../src/protocol/snapshot.ts';

const MIB = 1_048_576;

export function runningRequest(change: Partial<RunningRequest> = {}): RunningRequest {
  const usual = { method: 'GET', uri: '/', requestId: 'r1', thread: 0, seconds: 1 };
  return { ...usual, heldByClient: false, ...change };
}

export function workerView(slot: number, change: Partial<WorkerView> = {}): WorkerView {
  return {
    ...{ slot, pid: 1_000 + slot, state: 'up', ageSeconds: 60, isServing: true },
    ...{ now: [], running: [], requests: 0, starts: 1, startedAtMs: 0 },
    memory: { residentBytes: 50 * MIB, addressSpaceBytes: 200 * MIB },
    tally: null,
    ...change,
  };
}

export function generationView(
  workers: readonly WorkerView[],
  change: Partial<GenerationView> = {},
): GenerationView {
  const spawner = { pid: 900, state: 'up', ageSeconds: 60 };
  const rest = { number: 1, role: 'serving', threads: 1, jobs: [], mounts: [''] };
  return { ...rest, spawner, workers, ...change };
}

/** So many requests that took about 3 ms each, and 5xx that took about 2 s. */
export function requestTimes(quick: number, failed = 0): readonly RequestTimesView[] {
  const counts = (count: number, bound: number) =>
    [...TIME_BOUNDS_SECONDS, Infinity].map((each) => (each === bound ? count : 0));
  const times = (status: '2xx' | '5xx', count: number, bound: number) => ({
    ...{ mount: '', route: '', status, bodyBytes: 0 },
    run: { counts: counts(count, bound), seconds: 0 },
    wait: { counts: counts(count, 0.001), seconds: 0 },
  });
  return [times('2xx', quick, 0.005), times('5xx', failed, 2.5)];
}

export function snapshot(
  generations: readonly GenerationView[],
  change: Partial<WholeSnapshot> = {},
): WholeSnapshot {
  return {
    ...{ version: 1, takenAtMs: 1_800_000_000_000, phase: 'serving', line: 'ready' },
    process: { uid: 0, gid: 0, directory: '/srv/shop' },
    queue: { running: 0, queued: 0, oldestMs: 0 },
    listeners: [],
    reloads: [],
    systemd: { isNotified: false, watchdogSeconds: null, unit: '' },
    jobs: { daemons: [], crons: [], spoolers: [] },
    shared: { caches: [], locks: [], metrics: [] },
    ready: { isReady: true, reason: '' },
    disks: [],
    totals: {
      ...{ timeBoundsSeconds: TIME_BOUNDS_SECONDS, times: requestTimes(0) },
      ...{ overruns: 0, droppedLogLines: 0, workerStarts: 1, workerDeaths: 0, gatewayStarts: 1 },
      reloads: { started: 1, reloaded: 0, failed: 0, refused: 0 },
    },
    gateways: [
      {
        ...{ pid: 800, state: 'up', ageSeconds: 60, epoch: 1, running: 0, queued: 0 },
        ...{ connections: 0, requests: 0, spool: null, quarantine: [] },
      },
    ],
    generations,
    ...change,
  };
}
