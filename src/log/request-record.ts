/** What the access log knows of one request, whatever form its line has. */

export interface RequestRecord {
  readonly method: string;
  readonly uri: string;
  /** "HTTP/1.1". */
  readonly protocol: string;
  readonly status: number;
  readonly address: string;
  /** Name, value, name, value …: the variables that the application was given. */
  readonly variables: readonly string[];
  /** Name, value …: what the application has set for the log (uwsgi.set_logvar). */
  readonly logVariables: readonly string[];
  /** As uWSGI counts them: names and values each, and the bytes of their packet. */
  readonly variableCount: number;
  readonly variableBytes: number;
  readonly bodyBytes: number;
  readonly headerCount: number;
  readonly headerBytes: number;
  readonly durationMicros: number;
  /** How long it waited for a worker, and how many requests waited before it. */
  readonly waitMicros: number;
  readonly queuedBehind: number;
  readonly finishedAt: Date;
  /** The body came from a file, and no worker has written it. */
  readonly isFromFile: boolean;
  /** -1 where no application was asked. */
  readonly application: number;
  readonly pid: number;
  readonly worker: number;
  /** Of the worker; 0 where none was asked. */
  readonly generation: number;
  readonly thread: number;
  /** Requests that this worker has been given, and that all of them have. */
  readonly workerRequests: number;
  readonly totalRequests: number;
  readonly residentBytes: number;
  /** The id of the request in the journal, and in the header of its client. */
  readonly requestId: string;
}

/** As in nginx: the client has closed the connection before its answer was complete. */
export const CLIENT_GONE = 499;

/** When a worker began with it, in µs since 1970: the time that uWSGI logs. */
export function startedAtMicros({ finishedAt, durationMicros }: RequestRecord): number {
  return finishedAt.getTime() * 1000 - durationMicros;
}

export function startedAt(record: RequestRecord): Date {
  return new Date(startedAtMicros(record) / 1000);
}

/** Of the process that answered, in bytes; 0 where it is not known. */
export interface MemoryUse {
  readonly virtualBytes: number;
  readonly residentBytes: number;
  /** Of no other process too: USS. */
  readonly privateBytes: number;
  /** Shared pages by their share: PSS. */
  readonly proportionalBytes: number;
}
