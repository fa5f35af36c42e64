/**
 * `daemonize = FILE`: starts this command again in a session of its own, with its log in FILE; in a
 * unit of type forking that does not say so too, with its log where it was.
 *
 * The command that the operator typed returns when the daemon is ready. When the daemon fails, it
 * returns with the daemon's exit code and shows the end of the log: so a script that starts Reeve
 * knows whether it runs. The daemon reports through a pipe whose descriptor is named in
 * REEVE_READY_FD. Unlike uWSGI, the umask stays what it was; `umask` changes it.
 *
 * Together with spawn.ts one of the few users of child_process.
 */

import { spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { constants as osConstants } from 'node:os';

import { createTimers, type Cancel } from '../../base/clock.ts';
import { setInherited } from '../../base/descriptors.ts';
import { openLogFile } from '../../base/files/log-file.ts';
import { cannotMake } from '../../base/system-error.ts';
import type { PathUser } from '../../base/files/trusted-path.ts';
import { arePassedSockets, READY_VARIABLE } from '../../master/start/environment.ts';
import { userAndGroupsOf, ownerAfterDrop, type NextUser } from '../../master/start/privileges.ts';
import { isMemoryFile, isSocket } from '../../systemd/listen-fds.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

import type { Settings } from '../../tables/options/options.ts';

export interface DaemonizeParts {
  /** Where the log is appended, made with mode 0640; '' for where this command writes. */
  readonly logFile: string;
  /** The user that the log is given to when it is made: the daemon opens it again at a reload. */
  readonly owner: PathUser | undefined;
  /** Where the daemon's log goes in the end: `logto` takes the place of `daemonize`. */
  readonly finalLogFile: string;
  /** The program and what was given to it: `process.argv.slice(1)`. */
  readonly argv: readonly string[];
  /** How long it is waited for; the daemon itself ends before, unless it is stopped or hangs. */
  readonly limitMs: number;
  /** Shows people what the daemon does while it is waited for. */
  readonly shownWhile: ShownWhile;
}

/** Waits for the work with the daemon of this pid. */
type ShownWhile = <Result>(pid: number, work: () => Promise<Result>) => Promise<Result>;

/** The daemon's end of the pipe to the command that waits for it. */
export interface Readiness {
  /** Lets the command return with 0; called again, or with the command gone, it does nothing. */
  readonly report: () => void;
}

type DaemonOutcome =
  | { readonly kind: 'ready'; readonly pid: number }
  /** `code` is the daemon's exit code; 128 and the signal's number where a signal ended it. */
  | { readonly kind: 'ended'; readonly code: number }
  | { readonly kind: 'silent'; readonly pid: number }
  | { readonly kind: 'not-started'; readonly why: string };

/** For all that comes before the import and after it. */
const BESIDE_IMPORT_MS = 60_000;
const FIRST_PASSED_FD = 3;
const SIGNALLED = 128;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const;
const SHOWN_BYTES_MAX = 8_192;
const SHOWN_LINES_MAX = 30;

/** The user that the log is given to when it is made: the daemon opens it again after it has
 * dropped its privileges. */
export function logOwner(settings: Settings): NextUser | undefined {
  return ownerAfterDrop(userAndGroupsOf(settings));
}

/** How long the daemon may take: with lazy-apps spawner and worker have the time of an import. */
export function startLimitMs(settings: Settings): number {
  return 2 * settings['start-timeout'] * 1_000 + BESIDE_IMPORT_MS;
}

/**
 * Starts the daemon; resolves to the exit code for the command when it is ready or has ended, or
 * when nothing of that has come in time.
 */
export async function daemonize(parts: DaemonizeParts): Promise<number> {
  const { logFile, finalLogFile, owner, limitMs } = parts;
  const logFd = logFile === '' ? undefined : openLog(logFile, owner);
  const logBytesBefore = logFd === undefined ? 0 : fstatSync(logFd).size;
  const outcome = await startDaemon({ ...parts, logFd });
  const end = endOfLog({ logFile, logFd, from: logBytesBefore });
  if (logFd !== undefined) closeSync(logFd);
  if (outcome.kind === 'ready') {
    const log = finalLogFile === '' ? '' : `; its log is ${finalLogFile}`;
    say(`reeve: runs in the background as pid ${outcome.pid}${log}`);
    return exitCodes.stopped;
  }
  if (outcome.kind === 'not-started') {
    say(`reeve: cannot be started in the background: ${outcome.why}`);
    return exitCodes.osError;
  }
  if (outcome.kind === 'silent') {
    const { pid } = outcome;
    say(
      `reeve: the daemon (pid ${pid}) is neither ready nor has ended after ${limitMs / 1000} s: it ` +
        `is stopped or hangs. It is left as it is; \`kill -9 ${pid}\` ends it${end}`,
    );
    return exitCodes.unavailable;
  }
  say(`reeve: the daemon has not come up${end}`);
  return outcome.code;
}

/**
 * In the daemon: takes the pipe out of the environment, so that its children inherit neither the
 * variable nor the pipe. Undefined where no command waits.
 */
export function takeReadiness(environment: NodeJS.ProcessEnv): Readiness | undefined {
  const text = environment[READY_VARIABLE];
  delete environment[READY_VARIABLE];
  if (text === undefined || !/^\d{1,4}$/.test(text)) return undefined;
  const fd = Number(text);
  try {
    setInherited(fd, 'closed-on-exec');
  } catch {
    // The variable came from elsewhere: there is no such descriptor, and no command waits.
    return undefined;
  }
  let isOpen = true;
  return {
    report: () => {
      if (!isOpen) return;
      isOpen = false;
      try {
        writeSync(fd, 'ready\n');
      } catch {
        // The command was interrupted; the daemon runs without it.
      }
      closeSync(fd);
    },
  };
}

function openLog(path: string, owner: PathUser | undefined): number {
  try {
    return openLogFile(path, owner);
  } catch (error) {
    throw cannotMake(`the log ${path}`, error, { where: 'daemonize' });
  }
}

/** For the end of a sentence; nothing where its lines have been read already. */
function endOfLog(log: {
  readonly logFile: string;
  readonly logFd: number | undefined;
  readonly from: number;
}): string {
  if (log.logFd === undefined) return '';
  return `; the end of ${log.logFile}:\n${tail(log.logFd, log.from)}`;
}

/** The last lines that were appended since the open file had `from` bytes. */
function tail(logFd: number, from: number): string {
  // Not opened by its name, which may mean another file by now.
  const fd = openSync(`/proc/self/fd/${logFd}`, constants.O_RDONLY | constants.O_NONBLOCK);
  const { size } = fstatSync(fd);
  const bytes = Buffer.alloc(Math.max(0, Math.min(size - from, SHOWN_BYTES_MAX)));
  readSync(fd, bytes, 0, bytes.length, size - bytes.length);
  closeSync(fd);
  const lines = bytes.toString().trimEnd().split('\n').slice(-SHOWN_LINES_MAX);
  return lines.map((line) => `  ${line}`).join('\n');
}

function say(text: string): void {
  writeSync(2, `${text}\n`);
}

/** `logFd` becomes the daemon's output, else ours is. An interruption is passed on to it. */
async function startDaemon(
  parts: Pick<DaemonizeParts, 'argv' | 'limitMs' | 'shownWhile'> & {
    readonly logFd: number | undefined;
  },
): Promise<DaemonOutcome> {
  const sockets = passedSockets();
  const readyFd = FIRST_PASSED_FD + sockets.length;
  const output = parts.logFd ?? 'inherit';
  const child = spawn(process.execPath, [...process.execArgv, ...parts.argv], {
    detached: true,
    // LISTEN_PID stays ours: the daemon takes what was meant for the one that started it; and the
    // watchdog, which is for any process without WATCHDOG_PID.
    env: {
      ...process.env,
      LISTEN_PIDFDID: undefined,
      WATCHDOG_PID: undefined,
      [READY_VARIABLE]: String(readyFd),
    },
    stdio: ['ignore', output, output, ...sockets, 'pipe'],
  });
  const ready = child.stdio[readyFd];
  const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);

  let stopWaiting: Cancel = () => {};
  const ended = new Promise<DaemonOutcome>((resolve) => {
    child.on('error', (error) => resolve({ kind: 'not-started', why: error.message }));
    ready?.on('data', () => resolve({ kind: 'ready', pid: child.pid ?? 0 }));
    ready?.on('error', () => {}); // Its end says the same.
    child.on('exit', (code, signal) => {
      const number = signal === null ? 0 : osConstants.signals[signal];
      resolve({ kind: 'ended', code: code ?? SIGNALLED + number });
    });
    const tooLong = (): void => resolve({ kind: 'silent', pid: child.pid ?? 0 });
    stopWaiting = createTimers().after(parts.limitMs, tooLong);
  });
  const outcome = await (child.pid === undefined
    ? ended
    : parts.shownWhile(child.pid, () => ended));
  stopWaiting();
  for (const signal of FORWARDED) process.removeListener(signal, forward);
  ready?.destroy();
  child.unref();
  return outcome;
}

/**
 * The sockets of a socket unit (or systemd-socket-activate), and what systemd has kept; they keep
 * their numbers. Where LISTEN_FDS is wrong, a descriptor may be one of Node's own: the daemon
 * then gets /dev/null in its place.
 */
function passedSockets(): readonly (number | 'ignore')[] {
  if (!arePassedSockets(process.env, [process.pid])) return [];
  const count = Number(process.env['LISTEN_FDS']);
  return Array.from({ length: count }, (_, index) => {
    const fd = FIRST_PASSED_FD + index;
    return isSocket(fd) || isMemoryFile(fd) ? fd : 'ignore';
  });
}
