/** What a configuration asks for beside requests: attached daemons and cron entries. */

export interface AttachedDaemon {
  /** The same text is the same daemon after a reload. */
  readonly key: string;
  /** Short, for the log and for titles; no two have the same. */
  readonly name: string;
  readonly command: string;
  readonly origin: string;
  /** '' where it ends with Reeve; else it outlives Reeve, and is found again by this file. */
  readonly pidfile: string;
  /** Reeve writes the pidfile, and puts it into the background. */
  readonly isPutInBackground: boolean;
  /** Its end is the end of Reeve. */
  readonly isControl: boolean;
  /** How long its pidfile may name no process after a start. */
  readonly patienceMs: number;
  readonly stopSignal: number;
  /** In place of the stop signal when Reeve reloads; 0 = the stop signal. */
  readonly reloadSignal: number;
  /** The longest pause before it is started again; 0 = as long as for workers. */
  readonly pauseMaxMs: number;
  /** One with a pidfile is signalled at reload and stop. */
  readonly isNotified: boolean;
  readonly touch: readonly string[];
  readonly uid: string;
  readonly gid: string;
  readonly directory: string;
  /** The descriptor of Reeve that becomes its standard input; -1 = none. */
  readonly input: number;
}

/** Each field is a list; -1 stands for every value, -N for each that N divides. */
export interface CronTimes {
  readonly minute: readonly number[];
  readonly hour: readonly number[];
  readonly day: readonly number[];
  readonly month: readonly number[];
  readonly week: readonly number[];
}

export interface CronEntry {
  /** The same text is the same entry after a reload. */
  readonly key: string;
  readonly name: string;
  readonly times: CronTimes;
  readonly command: string;
  readonly origin: string;
  /** It is not started while it runs. */
  readonly isUnique: boolean;
  /** How long it may run; 0 = as long as it takes. */
  readonly limitMs: number;
}
