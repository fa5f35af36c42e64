/** What a gateway reports of itself, part by part: in its status, and in the snapshot. */

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

/** Requests of one method and path that have killed their workers: they run one at a time. */
export interface QuarantinedView {
  readonly method: string;
  /** Without a query, and normalised; a long one ends with `…`. */
  readonly path: string;
  /** How long it has been so. */
  readonly seconds: number;
  readonly waiting: number;
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
}
