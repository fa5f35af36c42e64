/** PURE. What runs, as the master knows it, and what the gateways report of themselves. */
import type { GatewayStatus } from '../../protocol/control-messages.ts';
import {
  TIME_BOUNDS_SECONDS,
  type BusiestMinuteView,
  type SignalsView,
} from '../../protocol/gateway-views.ts';
import {
  SNAPSHOT_VERSION,
  type GatewayView,
  type GenerationView,
  type JobView,
  type DiskView,
  type JobsView,
  type ListenerView,
  type LostThreadsView,
  type MasterView,
  type ProcessView,
  type QueueView,
  type ReloadView,
  type SharedView,
  type SystemdView,
  type TotalsView,
  type WholeSnapshot,
  type WorkerMemoryView,
  type WorkerView,
} from '../../protocol/snapshot.ts';
import { whyNotReady } from './readiness.ts';
import type { Totals } from './request-totals.ts';
import type { Minute } from './traffic.ts';
import type { Child } from '../../supervision/lives/child-lifecycle.ts';
import type { SlotOf } from '../../supervision/events.ts';
import type { Fleet, Gateway, Generation, Job, Plan, Worker } from '../../supervision/fleet.ts';

/** What a snapshot is made of. */
export interface FleetReport {
  readonly fleet: Fleet;
  /** On the monotonic clock, and as a date in ms since 1970. */
  readonly nowMs: number;
  readonly dateMs: number;
  readonly reports: ReadonlyMap<number, GatewayStatus>;
  readonly line: string;
  readonly spawnerPid: (generation: number) => number | undefined;
  readonly gatewayPid: (epoch: number) => number | undefined;
  readonly chargedBytes: (at: SlotOf) => number | undefined;
  readonly memory: (pid: number) => WorkerMemoryView | undefined;
  readonly cpuSeconds: (pid: number) => number | undefined;
  /** What the configuration of a generation says of its workers. */
  readonly ofPlan: (plan: Plan) => Required<Pick<GenerationView, 'threads' | 'mounts' | 'options'>>;
  readonly process: MasterView;
  readonly listeners: readonly ListenerView[];
  readonly reloads: readonly ReloadView[];
  readonly systemd: SystemdView;
  readonly jobs: Required<JobsView>;
  readonly shared: SharedView;
  readonly disks: readonly DiskView[];
  readonly lostThreads: (generation: number) => LostThreadsView;
  readonly totals: Omit<Required<TotalsView>, 'timeBoundsSeconds' | 'busiestMinute'> &
    Pick<Totals, 'signalsDropped'>;
  readonly busiest: Minute | undefined;
  /** What a spooler runs and has done; undefined: it has said nothing yet. */
  readonly spoolerAt: (
    generation: number,
    slot: number,
  ) => Pick<JobView, 'task' | 'taskSeconds' | 'done' | 'failed'> | undefined;
  /** Where the tasks of a spooler lie; '' of a mule. */
  readonly directoryOf: (plan: Plan, slot: number) => string;
}

export function snapshotOf(report: FleetReport): WholeSnapshot {
  const reason = whyNotReady(report.fleet);
  const { signalsDropped: _, ...totals } = report.totals;
  const { fleet, line, process, listeners, reloads, systemd, jobs, disks } = report;
  return {
    version: SNAPSHOT_VERSION,
    takenAtMs: report.dateMs,
    phase: fleet.suspended ? `${fleet.phase}, suspended` : fleet.phase,
    line,
    process,
    queue: queueOf([...report.reports.values()]),
    listeners,
    reloads,
    systemd,
    jobs: { ...jobs, signals: signalsOf(report) },
    shared: report.shared,
    disks,
    ready: { isReady: reason === '', reason },
    totals: {
      timeBoundsSeconds: TIME_BOUNDS_SECONDS,
      ...totals,
      busiestMinute: busiestMinuteOf(report),
    },
    gateways: fleet.gateways.map((gateway) => gatewayView(report, gateway)),
    generations: fleet.generations.map((generation) => generationView(report, generation)),
  };
}

/** The master's own, and those that have gone to gateways. */
function signalsOf({ jobs: { signals }, reports, totals }: FleetReport): SignalsView {
  const inGateways = [...reports.values()].reduce((sum, each) => sum + each.signalsWaiting, 0);
  const waiting = signals.waiting + inGateways;
  return { ...signals, waiting, dropped: signals.dropped + totals.signalsDropped };
}

function busiestMinuteOf({ busiest, nowMs, dateMs }: FleetReport): BusiestMinuteView | null {
  if (busiest === undefined) return null;
  const { endedAtMs, ms, requests, busyMs } = busiest;
  const atMs = Math.round(dateMs - (nowMs - endedAtMs));
  return { atMs, seconds: Math.round(ms) / 1000, requests, busySeconds: busyMs / 1000 };
}

function queueOf(reports: readonly GatewayStatus[]): QueueView {
  if (reports.length === 0) return { running: null, queued: null, oldestMs: null };
  const sum = (of: (report: GatewayStatus) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    running: sum(({ running }) => running),
    queued: sum(({ queued }) => queued),
    oldestMs: Math.max(...reports.map(({ oldestMs }) => oldestMs)),
  };
}

function processView(report: FleetReport, child: Child, pid = child.pid): ProcessView {
  const { nowMs } = report;
  return {
    pid: pid ?? null,
    state: child.state,
    ageSeconds: Math.max(Math.round((nowMs - child.sinceMs) / 100) / 10, 0),
    cpuSeconds: pid === undefined ? null : (report.cpuSeconds(pid) ?? null),
  };
}

function gatewayView(report: FleetReport, gateway: Gateway): GatewayView {
  const said = report.reports.get(gateway.epoch);
  return {
    ...processView(report, gateway, report.gatewayPid(gateway.epoch)),
    epoch: gateway.epoch,
    running: said?.running ?? null,
    queued: said?.queued ?? null,
    connections: said?.connections ?? null,
    requests: said?.requests ?? null,
    spool: said?.spool ?? null,
    quarantine: said?.quarantine ?? null,
    growth: said?.growth ?? null,
  };
}

function generationView(report: FleetReport, generation: Generation): GenerationView {
  const { number, role, spawner, workers, plan } = generation;
  return {
    number,
    role,
    spawner: processView(report, spawner, report.spawnerPid(number)),
    ...report.ofPlan(plan),
    lostThreads: report.lostThreads(number),
    jobs: generation.jobs.map((job) => jobView(report, generation, job)),
    workers: workers.map((worker) => workerView(report, number, worker)),
  };
}

function jobView(report: FleetReport, { number, plan }: Generation, job: Job): JobView {
  const { terms, starts } = job;
  const tally = report.spoolerAt(number, terms.slot);
  return {
    ...processView(report, job),
    name: terms.name,
    kind: terms.kind,
    starts,
    directory: report.directoryOf(plan, terms.slot),
    task: tally?.task ?? '',
    taskSeconds: tally?.taskSeconds ?? 0,
    done: tally?.done ?? 0,
    failed: tally?.failed ?? 0,
  };
}

function workerView(report: FleetReport, generation: number, worker: Worker): WorkerView {
  const { slot, pid, enabled: isServing, starts, startedAtMs } = worker;
  const said = [...report.reports.values()]
    .flatMap(({ workers }) => workers)
    .find((each) => each.generation === generation && each.slot === slot);
  const { now = [], running = [], requests = null, tally = null } = said ?? {};
  return {
    ...processView(report, worker),
    slot,
    now,
    running,
    requests,
    chargedBytes: report.chargedBytes({ generation, slot }),
    isServing,
    starts,
    startedAtMs: Math.round(report.dateMs - (report.nowMs - startedAtMs)),
    memory: pid === undefined ? null : (report.memory(pid) ?? null),
    tally,
  };
}
