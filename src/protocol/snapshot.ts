/**
 * What an instance is and does at one moment. The master makes it when somebody asks; `reeve
 * status`, `reeve status --json` and the stats server of uWSGI are views of it.
 *
 * An older Reeve may answer a newer command: what was added later may be absent, and says so.
 */

import type {
  BusiestMinuteView,
  CronTimesView,
  GrowthView,
  QuarantinedView,
  RaiserView,
  RequestTimesView,
  RunningRequest,
  SignalsView,
  SpoolView,
  TallyView,
  TasksView,
} from './gateway-views.ts';

/** Grows when a field changes its meaning or goes; not when one is added. */
export const SNAPSHOT_VERSION = 1;

export interface Snapshot {
  readonly phase: string;
  /** The line that systemd shows. */
  readonly line: string;
  readonly gateways: readonly GatewayView[];
  readonly generations: readonly GenerationView[];
  /** Absent from an older Reeve, as is all that follows. */
  readonly version?: number;
  /** ms since 1970. */
  readonly takenAtMs?: number;
  readonly process?: MasterView;
  readonly queue?: QueueView;
  readonly listeners?: readonly ListenerView[];
  /** The start and the reloads since then, the last ten. */
  readonly reloads?: readonly ReloadView[];
  readonly systemd?: SystemdView;
  /** Work beside requests. */
  readonly jobs?: JobsView;
  /** What the processes of the application share. */
  readonly shared?: SharedView;
  readonly totals?: TotalsView;
  readonly ready?: ReadyView;
  /** Where files of this instance grow. */
  readonly disks?: readonly DiskView[];
}

/** One that the master has just made: nothing is absent. */
export type WholeSnapshot = Required<Snapshot>;

export interface MasterView {
  readonly uid: number;
  readonly gid: number;
  /** Where the application runs. */
  readonly directory: string;
}

/** Requests, of all gateways; null where none has answered. */
export interface QueueView {
  readonly running: number | null;
  /** Those that wait for a worker. */
  readonly queued: number | null;
  /** How long the oldest of them has waited. */
  readonly oldestMs: number | null;
}

/** The file system of a path, as it is for a user without privileges. */
export interface DiskView {
  /** What is written there: "log", "tasks" … */
  readonly use: string;
  readonly path: string;
  readonly freeBytes: number;
  readonly sizeBytes: number;
  /** How many more files it takes; null where it has no limit. */
  readonly freeFiles: number | null;
  /** Why nothing is known of it, as ENOENT, or TIMEOUT where it does not answer; '' else. */
  readonly problem: string;
}

/** Whether clients may be sent here, as /readyz answers; `reason` is '' where they may. */
export interface ReadyView {
  readonly isReady: boolean;
  readonly reason: string;
}

/** What has been counted since the daemon began; no count goes back. */
export interface TotalsView {
  /** Of the buckets in `times`. */
  readonly timeBoundsSeconds: readonly number[];
  /** How long requests waited and ran; by mount, route label and class of status. */
  readonly times: readonly RequestTimesView[];
  /** Requests that ran longer than harakiri allows. */
  readonly overruns: number;
  readonly droppedLogLines: number;
  readonly workerStarts: number;
  /** Workers that have ended, and nobody had asked them to. */
  readonly workerDeaths: number;
  readonly gatewayStarts: number;
  readonly reloads: Readonly<Record<ReloadView['outcome'], number>>;
  /** Absent from an older Reeve; null before the first minute has passed. */
  readonly busiestMinute?: BusiestMinuteView | null;
}

export interface ListenerView {
  /** The address that it has. */
  readonly address: string;
  /** The option that asked for it; `systemd` where a socket unit did. */
  readonly option: string;
  readonly protocol: string;
  /** Clients that the gateway has not accepted yet, and how many may wait; null: not known. */
  readonly waiting: number | null;
  readonly backlog: number | null;
}

export interface ReloadView {
  /** ms since 1970. */
  readonly atMs: number;
  readonly outcome: 'started' | 'reloaded' | 'failed' | 'refused';
  /** The one that came of it; null where there is none. */
  readonly generation: number | null;
  readonly sentence: string;
}

export interface SystemdView {
  /** Whether systemd is told of readiness and status. */
  readonly isNotified: boolean;
  /** How often it wants a sign of life; null: it does not watch. */
  readonly watchdogSeconds: number | null;
  /** '' outside of a unit. */
  readonly unit: string;
}

export interface JobsView {
  readonly daemons: readonly DaemonView[];
  readonly crons: readonly CronView[];
  /** The directories of tasks. */
  readonly spoolers: readonly SpoolerView[];
  /** Absent from an older Reeve, as is what follows: tasks that spoolers have run. */
  readonly tasks?: TasksView;
  readonly signals?: SignalsView;
  /** What raises signals by itself: timers, cron entries and files that code asked for. */
  readonly raisers?: readonly RaiserView[];
}

export interface SpoolerView {
  readonly directory: string;
  /** Tasks that wait or run, and those that were put aside as they have failed too often. */
  readonly queued: number;
  readonly dead: number;
}

/** Caches, locks and metrics, as they are in the memory that the processes share. */
export interface SharedView {
  readonly caches: readonly CacheView[];
  /** The process that holds each lock, by its number; 0: none does. Empty before the first use. */
  readonly locks: readonly number[];
  readonly metrics: readonly MetricView[];
  /** Absent from an older Reeve, as is what follows. */
  readonly mailboxes?: readonly MailboxView[];
  /** Whether metrics are collected, as uWSGI has it (enable-metrics, metric). */
  readonly hasMetrics?: boolean;
}

/** Where messages, or signals, wait for mules; and signals for spoolers. */
export interface MailboxView {
  /** "mule 1", "mules" for any of them, "farm mail", "spoolers". */
  readonly of: string;
  readonly holds: 'messages' | 'signals';
  readonly waiting: number;
  /** Of those that wait, and how many may (mule-msg-size), with 8 for each. */
  readonly bytes: number;
  readonly bytesMax: number;
}

/** The counts are null where they are not known: of a cache on a server, or without ctypes. */
export interface CacheView {
  readonly name: string;
  readonly itemsMax: number;
  readonly blocks: number;
  readonly blocksize: number;
  readonly keysize: number;
  readonly hashsize: number;
  readonly items: number | null;
  readonly hits: number | null;
  readonly misses: number | null;
  /** Items that were refused, as there was no room. */
  readonly full: number | null;
  /** Seconds since 1970; 0: it is not remembered (lastmod). */
  readonly modifiedAt: number | null;
  /** Its file, or the address of its server; '' = none. */
  readonly store: string;
}

export interface MetricView {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'absolute';
  readonly oid: string;
  readonly value: number;
}

/** An attached daemon. */
export interface DaemonView {
  readonly name: string;
  readonly command: string;
  readonly pid: number | null;
  readonly state: string;
  readonly ageSeconds: number;
  /** How often it was started. */
  readonly starts: number;
  /** It has a pidfile, and goes on when Reeve ends. */
  readonly outlivesReeve: boolean;
  /** How its last process ended; '' while none has. */
  readonly lastEnd: string;
}

export interface CronView {
  readonly name: string;
  readonly command: string;
  /** As in the option; -1 stands for every value, -N for each that N divides. */
  readonly times: CronTimesView;
  readonly isUnique: boolean;
  /** Of the commands that run. */
  readonly pids: readonly number[];
  /** ms since 1970, of the oldest one that runs; null: none does. */
  readonly startedAtMs: number | null;
  /** ms since 1970; null: it never runs. */
  readonly nextAtMs: number | null;
  readonly runs: number;
  readonly failures: number;
  readonly lastResult: CronResultView | null;
}

export interface CronResultView {
  /** ms since 1970. */
  readonly endedAtMs: number;
  readonly seconds: number;
  readonly isGood: boolean;
  /** For people: "exited with code 3". */
  readonly how: string;
}

export interface ProcessView {
  readonly pid: number | null;
  readonly state: string;
  readonly ageSeconds: number;
  /** Processor time of the process; null where it is not known, absent from an older Reeve. */
  readonly cpuSeconds?: number | null;
}

/** The counts are null where it does not answer. */
export interface GatewayView extends ProcessView {
  readonly epoch: number;
  readonly running: number | null;
  readonly queued: number | null;
  readonly connections: number | null;
  readonly requests: number | null;
  /** What waits in files; absent from an older Reeve. */
  readonly spool?: SpoolView | null;
  /** Requests that run alone, as they have killed their workers; absent from an older Reeve. */
  readonly quarantine?: readonly QuarantinedView[] | null;
  /** The paths with which the memory of workers grows most; absent from an older Reeve. */
  readonly growth?: readonly GrowthView[] | null;
}

export interface GenerationView {
  readonly number: number;
  readonly role: string;
  readonly spawner: ProcessView;
  readonly workers: readonly WorkerView[];
  /** Absent from an older Reeve, as is what follows. */
  readonly threads?: number;
  /** Some of its settings, as the options have them. */
  readonly options?: Readonly<Record<SnapshotOption, number>>;
  /** Mules and spoolers. */
  readonly jobs?: readonly JobView[];
  /** Where each application is mounted, by its number; '' for the default one. */
  readonly mounts?: readonly string[];
  /** Threads that the application has started while it was imported: workers do not have them. */
  readonly lostThreads?: LostThreadsView;
}

export interface LostThreadsView {
  readonly count: number;
  /** Those that Python knows by name. */
  readonly names: readonly string[];
}

/** What `reeve advise` has something to say of; `reload-on-rss` in MiB. */
export const snapshotOptions = [
  ...(['processes', 'threads', 'cheaper'] as const),
  ...(['max-requests', 'reload-on-rss', 'harakiri'] as const),
] as const;

export type SnapshotOption = (typeof snapshotOptions)[number];

/** A mule or a spooler. */
export interface JobView extends ProcessView {
  readonly name: string;
  readonly kind: string;
  readonly starts: number;
  /** Of a spooler, as all that follows: its directory; '' of a mule. */
  readonly directory: string;
  /** The task that it runs; '' for none. */
  readonly task: string;
  /** For how long it has run that task; 0 for none. Absent from an older Reeve. */
  readonly taskSeconds?: number;
  /** Since its process was started. */
  readonly done: number;
  readonly failed: number;
}

export interface WorkerView extends ProcessView {
  readonly slot: number;
  /** What it is running, for people. */
  readonly now: readonly string[];
  /** The same for programs; absent from an older Reeve. */
  readonly running?: readonly RunningRequest[] | undefined;
  /** How many it has been given; null where its gateway does not report it. */
  readonly requests: number | null;
  /** What the kernel charges to its control group; absent where it has none, or none is kept. */
  readonly chargedBytes?: number | undefined;
  /** Absent from an older Reeve, as is what follows: it is given requests. */
  readonly isServing?: boolean;
  /** How often its place has had a process, and when the last was started (ms since 1970). */
  readonly starts?: number;
  readonly startedAtMs?: number;
  /** Null where it is not known. */
  readonly memory?: WorkerMemoryView | null;
  /** Of its place; null where its gateway does not report it. */
  readonly tally?: TallyView | null;
}

export interface WorkerMemoryView {
  readonly residentBytes: number;
  readonly addressSpaceBytes: number;
}
