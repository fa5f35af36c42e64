/**
 * PURE. The snapshot as uWSGI's stats server shows it: the same names in the same order, so that
 * uwsgitop and exporters for monitoring read it.
 *
 * It shows the generation that serves. Of a rolling reload, the workers of the next one stand in
 * the places of those that they have replaced. What Reeve does not have is empty, 0, or left out.
 */
import type { RunningRequest, TallyView } from '../../protocol/gateway-views.ts';
import type {
  GenerationView,
  JobsView,
  SharedView,
  ListenerView,
  WholeSnapshot,
  WorkerView,
} from '../../protocol/snapshot.ts';
import { collectedMetrics, workersOf } from './uwsgi-metrics.ts';

export interface StatsTerms {
  readonly version: string;
  readonly pid: number;
  readonly cores: 'with-cores' | 'without-cores';
}

type Json = string | number | readonly Json[] | { readonly [name: string]: Json };

const emptyTally: TallyView = {
  requests: 0,
  failures: 0,
  overruns: 0,
  runMicros: 0,
  averageMicros: 0,
  sentBytes: 0,
  threads: [],
  applications: [],
};

export function statsOf(snapshot: WholeSnapshot, terms: StatsTerms): Json {
  const { process, queue, listeners } = snapshot;
  const inKernel = listeners.reduce((sum, { waiting }) => sum + (waiting ?? 0), 0);
  const busy = queue.running ?? 0;
  return {
    version: terms.version,
    // Those that wait for a worker wait in the gateway; the kernel's queue is empty while it lives.
    listen_queue: (queue.queued ?? 0) + inKernel,
    listen_queue_errors: 0,
    signal_queue: snapshot.jobs.signals?.waiting ?? 0,
    load: (queue.queued ?? 0) + busy,
    pid: terms.pid,
    uid: process.uid,
    gid: process.gid,
    cwd: process.directory,
    ...daemonStats(snapshot.jobs),
    locks: lockStats(snapshot.shared),
    ...cacheStats(snapshot.shared),
    ...metricStats(snapshot),
    sockets: listeners.map(socketStats),
    workers: workersOf(snapshot).map(([generation, worker]) =>
      workerStats(snapshot, generation, worker, terms),
    ),
    ...spoolerStats(snapshot),
    ...cronStats(snapshot.jobs),
  };
}

/** Those of the application: there are no others between our processes. */
function lockStats({ locks }: SharedView): Json {
  return locks.map((holder, number) => ({ [`user ${number}`]: holder }));
}

/** Of a cache on a server nothing is counted. */
function cacheStats({ caches }: SharedView): { readonly caches?: Json } {
  if (caches.length === 0) return {};
  return {
    caches: caches.map((cache) => ({
      name: cache.name,
      hash: 'djb33x',
      hashsize: cache.hashsize,
      keysize: cache.keysize,
      max_items: cache.itemsMax,
      blocks: cache.blocks,
      blocksize: cache.blocksize,
      items: cache.items ?? 0,
      hits: cache.hits ?? 0,
      miss: cache.misses ?? 0,
      full: cache.full ?? 0,
      last_modified_at: cache.modifiedAt ?? 0,
    })),
  };
}

const metricTypes = { counter: 0, gauge: 1, absolute: 2, alias: 3 } as const;

function metricStats(snapshot: WholeSnapshot): { readonly metrics?: Json } {
  const { hasMetrics, metrics } = snapshot.shared;
  if (hasMetrics !== true) return {};
  const all = [...collectedMetrics(snapshot), ...metrics];
  const fields = all.map(({ name, type, oid, value }) => {
    return [name, { type: metricTypes[type], oid, value }] as const;
  });
  return { metrics: Object.fromEntries(fields) };
}

/** As there, what is not configured has no key. */
function daemonStats({ daemons }: JobsView): { readonly daemons?: Json } {
  if (daemons.length === 0) return {};
  return {
    daemons: daemons.map(({ command, pid, starts }) => {
      return { cmd: command, pid: pid ?? 0, respawns: Math.max(starts - 1, 0) };
    }),
  };
}

function spoolerStats({ generations }: WholeSnapshot): { readonly spoolers?: Json } {
  const serving = generations.find(({ role }) => role === 'serving') ?? generations[0];
  const spoolers = (serving?.jobs ?? []).filter(({ kind }) => kind === 'spooler');
  if (spoolers.length === 0) return {};
  return {
    spoolers: spoolers.map(({ directory, pid, starts, task, done, failed }) => ({
      dir: directory,
      pid: pid ?? 0,
      tasks: done + failed,
      respawns: Math.max(starts - 1, 0),
      running: task === '' ? 0 : 1,
    })),
  };
}

/** A field with several numbers shows the first. */
function cronStats({ crons }: JobsView): { readonly crons?: Json } {
  if (crons.length === 0) return {};
  return {
    crons: crons.map(({ times, command, isUnique, pids, startedAtMs }) => ({
      minute: times.minute[0] ?? -1,
      hour: times.hour[0] ?? -1,
      day: times.day[0] ?? -1,
      month: times.month[0] ?? -1,
      week: times.week[0] ?? -1,
      command,
      unique: isUnique ? 1 : 0,
      legion: '',
      pid: pids[0] ?? -1,
      started_at: Math.floor((startedAtMs ?? 0) / 1000),
    })),
  };
}

function socketStats({ address, protocol, waiting, backlog }: ListenerView): Json {
  return {
    name: address,
    proto: protocol,
    queue: waiting ?? 0,
    max_queue: backlog ?? 0,
    shared: 0,
    can_offload: 1,
  };
}

function workerStats(
  snapshot: WholeSnapshot,
  generation: GenerationView,
  worker: WorkerView,
  terms: StatsTerms,
): Json {
  const { slot, pid, memory, requests, starts = 0, startedAtMs = 0 } = worker;
  const tally = worker.tally ?? emptyTally;
  return {
    id: slot,
    pid: pid ?? 0,
    accepting: worker.isServing === true ? 1 : 0,
    requests: tally.requests,
    delta_requests: requests ?? 0,
    exceptions: tally.failures,
    harakiri_count: tally.overruns,
    signals: 0,
    signal_queue: 0,
    status: statusOf(snapshot, worker),
    rss: memory?.residentBytes ?? 0,
    vsz: memory?.addressSpaceBytes ?? 0,
    running_time: tally.runMicros,
    last_spawn: starts === 0 ? 0 : Math.floor(startedAtMs / 1000),
    respawn_count: starts,
    tx: tally.sentBytes,
    avg_rt: tally.averageMicros,
    apps: (generation.mounts ?? ['']).map((mount, number) => ({
      id: number,
      modifier1: 0,
      mountpoint: mount,
      startup_time: 0,
      requests: tally.applications[number]?.requests ?? 0,
      exceptions: tally.applications[number]?.failures ?? 0,
      chdir: '',
    })),
    ...(terms.cores === 'without-cores' ? {} : { cores: coresOf(snapshot, generation, worker) }),
  };
}

function statusOf({ phase }: WholeSnapshot, worker: WorkerView): string {
  if (worker.pid === null) return 'cheap';
  if ((worker.running ?? []).length > 0) return 'busy';
  return phase.endsWith('suspended') ? 'pause' : 'idle';
}

function coresOf(
  { takenAtMs }: WholeSnapshot,
  { threads = 1 }: GenerationView,
  { running = [], tally }: WorkerView,
): readonly Json[] {
  return Array.from({ length: threads }, (_, thread) => {
    const request = running.find((each) => each.thread === thread);
    return {
      id: thread,
      requests: tally?.threads[thread] ?? 0,
      static_requests: 0,
      routed_requests: 0,
      offloaded_requests: 0,
      write_errors: 0,
      read_errors: 0,
      in_request: request === undefined ? 0 : 1,
      vars: request === undefined ? [] : variablesOf(request),
      req_info: request === undefined ? {} : { request_start: startOf(request, takenAtMs) },
    };
  });
}

/** No header is among them: a cookie is nobody's to read here. The last one is empty, as there. */
function variablesOf({ method, uri, requestId }: RunningRequest): readonly string[] {
  return [`REQUEST_METHOD=${method}`, `REQUEST_URI=${uri}`, `REQUEST_ID=${requestId}`, ''];
}

function startOf({ seconds }: RunningRequest, takenAtMs: number): number {
  return Math.floor(takenAtMs / 1000 - seconds);
}

/** As uWSGI writes it: a tab for each level, no blank after a colon; or all in one line. */
export function statsText(value: Json, form: 'lines' | 'minified'): string {
  if (form === 'minified') return JSON.stringify(value);
  return textOf(value, '');
}

function textOf(value: Json, indent: string): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}\t`;
  const part = (each: Json): string => textOf(each, inner);
  if (isList(value)) return block('[', value.map(part), ']', indent);
  const fields = Object.entries(value);
  const named = fields.map(([name, each]) => `${JSON.stringify(name)}:${part(each)}`);
  return block('{', named, '}', indent);
}

function block(open: string, parts: readonly string[], close: string, indent: string): string {
  const inner = parts.map((each) => `${indent}\t${each}`).join(',\n');
  return `${open}\n${inner}\n${indent}${close}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
