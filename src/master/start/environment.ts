/**
 * PURE. What a child finds in its environment, and what the launcher told the master in it.
 *
 * Children get the whole environment, as under uWSGI: applications are configured by it. Only what
 * was meant for the master alone is taken out: a worker that answers systemd in the master's name,
 * or takes its listening sockets for its own, would confuse both.
 */
import { isCount } from '../../systemd/listen-fds.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ChildEnvironment {
  /** What the master was started with. */
  readonly inherited: Environment;
  /** The options `env` and `unenv`, as written: "NAME=value", "NAME". */
  readonly env: readonly string[];
  readonly unenv: readonly string[];
  /** Device and inode of the child's descriptor 2, "8:4711". */
  readonly outputStream: string;
  /** A virtualenv that the operator named; the others' variables are left as they are. */
  readonly home?: string | undefined;
}

/** What the launcher found out before Node changed it (REEVE_LAUNCH). */
export interface LaunchFacts {
  /** SIGHUP was ignored, as by nohup. */
  readonly isHangupIgnored: boolean;
  /** The operator's soft limit of open files; undefined where the launcher was not used. */
  readonly softFileLimit: bigint | 'unlimited' | undefined;
}

export const LAUNCH_VARIABLE = 'REEVE_LAUNCH';
/** What the launcher keeps from Reeve's own Node: NODE_OPTIONS as it was. */
export const NODE_OPTIONS_VARIABLE = 'REEVE_NODE_OPTIONS';
/** The interpreter that Reeve was installed for by pip, and the command that pip made. */
export const PYTHON_VARIABLE = 'REEVE_PYTHON';
export const PROGRAM_VARIABLE = 'REEVE_PROGRAM';
export const READY_VARIABLE = 'REEVE_READY_FD';

const DENIED = new Set([
  'NOTIFY_SOCKET',
  'WATCHDOG_PID',
  'WATCHDOG_USEC',
  'LISTEN_PID',
  'LISTEN_PIDFDID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'FDSTORE',
  'MEMORY_PRESSURE_WATCH',
  'MEMORY_PRESSURE_WRITE',
  'JOURNAL_STREAM',
  LAUNCH_VARIABLE,
  PYTHON_VARIABLE,
  PROGRAM_VARIABLE,
  READY_VARIABLE,
  NODE_OPTIONS_VARIABLE,
]);

/** The environment of a spawner or gateway. Later settings win; `unenv` comes last. */
export function childEnvironment(parts: ChildEnvironment): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(parts.inherited)) {
    if (value !== undefined && !DENIED.has(name)) result[name] = value;
  }
  // An application asks this variable whether its output is the journal; it is true only for the
  // stream that it names (systemd.exec(5)).
  if (parts.inherited['JOURNAL_STREAM'] === parts.outputStream) {
    result['JOURNAL_STREAM'] = parts.outputStream;
  }
  if (parts.home !== undefined) {
    result['VIRTUAL_ENV'] = parts.home;
    const path = result['PATH'];
    result['PATH'] = path === undefined ? `${parts.home}/bin` : `${parts.home}/bin:${path}`;
  }
  for (const setting of parts.env) {
    const equals = setting.indexOf('=');
    if (equals === -1) result[setting] = '';
    else if (equals > 0) result[setting.slice(0, equals)] = setting.slice(equals + 1);
  }
  for (const name of parts.unenv) delete result[name];
  return result;
}

/** Whether systemd has passed sockets to one of these processes (sd_listen_fds(3)). */
export function arePassedSockets(environment: Environment, pids: readonly number[]): boolean {
  const { LISTEN_PID: pid, LISTEN_FDS: count = '' } = environment;
  return pids.some((own) => String(own) === pid) && isCount(count) && Number(count) > 0;
}

/** What the launcher kept from Reeve's own Node, as `env` settings for the application. */
export function keptForApplication(inherited: Environment): readonly string[] {
  const options = inherited[NODE_OPTIONS_VARIABLE];
  return options === undefined ? [] : [`NODE_OPTIONS=${options}`];
}

/** Reads REEVE_LAUNCH: words such as "sighup=ignored nofile=1024". Unknown words are skipped. */
export function launchFacts(environment: Environment): LaunchFacts {
  const words = (environment[LAUNCH_VARIABLE] ?? '').split(' ');
  const limit = words.find((word) => word.startsWith('nofile='))?.slice('nofile='.length);
  return {
    isHangupIgnored: words.includes('sighup=ignored'),
    softFileLimit: limit === undefined ? undefined : readLimit(limit),
  };
}

function readLimit(text: string): bigint | 'unlimited' | undefined {
  if (text === 'unlimited') return text;
  return /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
