/** The fields of an access log line by their names in log-format (pure). */

import { isLogFormatName, VARIABLE_PREFIX, type LogFormatName } from '../tables/log-format.ts';
import { clfTime, ctime } from './log-times.ts';
import type { RequestRecord } from './request-record.ts';

export type Field = (record: RequestRecord, address: string) => string;

const fields: Readonly<Record<LogFormatName, Field>> = {
  uri: (r) => r.uri,
  method: (r) => r.method,
  user: (r) => variableOf(r, 'REMOTE_USER'),
  addr: (_r, address) => address,
  host: (r) => variableOf(r, 'HTTP_HOST'),
  proto: (r) => r.protocol,
  uagent: (r) => variableOf(r, 'HTTP_USER_AGENT'),
  referer: (r) => variableOf(r, 'HTTP_REFERER'),
  status: (r) => String(r.status),
  rsize: (r) => String(r.bodyBytes),
  hsize: (r) => String(r.headerBytes),
  size: (r) => String(r.bodyBytes + r.headerBytes),
  cl: (r) => variableOf(r, 'CONTENT_LENGTH') || '0',
  micros: (r) => String(r.durationMicros),
  msecs: (r) => String(Math.floor(r.durationMicros / 1000)),
  secs: (r) => (r.durationMicros / 1e6).toFixed(6),
  wait_micros: (r) => String(r.waitMicros),
  wait_msecs: (r) => String(Math.floor(r.waitMicros / 1000)),
  queued: (r) => String(r.queuedBehind),
  tmsecs: (r) => String(r.finishedAt.getTime()),
  tmicros: (r) => `${r.finishedAt.getTime()}000`,
  time: (r) => String(Math.floor(r.finishedAt.getTime() / 1000)),
  epoch: (r) => String(Math.floor(r.finishedAt.getTime() / 1000)),
  ltime: (r) => clfTime(r.finishedAt),
  ctime: (r) => ctime(r.finishedAt),
  ftime: (r) => ctime(r.finishedAt),
  request_id: (r) => r.requestId,
  pid: (r) => String(r.pid),
  wid: (r) => String(r.worker),
  core: (r) => String(r.thread),
  switches: () => '1',
  vars: (r) => String(r.variableCount),
  pktsize: (r) => String(r.variableBytes),
  headers: (r) => String(r.headerCount),
  rss: (r) => String(r.residentBytes),
  rssM: (r) => String(Math.floor(r.residentBytes / 1024 / 1024)),
  modifier1: () => '0',
  modifier2: () => '0',
  werr: () => '0',
  rerr: () => '0',
  ioerr: () => '0',
};

/** Returns the field with this name, or, as uWSGI does, one that is always empty. */
export function fieldOf(name: string): Field {
  if (name.startsWith(VARIABLE_PREFIX)) {
    return (record) => variableOf(record, name.slice(VARIABLE_PREFIX.length));
  }
  return isLogFormatName(name) ? fields[name] : nothing;
}

function nothing(): string {
  return '';
}

/** Returns the value of a variable that the application was given, or ''. */
export function variableOf(record: RequestRecord, name: string): string {
  const { variables } = record;
  for (let at = 1; at + 1 < variables.length; at += 2) {
    if (variables[at] === name) return variables[at + 1] ?? '';
  }
  return '';
}
