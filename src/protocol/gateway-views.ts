/**
 * Parts of the snapshot: what a gateway reports of itself, and what is counted of tasks and signals
 * of the application.
 */

/** What waits in files: request bodies for workers, responses for clients. */
export interface SpoolView {
  readonly bytes: number;
  readonly files: number;
  /** `spool-max`, or half of what the file system would have free without the spool. */
  readonly limitBytes: number;
  /** '' where none can be used. */
  readonly directory: string;
}

/** A request that a worker runs. */
export interface RunningRequest {
  readonly method: string;
  readonly uri: string;
  /** As in the access log. */
  readonly requestId: string;
  readonly thread: number;
  readonly seconds: number;
  /** Its client takes the response slowly, or not at all. */
  readonly heldByClient: boolean;
}

/** A request that waits for a worker; of a long queue the oldest are told. */
export interface WaitingRequest {
  readonly requestId: string;
  readonly method: string;
  /** A long one ends with `…`. */
  readonly uri: string;
  readonly seconds: number;
  /** How many wait before it. */
  readonly before: number;
}

/** Requests of one method and path that have killed their workers: they run one at a time. */
export interface QuarantinedView {
  readonly method: string;
  /** Without a query, and normalised; a long one ends with `…`. */
  readonly path: string;
  /** How long it has been so. */
  readonly seconds: number;
  readonly waiting: number;
}

/**
 * How a request has ended that is worth a question: its client had left, it was slow, the
 * application has failed it, none was asked (a full queue, no worker), a time limit cut it, or its
 * worker ended.
 */
export type RequestEnd = 'client-gone' | 'slow' | 'failed' | 'refused' | 'cut' | 'lost';

export interface RecentRequest {
  readonly requestId: string;
  readonly method: string;
  /** A long one ends with `…`. */
  readonly uri: string;
  readonly status: number;
  readonly end: RequestEnd;
  /** ms since 1970. */
  readonly endedAtMs: number;
  /** How long it waited for a worker, behind how many others, and how long it ran. */
  readonly waitedMs: number;
  readonly queuedBehind: number;
  readonly ranMs: number;
  /** Where it ran; 0 and 0 where no worker was asked. */
  readonly generation: number;
  readonly worker: number;
  readonly pid: number;
  readonly thread: number;
  /** How its worker ended, which limit has cut it, why it was refused or failed; '' else. */
  readonly why: string;
  /** The Python stack when it was cut, the innermost call first; '' where there is none. */
  readonly stack: string;
  /** The function of the kernel in which its thread slept then; '' where it is not known. */
  readonly waitsIn: string;
}

/** By how much the memory of workers has changed with requests of one path; a sample of them. */
export interface GrowthView {
  readonly method: string;
  /** Without a query, normalised, and as `shapeOf` makes it: `/orders/*`. */
  readonly path: string;
  readonly samples: number;
  /** All together; below 0: it has shrunk. */
  readonly bytes: number;
  /** How many of them it grew with, by how much, and by how much it shrank with the others. */
  readonly grown: number;
  readonly grewBytes: number;
  readonly shrankBytes: number;
}

/** What the workers of one place have done since their generation began. */
export interface TallyView {
  /** Requests that have ended. */
  readonly requests: number;
  /** Those that the application has not answered: it has raised, or broken a rule. */
  readonly failures: number;
  /** Those that ran longer than harakiri allows. */
  readonly overruns: number;
  readonly runMicros: number;
  /** The last request counts for half of it, as in uWSGI. */
  readonly averageMicros: number;
  readonly sentBytes: number;
  /** Requests by thread. */
  readonly threads: readonly number[];
  /** By application number. */
  readonly applications: readonly { readonly requests: number; readonly failures: number }[];
}

/** What the workers had to do since the gateway was asked before. */
export interface LoadView {
  readonly intervalMs: number;
  /** For how long threads ran requests, all together. */
  readonly busyMs: number;
  readonly queued: number;
  /** The longest time that a request has waited for a worker. */
  readonly waitedMaxMs: number;
  /** Workers that run nothing. */
  readonly idle: readonly { readonly generation: number; readonly slot: number }[];
}

/**
 * The upper bounds of the buckets in which times of requests are counted, in seconds. A time that
 * is longer than the last one is counted in one bucket more.
 */
export const TIME_BOUNDS_SECONDS = [
  ...([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25] as const),
  ...([0.5, 1, 2.5, 5, 10, 30, 60] as const),
] as const;

export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** How long something took, each time. */
export interface TimesView {
  /** How many were in each bucket alone, in the order of the bounds; the last has no bound. */
  readonly counts: readonly number[];
  /** All of them together. */
  readonly seconds: number;
}

/** Requests of one mount, one label and one class of statuses. */
export interface RequestTimesView {
  /** '' for the default application, and where none was asked. */
  readonly mount: string;
  /** As `metrics-label` names it; '' where no label fits. */
  readonly route: string;
  readonly status: (typeof statusClasses)[number];
  /** Of all of them: in a worker, or from the head of a request that none was given. */
  readonly run: TimesView;
  /** Of those that asked for a worker: how long they waited for it. */
  readonly wait: TimesView;
  readonly bodyBytes: number;
}

/** What a gateway has counted since it began. */
export interface CountsView {
  readonly times: readonly RequestTimesView[];
  /** Requests that ran longer than harakiri allows. */
  readonly overruns: number;
  /** Signals of the application that no worker could be given. */
  readonly signalsDropped: number;
}

/** The minute in which workers had most to do. */
export interface BusiestMinuteView {
  /** When it ended, in ms since 1970. */
  readonly atMs: number;
  readonly seconds: number;
  readonly requests: number;
  /** For how long threads ran requests, all together. */
  readonly busySeconds: number;
}

/** As in the option `cron`; -1 stands for every value, -N for each that N divides. */
export type CronTimesView = Readonly<
  Record<'minute' | 'hour' | 'day' | 'month' | 'week', readonly number[]>
>;

/** Counted since the daemon began. */
export interface TasksView {
  readonly done: number;
  /** Tries that have failed, or are to be repeated. */
  readonly failed: number;
}

/** Signals of the application (`uwsgi.signal`), counted since the daemon began. */
export interface SignalsView {
  readonly raised: number;
  /** Of now: for an idle worker, or for a gateway. */
  readonly waiting: number;
  readonly dropped: number;
  /** Those whose handler has raised an exception. */
  readonly failures: number;
}

export interface RaiserView {
  readonly kind: 'timer' | 'cron' | 'file';
  readonly signal: number;
  /** Who runs the handler: "worker", "workers", "mule1"; '' for any worker. */
  readonly target: string;
  /** Of a timer. */
  readonly seconds: number | null;
  /** Of a timer: how often it is still due; null: for ever. */
  readonly left: number | null;
  /** Of a cron entry, as of those in the ini. */
  readonly times: CronTimesView | null;
  /** Of a file. */
  readonly path: string | null;
  /** ms since 1970; null: never again, or when the file changes. */
  readonly nextAtMs: number | null;
  /** How often its signal was raised, by anything. */
  readonly raised: number;
  /** ms since 1970; null: never. */
  readonly lastAtMs: number | null;
  readonly failures: number;
  /** The last exception of the handler; null: none. */
  readonly lastFailure: { readonly atMs: number; readonly error: string } | null;
}

/** Numbers, UUIDs, hashes, tokens: names that people give have no digits, or few. */
const NUMBER = /^\d+(\.\d+)*$/;
const HEX = /^(?=.*\d)[0-9a-f-]{8,}$/i;
const TOKEN = /^(?=(?:.*\d){3})[\w.~=-]{16,}$/;
/** With an ending (`7.json`) the ending stays. */
const NUMBERED_FILE = /^\d+(\.[a-z]\w*)$/i;

/**
 * A number or an id in a path becomes a star: `/orders/7` and `/orders/8` run the same code, and
 * are counted as one.
 */
export function shapeOf(path: string): string {
  if (!/\d/.test(path)) return path;
  return path.split('/').map(partOf).join('/');
}

function partOf(part: string): string {
  if (NUMBER.test(part) || HEX.test(part) || TOKEN.test(part)) return '*';
  return part.replace(NUMBERED_FILE, '*$1');
}
