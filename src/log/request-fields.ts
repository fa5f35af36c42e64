/** The fields of an access log line by their names in log-format, and the client (pure). */

import { isLogFormatName, VARIABLE_PREFIX, type LogFormatName } from '../tables/log-format.ts';
import { bytesOf } from './log-bytes.ts';
import { CLF, ctime, timeFormatter } from './log-times.ts';
import {
  CLIENT_GONE,
  startedAt,
  startedAtMicros,
  type MemoryUse,
  type RequestRecord,
} from './request-record.ts';

export type Field = (record: RequestRecord, address: string) => string;

export interface FieldSettings {
  /** Writes %(ftime). */
  readonly ftime: (at: Date) => string;
  readonly memoryOf: (record: RequestRecord) => MemoryUse;
}

const ltime = timeFormatter(CLF);

const fields: Readonly<Record<Exclude<LogFormatName, SettingsName>, Field>> = {
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
  tmsecs: (r) => String(Math.floor(startedAtMicros(r) / 1000)),
  tmicros: (r) => String(startedAtMicros(r)),
  time: (r) => String(Math.floor(startedAtMicros(r) / 1e6)),
  epoch: (r) => String(Math.floor(r.finishedAt.getTime() / 1000)),
  ltime: (r) => ltime(startedAt(r)),
  ctime: (r) => ctime(startedAt(r)),
  request_id: (r) => r.requestId,
  trace_id: traceIdOf,
  pid: (r) => String(r.pid),
  wid: (r) => String(r.worker),
  core: (r) => String(r.thread),
  switches: () => '1',
  vars: (r) => String(r.variableCount),
  pktsize: (r) => String(r.variableBytes),
  headers: (r) => String(r.headerCount),
  modifier1: () => '0',
  modifier2: () => '0',
  werr: clientGone,
  rerr: () => '0',
  ioerr: clientGone,
};

/** The client has left before it had all: a write to it would have failed. */
function clientGone(record: RequestRecord): string {
  return record.status === CLIENT_GONE ? '1' : '0';
}

/** Names whose values depend on other options, or on what is looked up then. */
type SettingsName = 'ftime' | 'vsz' | 'vszM' | 'rss' | 'rssM';

function fieldsBySettings({ ftime, memoryOf }: FieldSettings): Record<SettingsName, Field> {
  const megabytes = (count: number): string => String(Math.floor(count / 1024 / 1024));
  return {
    ftime: (r) => ftime(startedAt(r)),
    vsz: (r) => String(memoryOf(r).virtualBytes),
    vszM: (r) => megabytes(memoryOf(r).virtualBytes),
    rss: (r) => String(memoryOf(r).residentBytes),
    rssM: (r) => megabytes(memoryOf(r).residentBytes),
  };
}

/** Returns the field with this name; as in uWSGI, others are what the application has set. */
export function fieldOf(name: string, settings: FieldSettings): Field {
  if (name.startsWith(VARIABLE_PREFIX)) {
    return (record) => variableOf(record, name.slice(VARIABLE_PREFIX.length));
  }
  const all: Readonly<Record<LogFormatName, Field>> = { ...fields, ...fieldsBySettings(settings) };
  return isLogFormatName(name) ? all[name] : logVariable(bytesOf(name));
}

/** The value that the application has set under a name, or ''. */
function logVariable(name: string): Field {
  return ({ logVariables }) => {
    for (let at = 0; at + 1 < logVariables.length; at += 2) {
      if (logVariables[at] === name) return logVariables[at + 1] ?? '';
    }
    return '';
  };
}

/** Returns the value of a variable that the application was given, or ''. */
export function variableOf(record: RequestRecord, name: string): string {
  const { variables } = record;
  for (let at = 1; at + 1 < variables.length; at += 2) {
    if (variables[at] === name) return variables[at + 1] ?? '';
  }
  return '';
}

/** https://www.w3.org/TR/trace-context/: version, trace id, parent id, flags. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;

/** The trace that a request belongs to, as the client says; '' where it says none that is valid. */
export function traceIdOf(record: RequestRecord): string {
  return TRACEPARENT.exec(variableOf(record, 'HTTP_TRACEPARENT'))?.[1] ?? '';
}

export type AddressOf = (record: RequestRecord) => string;

/** Returns the function that finds the address: the peer's, or what X-Forwarded-For names. */
export function addressReader(settings: { readonly xForwardedFor: boolean }): AddressOf {
  return settings.xForwardedFor ? forwardedAddress : peerAddress;
}

function peerAddress(record: RequestRecord): string {
  return record.address;
}

function forwardedAddress(record: RequestRecord): string {
  return variableOf(record, 'HTTP_X_FORWARDED_FOR') || record.address;
}
