/**
 * What the master says first to a spawner: what to load, and how. `control.py` reads it.
 */

import type { AreaTerms } from '../tables/shared/area-terms.ts';
import type { CacheItem } from '../tables/shared/cache-items.ts';
import type { CacheTerms } from '../tables/shared/cache-terms.ts';
import type { MetricTerms } from '../tables/shared/metric-terms.ts';

/** One application to load; `mount` is '' for the default one. Its index is its number there. */
export interface ApplicationSource {
  readonly mount: string;
  /** `module[:callable]`, a file path (kind 'file'), or what PasteDeploy loads: `config:FILE`. */
  readonly kind: 'module' | 'file' | 'paste';
  readonly name: string;
  /** Dotted name of the callable in the module; 'factory()' is called without arguments. */
  readonly callable: string;
  /** Where the operator wrote it, for the sentence when it fails: "app.ini:4" or "--module". */
  readonly origin: string;
}

/** A module, or a Python file, of `import`, `shared-import` and `pymodule-alias`. */
export interface ImportSource {
  readonly name: string;
  /** What it is called in sys.modules, and it is needed then; '' = its own name. */
  readonly alias: string;
  readonly origin: string;
}

/** As in tables/hooks/hooks.ts. */
export interface SpawnerHook {
  readonly action: string;
  readonly argument: string;
  readonly shown: string;
  readonly origin: string;
}

export interface SpawnerSettings {
  readonly type: 'settings';
  readonly generation: number;
  readonly applications: readonly ApplicationSource[];
  /** Mounts that may fail to load, as long as one application does; '' is the default one. */
  readonly mayLack: readonly string[];
  /** Modules and files to load before the applications, wherever those are imported. */
  readonly imports: readonly ImportSource[];
  /** As `imports`, and always in the spawner, before it forks. */
  readonly sharedImports: readonly ImportSource[];
  /** Where each worker goes once its applications are there; '' = it stays. */
  readonly workerDirectory: string;
  /** Whether applications are given `wsgi.file_wrapper`. */
  readonly hasFileWrapper: boolean;
  /** Whether PasteDeploy's file also sets up `logging`; whether clients are shown exceptions. */
  readonly pasteLogger: boolean;
  readonly showsExceptions: boolean;
  /** Whether responses with `uWSGI-Encoding: gzip` are compressed. */
  readonly compressesMarked: boolean;
  /** Import in each worker instead of once in the spawner. */
  readonly lazyApps: boolean;
  readonly threads: number;
  readonly processes: number;
  /** Name of the abstract unix socket (without the leading NUL) that the gateway listens on. */
  readonly channel: string;
  /** As in the ini, in order; each goes to the front of sys.path. */
  readonly pythonPath: readonly string[];
  /** What follows the program's name in sys.argv. */
  readonly argv: readonly string[];
  /** Seconds between looks at module files; 0 = do not report modules. */
  readonly autoreload: number;
  /** Complete titles; `%d` in `worker` is the slot. */
  readonly titles: { readonly spawner: string; readonly worker: string };
  /** Seconds that interpreter shutdown may take after a drain before the process ends itself. */
  readonly exitLimit: number;
  /** Path of the log file for `reopen-log`, or '' where fd 2 was inherited or is the log helper. */
  readonly logFile: string;
  /** Whether fd 2 leads to the log helper, so that what the shim writes is marked as a record. */
  readonly logJson: boolean;
  /** What stands before each of its lines, by strftime(3); '' for nothing (log-date). */
  readonly logDate: string;
  /** Whether records of Python's `logging` get their level, and are shown if no handler does it. */
  readonly logPython: boolean;
  /** What runs at each point of these processes; commands have so many seconds. */
  readonly hooks: {
    readonly seconds: number;
    readonly points: Readonly<Record<string, readonly SpawnerHook[]>>;
  };
  readonly limits: WorkerLimits;
  /** Seconds that the gateway gives a request; 0 = any time. */
  readonly harakiri: number;
  /** Processors of each worker; 0: all. */
  readonly cpuAffinity: number;
  /** Where fd 2 is the journal: what entries say, and their MESSAGE_ID by event. */
  readonly journal: JournalSettings | null;
  /** Metrics that log-format shows: workers send their values with each request. */
  readonly logMetrics: readonly string[];
  /** What the processes share (reeve_worker/state). */
  readonly shared: SharedState;
  readonly jobs: readonly JobSettings[];
  /** Groups of mules, by their numbers. */
  readonly farms: readonly FarmTerms[];
  /** Where tasks are queued; those of spooler-external too. */
  readonly spoolerDirectories: readonly string[];
  /** Loaded in spoolers, after the application. */
  readonly spoolerImports: readonly ImportSource[];
  /** What the module `uwsgi` tells of the configuration: its `opt` and `magic_table`. */
  readonly moduleFacts: {
    /** In their order, repeated ones too; true for a flag without a value. */
    readonly options: readonly (readonly [name: string, value: string | true])[];
    readonly magic: readonly (readonly [character: string, value: string])[];
  };
}

/** Memory and locks that all Python processes share. */
export interface SharedState {
  /** The first one is that of calls without a name. */
  readonly caches: readonly CacheTerms[];
  /** What they begin with. */
  readonly cacheItems: readonly CacheItem[];
  /** How many beside the one with the number 0. */
  readonly locks: number;
  /** `places` is 0 where there is none; `store` is the path of its file, or ''. */
  readonly queue: {
    readonly places: number;
    readonly blocksize: number;
    readonly store: string;
  };
  readonly areas: readonly AreaTerms[];
  readonly metrics: readonly MetricTerms[];
  /** Those that uWSGI collects by itself can be read. */
  readonly hasMetrics: boolean;
  readonly mailboxes: readonly MailboxTerms[];
}

/** Where messages, or signals, wait for mules or spoolers. */
export interface MailboxTerms {
  /** What waits, and whom for: "messages mule 1", "messages farm tasks", "signals mules". */
  readonly name: string;
  /** Those of all that may wait in it. */
  readonly bytes: number;
}

export interface FarmTerms {
  readonly name: string;
  readonly mules: readonly number[];
}

/** A mule or a spooler: a process with the application that serves no requests. */
export interface JobSettings {
  /** Its place among the children of the spawner; no worker has such a number. */
  readonly slot: number;
  readonly kind: 'mule' | 'spooler';
  readonly number: number;
  /** For people: "mule 1". */
  readonly name: string;
  readonly title: string;
  /** Of a mule: a file, or module:function; '' = it waits for messages. */
  readonly program: string;
  /** Of a spooler, as all that follows: where its tasks lie. */
  readonly directory: string;
  /** Where tasks are run; '' = in `directory`. */
  readonly taskDirectory: string;
  /** Seconds between two looks at the directory. */
  readonly frequency: number;
  /** Seconds that a task, a message or a signal may take; 0 = any time. */
  readonly harakiri: number;
  /** It ends after so many; 0 = never. */
  readonly maxTasks: number;
  /** After so many tries a task is put aside; 0 = never. */
  readonly retries: number;
  /** Nothing is printed of tasks that are run and done. */
  readonly quiet: boolean;
}

/** What a worker may use, and after what it asks to be replaced. */
export interface WorkerLimits {
  /** RLIMIT_AS of the spawner and all that it starts; 0: as it is. */
  readonly addressSpaceBytes: number;
  /** MiB by which a worker has had enough; 0: never. Their names are those of reload-on-*. */
  readonly replaceAbove: Readonly<Record<'as' | 'rss' | 'uss' | 'pss', number>>;
  /** So long its memory is not looked at. */
  readonly minLifetimeSeconds: number;
  /** reload-on-exception, and its -type, -value and -repr. */
  readonly replaceOnException: {
    readonly any: boolean;
    readonly type: readonly string[];
    readonly value: readonly string[];
    readonly repr: readonly string[];
  };
}

export interface JournalSettings {
  readonly app: string;
  /** The unit, where journald believes it: from root alone; '' else. */
  readonly unit: string;
  readonly messageIds: Readonly<Record<string, string>>;
}
