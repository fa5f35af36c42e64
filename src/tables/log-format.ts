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
  tmsecs: 'end, in milliseconds since 1970',
  tmicros: 'microseconds',
  time: 'seconds',
  epoch: 'seconds',
  ltime: 'end, as 23/Nov/2026:02:08:57 +0100',
  ctime: 'end, as Mon Nov 23 02:08:57 2026',
  ftime: 'the same',
  request_id: 'X-Request-ID header, or 32 hex digits',
  pid: 'process of the worker',
  wid: 'number of the worker',
  core: 'number of its thread',
  vars: 'number of CGI variables, as uWSGI counts them',
  pktsize: 'their bytes',
  headers: 'number of response headers',
  rss: 'resident memory of the worker in bytes',
  rssM: 'in MiB',
  switches: 'always 1',
  modifier1: 'always 0',
  modifier2: 'always 0',
  werr: 'always 0',
  rerr: 'always 0',
  ioerr: 'always 0',
} as const;

export type LogFormatName = keyof typeof fields;

/** What stands before the name of a CGI variable: %(var.HTTP_ACCEPT). */
export const VARIABLE_PREFIX = 'var.';

/** What uWSGI has and Reeve does not, and what to write instead. */
const missing: Readonly<Record<string, string>> = {
  vsz: 'the resident memory of the worker is %(rss)',
  vszM: 'the resident memory of the worker is %(rssM)',
};

export function isLogFormatName(name: string): name is LogFormatName {
  return Object.hasOwn(fields, name);
}

/** In the order of the table. */
export const logFormatNames: readonly LogFormatName[] = Object.keys(fields).filter(isLogFormatName);

/** All of them with their meanings, for the manual. */
export function logFormatInWords(): string {
  const each = logFormatNames.map((name) => `${name} (${fields[name]})`);
  return `${each.join(', ')}, ${VARIABLE_PREFIX}NAME (the CGI variable NAME, as in var.HTTP_ACCEPT)`;
}

/** What uWSGI's name was meant for; undefined where it has no such name either. */
export function insteadOfName(name: string): string | undefined {
  return Object.hasOwn(missing, name) ? missing[name] : undefined;
}

/** Text and names in turn: "a %(b) c" → "a ", "b", " c". */
export function partsOfLogFormat(format: string): readonly string[] {
  return format.split(/%\(([^)]*)\)/);
}
