/**
 * The messages between the master and its children, both ways.
 *
 * Every child has a unix stream as descriptor 3 (CONTROL_FD). On it travel JSON objects, one a
 * line, UTF-8, each with a `type`. The first line from the master is `settings`. A worker, forked
 * by its spawner, writes on the same stream as the spawner; so that lines never mix, a message
 * from a spawner or worker is at most 4096 bytes, written by one call. Unknown types are ignored,
 * so that a field can be added without a flag day inside one installation.
 *
 * Descriptor 4 (LIFELINE_FD) is the read end of the lifeline pipe: each process opens it anew
 * (/proc/self/fd/4), arms that description (F_SETOWN self, F_SETSIG SIGKILL, O_ASYNC), closes 4,
 * polls once for end-of-file, and is from then on killed by the kernel when the master is gone.
 *
 * Descriptor 5 of a spawner is the memory file of what its processes share with all others: caches,
 * locks, counters (reeve_worker/state). It outlives generations, as do the bells of the mailboxes
 * in it, which are its descriptors from 6 on.
 */

import type { GatewayOptions } from '../tables/options/options.ts';
import type { RecentLine } from '../log/logger.ts';
import type {
  CountsView,
  GrowthView,
  LoadView,
  QuarantinedView,
  RecentRequest,
  RunningRequest,
  SpoolView,
  TallyView,
  WaitingRequest,
} from './gateway-views.ts';
import type { ResponseSettings } from './response-settings.ts';
import type { SpawnerSettings } from './spawner-settings.ts';

export const CONTROL_FD = 3;
export const LIFELINE_FD = 4;

/** So many signals of the application wait at most: in a gateway, a mailbox, or the master. */
export const SIGNALS_WAITING_MAX = 1_000;

/** With it ends a child that the system refuses what it needs; the master says why (refusal.py). */
export const EXIT_REFUSED = 71;

/** Where a worker belongs: its generation, and its slot (1…processes) in it. */
export interface WorkerSlot {
  readonly generation: number;
  readonly slot: number;
}

// ------------------------------------------------------------------ master → spawner

export type ToSpawner =
  | SpawnerSettings
  | {
      readonly type: 'fork';
      readonly slot: number;
      /** 32 hex digits; the worker shows it to the gateway. */
      readonly token: string;
      /** Hash of the last traceback shown; an equal one is not shown again. '' = show. */
      readonly seenTraceback: string;
      /** Directory of the control group that it joins first; '' = none. */
      readonly cgroup: string;
    }
  /** To be answered at once by `alive`; a spawner that does not is replaced. */
  | { readonly type: 'ping'; readonly number: number }
  /** Put a signal into each of these mailboxes. */
  | { readonly type: 'signal'; readonly number: number; readonly mailboxes: readonly string[] }
  | { readonly type: 'reopen-log' }
  /** Exit now; there are no workers left, or they may be orphaned (the master adopts them). */
  | { readonly type: 'exit' };

// ------------------------------------------------------------------ spawner, worker → master

export type FromSpawner =
  | { readonly type: 'alive'; readonly number: number }
  /** The first message, before the application is imported. `environment`: '' where it is none. */
  | {
      readonly type: 'interpreter';
      readonly version: string;
      readonly executable: string;
      readonly environment: string;
      readonly prefix: string;
    }
  /** The applications are imported (or lazy-apps: will be by each worker); `fork` may follow. */
  | {
      readonly type: 'imported';
      readonly seconds: number;
      /** Entries of /proc/self/task beyond the main thread. */
      readonly extraThreads: number;
      /** Those that `threading` knows by name. */
      readonly threadNames: readonly string[];
    }
  /** By the spawner, or with lazy-apps by a worker: these did not load, and need not. */
  | { readonly type: 'applications-absent'; readonly numbers: readonly number[] }
  /** The traceback is on fd 2 already; the spawner exits 22 after this. */
  /** `isHook`: a hook failed, not the application. */
  | { readonly type: 'import-failed'; readonly sentence: string; readonly isHook?: boolean }
  | { readonly type: 'forked'; readonly slot: number; readonly pid: number }
  /** `error` is the name of the system's error: "EAGAIN". */
  | { readonly type: 'fork-failed'; readonly slot: number; readonly error: string }
  /** By a worker, or the spawner (slot 0): the system refuses what it needs; it exits 71 then. */
  | { readonly type: 'refused'; readonly slot: number; readonly error: string }
  /** `code` or `signal` is -1 where it does not apply. */
  | {
      readonly type: 'exited';
      readonly slot: number;
      readonly pid: number;
      readonly code: number;
      readonly signal: number;
    }
  /** Written by the worker: imported (lazy), about to connect its channels. */
  | {
      readonly type: 'worker-started';
      readonly slot: number;
      readonly pid: number;
      readonly seconds: number;
    }
  /** Written by the worker: it has had enough, and is to be replaced; it serves on until then. */
  | {
      readonly type: 'worker-outworn';
      readonly slot: number;
      readonly pid: number;
      readonly sentence: string;
    }
  /** Written by the worker: the application did not load; exits 22 after this. */
  | {
      readonly type: 'worker-failed';
      readonly slot: number;
      readonly pid: number;
      readonly sentence: string;
      readonly traceback: string; // hash, see fork.seenTraceback
      readonly isHook?: boolean;
    }
  | SignalMessage
  /** Written by a mule or a spooler: it has the application, and begins. */
  | { readonly type: 'job-started'; readonly slot: number; readonly pid: number }
  /** Written by a spooler: what it runs, and how many tasks it has done and failed to do. */
  | {
      readonly type: 'job-task';
      readonly slot: number;
      readonly state: 'begun' | 'ended';
      readonly task: string;
      readonly done: number;
      readonly failed: number;
    }
  /** Written by a spooler whose tasks are on a server: how many it has counted there. */
  | {
      readonly type: 'job-queue';
      readonly place: string;
      readonly queued: number;
      readonly dead: number;
    }
  /** Source files of imported modules; several messages add up. Only when autoreload > 0. */
  | { readonly type: 'modules'; readonly files: readonly string[] };

/** Of the module `uwsgi`, by any process of a generation; `number` is a byte. */
export type SignalMessage =
  /** `worker`: 0 = the spawner, and so all of them. */
  | {
      readonly type: 'signal-registered';
      readonly number: number;
      readonly target: string;
      readonly worker: number;
    }
  | { readonly type: 'signal-raised'; readonly number: number }
  /** By a spawner: the mailbox is full. */
  | { readonly type: 'signal-dropped'; readonly number: number; readonly mailbox: string }
  /** Its handler has raised an exception, which is logged. */
  | { readonly type: 'signal-failed'; readonly number: number; readonly error: string }
  /** `iterations`: 0 = for ever. */
  | {
      readonly type: 'signal-timer';
      readonly number: number;
      readonly seconds: number;
      readonly iterations: number;
    }
  /** Minute, hour, day, month, week. */
  | { readonly type: 'signal-cron'; readonly number: number; readonly fields: readonly number[] }
  | { readonly type: 'signal-file'; readonly number: number; readonly path: string };

// ------------------------------------------------------------------ master → gateway

export interface GatewayListener {
  readonly fd: number;
  /** As the operator wrote it: ":8000". */
  readonly name: string;
  /** The option it came from: http, http-socket, socket. */
  readonly option: string;
  readonly protocol: 'http' | 'uwsgi';
  readonly serverPort: string;
  /** Connections that may wait for it; without it as many as the option `listen` says. */
  readonly backlog?: number;
}

export interface GatewaySettings {
  readonly type: 'settings';
  /** The options that the table marks with `for: 'gateway'`, by their names. */
  readonly options: GatewayOptions;
  readonly listeners: readonly GatewayListener[];
  /** Descriptor of the listening abstract socket that workers connect to. */
  readonly channelFd: number;
  /** Descriptor of the log, where it is not 2: with log-json that one leads to the log helper. */
  readonly logFd?: number;
  /** Where request lines are written, if not to the log. */
  readonly requestLogFd?: number;
  readonly title: string;
  /** Mountpoints by application number; '' is the default application. */
  readonly mounts: readonly string[];
  /** What the master makes of several options: paths resolved, files read. */
  readonly responses: ResponseSettings;
  /** Where large bodies and responses may wait, in the order in which it is tried. */
  readonly spoolDirectories: readonly string[];
  /** Path of the log file for `reopen-log`, or '' when fd 2 was inherited. */
  readonly logFile: string;
  /** The application's name in the journal. */
  readonly app: string;
}

export type ToGateway =
  | GatewaySettings
  /** A worker that may connect: sent before it is forked. Not used before `switch` names it. */
  | (WorkerSlot & {
      readonly type: 'expect-worker';
      readonly token: string;
      readonly threads: number;
    })
  /** In one step: give requests to these, no more to those (they get a DRAIN frame when idle). */
  | {
      readonly type: 'switch';
      readonly enable: readonly WorkerSlot[];
      readonly drain: readonly WorkerSlot[];
    }
  /** The worker's process has ended; what it was running is lost. */
  | (WorkerSlot & {
      readonly type: 'worker-exited';
      readonly pid: number;
      readonly how: string;
      /** `code` or `signal` is -1 where it does not apply. */
      readonly code: number;
      readonly signal: number;
      /** The kernel ended it, as the memory of its control group was used up. */
      readonly isOutOfMemory: boolean;
    })
  /** Start accepting on the listeners. */
  | { readonly type: 'open' }
  /**
   * absent: answer 500, there is none (need-app = false). awaited: answer 503, as another start is
   * tried soon. present undoes both.
   */
  | { readonly type: 'application'; readonly state: 'present' | 'absent' | 'awaited' }
  /** Why no client should be sent here, for health-path; '' where they may. */
  | { readonly type: 'health'; readonly reason: string }
  /** Accept nothing more, finish what is here, close what rests for so long; say `drained`. */
  | { readonly type: 'drain'; readonly restMaxMs?: number }
  /** Run the handler of a signal in each of these slots; [] = in any worker. */
  | { readonly type: 'signal'; readonly number: number; readonly slots: readonly number[] }
  | { readonly type: 'suspend' }
  | { readonly type: 'resume' }
  | { readonly type: 'reopen-log' }
  /** To be answered at once by `alive`; a gateway that does not is replaced. */
  | { readonly type: 'ping'; readonly number: number }
  | { readonly type: 'log-level'; readonly level: string }
  /** To be answered by `history` with the same number. */
  | { readonly type: 'report-history'; readonly number: number }
  /** To be answered by `status` with the same number (0 where there is none). */
  | { readonly type: 'report-status'; readonly number?: number };

// ------------------------------------------------------------------ gateway → master

export type FromGateway =
  | { readonly type: 'ready' }
  /** After `open`: it accepts on every listener. */
  | { readonly type: 'opened' }
  /** `busy`: workers that run a request; `requests`: since its start. */
  | {
      readonly type: 'alive';
      readonly number: number;
      readonly running: number;
      readonly queued: number;
      readonly busy: number;
      readonly requests: number;
      readonly load: LoadView;
    }
  /** A request waits, and no worker takes any. */
  | { readonly type: 'workers-wanted' }
  /** All `threads` channels of the worker are connected. */
  | (WorkerSlot & { readonly type: 'worker-connected'; readonly pid: number })
  /** The worker is being given its first request: its application works. */
  | (WorkerSlot & { readonly type: 'worker-begun'; readonly pid: number })
  /** The worker should be replaced after it has drained (the gateway gives it nothing more). */
  | (WorkerSlot & { readonly type: 'worker-due'; readonly pid: number; readonly reason: string })
  /** It overran harakiri; its 504 is sent. Kill if `othersRunning` is 0, else after mercy. */
  | (WorkerSlot & {
      readonly type: 'worker-overran';
      readonly pid: number;
      readonly othersRunning: number;
    })
  /** While draining, and on each change of it: what is still here. */
  | { readonly type: 'draining'; readonly running: number; readonly queued: number }
  | { readonly type: 'drained' }
  /** No request has come for as long as `idle` says. */
  | { readonly type: 'idle' }
  | GatewayHistory
  | GatewayStatus;

/** The `number` of a `report-status` whose answer goes to the log, and to no command. */
export const FOR_THE_LOG = 0;
/** Of one that nobody has asked for: the last of a gateway. */
export const UNASKED = -1;

/** What has happened of late, in answer to `report-history`. */
export interface GatewayHistory {
  readonly type: 'history';
  readonly number: number;
  /** The newest first. */
  readonly requests: readonly RecentRequest[];
  readonly waiting: readonly WaitingRequest[];
  readonly lines: readonly RecentLine[];
}

/** What a gateway is doing, in answer to `report-status`. */
export interface GatewayStatus {
  readonly type: 'status';
  readonly number: number;
  readonly running: number;
  readonly queued: number;
  /** How long the oldest that waits has waited, and the longest wait since the last report. */
  readonly oldestMs: number;
  readonly waitedMaxMs: number;
  readonly connections: number;
  readonly requests: number;
  readonly droppedLogLines: number;
  readonly spool: SpoolView;
  /** Of the process: a gateway that starts again begins its counts anew. */
  readonly pid: number;
  readonly counts: CountsView;
  readonly quarantine: readonly QuarantinedView[];
  /** Signals that wait for an idle slot. */
  readonly signalsWaiting: number;
  /** The paths with which memory grows most. */
  readonly growth: readonly GrowthView[];
  /** `now`: what the worker runs, for people; `requests`: how many it has been given. */
  readonly workers: readonly (WorkerSlot & {
    readonly now: readonly string[];
    readonly running: readonly RunningRequest[];
    readonly requests: number;
    readonly tally: TallyView;
  })[];
}
