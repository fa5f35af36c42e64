/**
 * PURE. The names that log-format knows, each with what stands in its place. The manual lists them,
 * `check` compares what was written with them, and the access log has the value of each
 * (log/request-fields.ts).
 */

const fields = {
  uri: 'path and query',
  method: 'GET or POST',
  user: 'REMOTE_USER',
  addr: 'address of the client',
  host: 'Host header',
  proto: 'HTTP/1.1',
  uagent: 'User-Agent header',
  referer: 'Referer header',
  status: 'status of the response',
  rsize: 'bytes of the body',
  hsize: 'bytes of the headers',
  size: 'bytes of both',
  cl: 'Content-Length of the request',
  micros: 'microseconds that it took',
  msecs: 'milliseconds',
  secs: 'seconds, as 0.001234',
  wait_micros: 'microseconds that it waited for a worker',
  wait_msecs: 'milliseconds',
  queued: 'requests that waited before it',
  tmsecs: 'start in the worker, in milliseconds since 1970',
  tmicros: 'microseconds',
  time: 'seconds',
  epoch: 'end, in seconds',
  ltime: 'start, as 23/Nov/2026:02:08:57 +0100',
  ctime: 'start, as Mon Nov 23 02:08:57 2026',
  ftime: 'as ltime; with logformat-strftime as log-date says',
  request_id: 'X-Request-ID header, or 32 hex digits',
  trace_id: 'trace id of the traceparent header, or -',
  pid: 'process of the worker',
  wid: 'number of the worker',
  core: 'number of its thread',
  vars: 'number of CGI variables, as uWSGI counts them',
  pktsize: 'their bytes',
  headers: 'number of response headers',
  rss: 'resident memory of the worker in bytes',
  rssM: 'in MiB',
  vsz: 'its address space in bytes',
  vszM: 'in MiB',
  switches: 'always 1',
  modifier1: 'always 0',
  modifier2: 'always 0',
  werr: '1 where the client left, else 0',
  rerr: 'always 0',
  ioerr: 'as werr',
} as const;

export type LogFormatName = keyof typeof fields;

/** What stands before the name of a CGI variable: %(var.HTTP_ACCEPT). */
export const VARIABLE_PREFIX = 'var.';

export function isLogFormatName(name: string): name is LogFormatName {
  return Object.hasOwn(fields, name);
}

/** In the order of the table. */
export const logFormatNames: readonly LogFormatName[] = Object.keys(fields).filter(isLogFormatName);

/** All of them with their meanings, for the manual. */
export function logFormatInWords(): string {
  const each = logFormatNames.map((name) => `${name} (${fields[name]})`);
  const more = [
    `${VARIABLE_PREFIX}NAME (the CGI variable NAME, as in var.HTTP_ACCEPT)`,
    `${METRIC_PREFIX}NAME (the metric NAME at the end of the request; - without a worker)`,
  ];
  return [...each, ...more].join(', ');
}

/** And before that of a metric: %(metric.orders). */
export const METRIC_PREFIX = 'metric.';

/** The metrics that a format names. */
export function metricsInFormat(format: string): readonly string[] {
  const names = partsOfLogFormat(format).filter((_, index) => index % 2 === 1);
  const metrics = names.filter((name) => name.startsWith(METRIC_PREFIX));
  return [...new Set(metrics.map((name) => name.slice(METRIC_PREFIX.length)))];
}

/** Text and names in turn: "a %(b) c" → "a ", "b", " c". */
export function partsOfLogFormat(format: string): readonly string[] {
  return format.split(/%\(([^)]*)\)/);
}
