/**
 * PURE. A logger as `logger` and `req-logger` name it: `[name ]kind[:argument]`, as in uWSGI.
 */

export type Target =
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Rotated when it would be larger; 0: never. */
      readonly maxBytes: number;
      /** '' for the path with the time. */
      readonly backupName: string;
    }
  | { readonly kind: 'syslog'; readonly ident: string; readonly priority: number }
  | {
      readonly kind: 'rsyslog';
      readonly to: Receiver;
      readonly ident: string;
      readonly priority: number;
    }
  | { readonly kind: 'socket'; readonly to: Receiver; readonly prefix: string }
  | { readonly kind: 'fd'; readonly fd: number }
  /** Where the log would go without loggers: logto, or standard error. */
  | { readonly kind: 'stdio' }
  | { readonly kind: 'journal'; readonly ident: string };

/** Who takes datagrams: at a unix socket, or by UDP. */
export type Receiver =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'udp'; readonly host: string; readonly port: number };

export interface Logger {
  /** Its name for routes and encoders; '' for none. */
  readonly name: string;
  readonly target: Target;
  /** As it was written, without its name. */
  readonly text: string;
}

export type ReadLogger =
  | { readonly ok: true; readonly logger: Logger }
  | {
      readonly ok: false;
      readonly problem: string;
      readonly advice: string;
      readonly isOfUwsgi: boolean;
    };

type ReadTarget = Target | { readonly problem: string; readonly advice: string };

/** LOG_INFO of the facility daemon, and LOG_NOTICE of the same: what uWSGI sends. */
const SYSLOG_PRIORITY = 30;
const RSYSLOG_PRIORITY = 29;
const INFO = 6;
const SYSLOG_PORT = 514;

const facilities: Readonly<Record<string, number>> = {
  ...{ kern: 0, user: 1, mail: 2, daemon: 3, auth: 4, security: 4, syslog: 5, lpr: 6, news: 7 },
  ...{ uucp: 8, cron: 9, authpriv: 10, ftp: 11, local0: 16, local1: 17, local2: 18, local3: 19 },
  ...{ local4: 20, local5: 21, local6: 22, local7: 23 },
};

/** Loggers of uWSGI's plugins that Reeve does not have. */
const ofPlugins = new Set([
  ...['pipe', 'redislog', 'mongodblog', 'zeromq', 'zmq', 'crypto', 'graylog2', 'websocket', 'amqp'],
  ...['logcrypto', 'logzmq', 'tcp', 'msgpack'],
]);

export const loggerKinds = ['file', 'syslog', 'rsyslog', 'socket', 'fd', 'stdio', 'systemd'];

/** Reads a value of `logger` or `req-logger`. */
export function readLogger(value: string): ReadLogger {
  const named = /^([A-Za-z0-9]+) (.*)$/s.exec(value);
  const [name, text] = named === null ? ['', value] : [named[1] ?? '', (named[2] ?? '').trim()];
  const colon = text.indexOf(':');
  const kind = (colon < 0 ? text : text.slice(0, colon)).trim();
  const argument = colon < 0 ? '' : text.slice(colon + 1).trim();
  const read = Object.hasOwn(readers, kind) ? readers[kind]?.(argument) : undefined;
  if (read === undefined) {
    const isOfUwsgi = ofPlugins.has(kind);
    const problem = isOfUwsgi
      ? `Reeve does not have the logger "${kind}"`
      : `there is no logger "${kind}"`;
    return { ok: false, problem, advice: `the loggers are ${loggerKinds.join(', ')}`, isOfUwsgi };
  }
  if ('problem' in read) return { ok: false, ...read, isOfUwsgi: false };
  return { ok: true, logger: { name, target: read, text } };
}

const readers: Readonly<Record<string, (argument: string) => ReadTarget>> = {
  file: readFile,
  syslog: readSyslog,
  rsyslog: readRsyslog,
  socket: readSocket,
  fd: readFd,
  stdio: () => ({ kind: 'stdio' }),
  systemd: (ident) => ({ kind: 'journal', ident }),
  journald: (ident) => ({ kind: 'journal', ident }),
};

/** A path, or logfile=PATH,maxsize=BYTES,backupname=PATH. */
function readFile(argument: string): ReadTarget {
  const advice = 'write file:/var/log/app.log, or file:logfile=/var/log/app.log,maxsize=1000000';
  if (!argument.includes('=')) {
    if (argument === '') return { problem: 'file has no path', advice };
    return { kind: 'file', path: argument, maxBytes: 0, backupName: '' };
  }
  const pairs = new Map(
    argument.split(',').map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, Math.max(equals, 0)).trim(), pair.slice(equals + 1).trim()] as const;
    }),
  );
  const unknown = [...pairs.keys()].find((key) => !/^(logfile|maxsize|backupname)$/.test(key));
  if (unknown !== undefined) return { problem: `file has no key "${unknown}"`, advice };
  const path = pairs.get('logfile') ?? '';
  if (path === '') return { problem: 'file has no logfile', advice };
  const size = /^\d+/.exec(pairs.get('maxsize') ?? '0')?.[0];
  if (size === undefined) {
    return { problem: `maxsize "${pairs.get('maxsize')}" is not a number of bytes`, advice };
  }
  return { kind: 'file', path, maxBytes: Number(size), backupName: pairs.get('backupname') ?? '' };
}

function readSyslog(argument: string): ReadTarget {
  const [ident = '', facility] = argument.split(',');
  // As in uWSGI a name that does not exist is that of the default.
  const number = facility === undefined ? undefined : facilities[facility.trim()];
  const priority = number === undefined ? SYSLOG_PRIORITY : number * 8 + INFO;
  return { kind: 'syslog', ident: ident === '' ? 'uwsgi' : ident, priority };
}

/** host[:port][,ident[,priority]] or /path. */
function readRsyslog(argument: string): ReadTarget {
  const [address = '', ident = '', priority = ''] = argument.split(',');
  const to = receiverAt(address, SYSLOG_PORT);
  if (to === undefined) {
    const problem = `rsyslog has no address: "${address}"`;
    return { problem, advice: 'write rsyslog:192.0.2.1:514,app or rsyslog:/dev/log,app' };
  }
  const number = /^\d+$/.test(priority.trim()) ? Number(priority) : RSYSLOG_PRIORITY;
  return { kind: 'rsyslog', to, ident, priority: number };
}

/** host:port or /path, and what each message begins with behind a comma. */
function readSocket(argument: string): ReadTarget {
  const comma = argument.indexOf(',');
  const address = comma < 0 ? argument : argument.slice(0, comma);
  const to = receiverAt(address);
  if (to === undefined) {
    const problem = `socket has no address: "${address}"`;
    return { problem, advice: 'write socket:192.0.2.1:5140 or socket:/run/log.sock' };
  }
  return { kind: 'socket', to, prefix: comma < 0 ? '' : argument.slice(comma + 1) };
}

function readFd(argument: string): ReadTarget {
  if (/^\d{1,5}$/.test(argument)) return { kind: 'fd', fd: Number(argument) };
  const problem = `fd has no number: "${argument}"`;
  return { problem, advice: 'write fd:3 for a descriptor that Reeve is started with' };
}

function receiverAt(address: string, usualPort?: number): Receiver | undefined {
  if (address === '') return undefined;
  const parts = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d{1,5}))?$/.exec(address);
  const port = parts?.[3] === undefined ? usualPort : Number(parts[3]);
  const host = parts?.[1] ?? parts?.[2] ?? '';
  const isPath = address.startsWith('/') || address.startsWith('@') || parts === null;
  if (isPath || port === undefined) {
    return /:\d*$/.test(address) ? undefined : { kind: 'path', path: address };
  }
  if (port < 1 || port > 65_535) return undefined;
  return { kind: 'udp', host: host === '' ? '127.0.0.1' : host, port };
}
