/**
 * What the status page is told of an instance (docs/metrics.md lists it). Each field is named here:
 * what is added to a snapshot later is not shown by itself.
 */
import { statusClasses } from '../protocol/gateway-views.ts';
import type { ReloadView, Snapshot } from '../protocol/snapshot.ts';
import { countsOf, type Counted } from './rates.ts';
import type { HistoryPoint } from './history.ts';
import { memoryOf, slotsInUse, workersNow, type SlotState, type WorkerNow } from './slots.ts';

/** `network`: another machine, which is shown figures alone, no paths and no sentences. */
export type Audience = 'local' | 'network';

export interface PageStatus {
  readonly name: string;
  readonly version: string;
  /** ms since 1970. */
  readonly takenAtMs: number;
  readonly phase: string;
  readonly isReady: boolean;
  /** Why it is not ready; '' where it is. */
  readonly reason: string;
  readonly queue: { readonly queued: number; readonly oldestMs: number };
  readonly connections: number;
  readonly slots: readonly PageSlot[];
  readonly workers: PageWorkers;
  readonly jobs: PageJobs;
  /** By class of status. */
  readonly totals: Counted;
  readonly reloads: readonly ReloadView[];
  /** The last ten minutes, a point for each five seconds, the oldest first. */
  readonly history: readonly HistoryPoint[];
  /** What `reeve why` finds, the likeliest cause first; null: not known, or not told. */
  readonly findings: readonly PageFinding[] | null;
  /** Some of it is for this machine alone. */
  readonly isCut: boolean;
}

export interface PageFinding {
  readonly severity: 'fault' | 'warning' | 'note';
  readonly sentence: string;
  readonly advice: string;
}

export interface PageSlot {
  /** "1.2": the generation and the number of the worker. */
  readonly worker: string;
  readonly thread: number;
  readonly state: SlotState;
  /** How long its request has run, in seconds. */
  readonly seconds: number;
  /** "GET /report", without the query; '' where it runs none, or is not told. */
  readonly request: string;
}

export interface PageWorkers {
  readonly up: number;
  readonly all: number;
  readonly busy: number;
  readonly slots: number;
  readonly restarts: number;
  readonly deaths: number;
  /** Resident, of all of them; null where it is not known. */
  readonly memoryBytes: number | null;
}

export interface PageJobs {
  readonly daemons: number;
  readonly daemonsUp: number;
  readonly crons: number;
  readonly cronsRunning: number;
  readonly tasksQueued: number;
  readonly tasksPutAside: number;
}

export interface PageFacts extends Pick<PageStatus, 'name' | 'version' | 'findings' | 'history'> {
  readonly audience: Audience;
}

export function pageStatusOf(
  snapshot: Snapshot,
  { name, version, findings, history, audience }: PageFacts,
): PageStatus {
  const { phase, ready, queue, gateways, reloads = [], takenAtMs = 0 } = snapshot;
  const workers = workersNow(snapshot);
  return {
    name,
    version,
    takenAtMs,
    phase,
    isReady: ready?.isReady ?? false,
    reason: ready?.reason ?? '',
    queue: { queued: queue?.queued ?? 0, oldestMs: queue?.oldestMs ?? 0 },
    connections: gateways.reduce((sum, { connections }) => sum + (connections ?? 0), 0),
    slots: workers.flatMap((each) => slotsOf(each, audience)),
    workers: workersOf(workers, snapshot),
    jobs: jobsOf(snapshot),
    totals: totalsOf(snapshot),
    reloads: reloads.map(({ atMs, outcome, generation, sentence }) => {
      return { atMs, outcome, generation, sentence: audience === 'local' ? sentence : '' };
    }),
    history,
    findings: audience === 'local' ? findings : null,
    isCut: audience === 'network',
  };
}

function slotsOf({ generation, worker, slots }: WorkerNow, audience: Audience): PageSlot[] {
  return slots.map(({ thread, state, request }) => {
    const [path = ''] = (request?.uri ?? '').split('?');
    const isTold = request !== undefined && audience === 'local';
    return {
      worker: `${generation}.${worker.slot}`,
      thread,
      state,
      seconds: request?.seconds ?? 0,
      request: isTold ? `${request.method} ${path}` : '',
    };
  });
}

function workersOf(workers: readonly WorkerNow[], { totals }: Snapshot): PageWorkers {
  const { busy, all: slots } = slotsInUse(workers);
  const sum = (numbers: readonly number[]): number => numbers.reduce((one, two) => one + two, 0);
  return {
    up: workers.filter(({ worker }) => worker.state === 'up').length,
    all: workers.length,
    busy,
    slots,
    restarts: sum(workers.map(({ worker }) => Math.max((worker.starts ?? 1) - 1, 0))),
    deaths: totals?.workerDeaths ?? 0,
    memoryBytes: memoryOf(workers),
  };
}

function jobsOf({ jobs }: Snapshot): PageJobs {
  const { daemons = [], crons = [], spoolers = [] } = jobs ?? {};
  return {
    daemons: daemons.length,
    daemonsUp: daemons.filter(({ state }) => state === 'up').length,
    crons: crons.length,
    cronsRunning: crons.reduce((sum, { pids }) => sum + pids.length, 0),
    tasksQueued: spoolers.reduce((sum, { queued }) => sum + queued, 0),
    tasksPutAside: spoolers.reduce((sum, { dead }) => sum + dead, 0),
  };
}

/** All mounts and labels together. */
function totalsOf({ totals }: Snapshot): PageStatus['totals'] {
  if (totals === undefined) return { timeBoundsSeconds: [], times: [] };
  const { timeBoundsSeconds, times } = totals;
  const all = statusClasses.map((status) => {
    const rows = { timeBoundsSeconds, times: times.filter((row) => row.status === status) };
    const run = { counts: countsOf(rows, (row) => row.run) };
    const wait = { counts: countsOf(rows, (row) => row.wait) };
    return { status, run, wait };
  });
  return { timeBoundsSeconds, times: all };
}
