/**
 * `daemonize = FILE`: the same command again, in a session of its own, with its log in FILE.
 *
 * The command that the operator typed returns only when the daemon is ready, or with the exit code
 * that it failed with, and then shows what the log says: a script that starts Reeve knows whether
 * it runs. The daemon tells through a pipe whose descriptor is named in REEVE_READY_FD. Unlike
 * uWSGI, the umask stays what it was; `umask` changes it.
 */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';

import { setInherited } from '../../base/descriptors.ts';
import { openLogFile, type FileOwner } from '../../base/log-file.ts';
import { cannotMake } from '../../base/system-error.ts';
import { READY_VARIABLE } from '../../master/start/environment.ts';
import { startDaemon } from './start-daemon.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

export interface DaemonizeParts {
  /** Where the log is appended; made with mode 0640. */
  readonly logFile: string;
  /** Whom the log is given to when it is made: the daemon has to open it again at a reload. */
  readonly owner: FileOwner | undefined;
  /** Where the daemon's log goes in the end: `logto` takes the place of `daemonize`. */
  readonly finalLogFile: string;
  /** The program and what was given to it: `process.argv.slice(1)`. */
  readonly argv: readonly string[];
}

/** The daemon's end of the pipe to the command that waits for it. */
export interface Readiness {
  /** Lets the command return with 0; called again, or with the command gone, it does nothing. */
  readonly report: () => void;
}

const SHOWN_BYTES_MAX = 8_192;
const SHOWN_LINES_MAX = 30;

/** Starts the daemon; resolves to the exit code for the command when it is ready or has ended. */
export async function daemonize(parts: DaemonizeParts): Promise<number> {
  const { logFile, finalLogFile, owner, argv } = parts;
  const logFd = openLog(logFile, owner);
  const logBytesBefore = fstatSync(logFd).size;
  const outcome = await startDaemon({ argv, logFd });
  if (outcome.kind === 'ready') {
    say(`reeve: runs in the background as pid ${outcome.pid}; its log is ${finalLogFile}`);
    return exitCodes.stopped;
  }
  if (outcome.kind === 'not-started') {
    say(`reeve: cannot be started in the background: ${outcome.why}`);
    return exitCodes.osError;
  }
  say(`reeve: the daemon has not come up; the end of ${logFile}:`);
  say(tail(logFile, logBytesBefore));
  return outcome.code;
}

/**
 * In the daemon: takes the pipe from the environment, so that no child of its inherits either.
 * Undefined where nobody waits.
 */
export function takeReadiness(environment: NodeJS.ProcessEnv): Readiness | undefined {
  const text = environment[READY_VARIABLE];
  delete environment[READY_VARIABLE];
  if (text === undefined || !/^\d{1,4}$/.test(text)) return undefined;
  const fd = Number(text);
  try {
    setInherited(fd, 'closed-on-exec');
  } catch {
    // The variable has come from elsewhere: there is no such descriptor, and nobody waits.
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

function openLog(path: string, owner: FileOwner | undefined): number {
  try {
    return openLogFile(path, owner);
  } catch (error) {
    throw cannotMake(`the log ${path}`, error, { where: 'daemonize' });
  }
}

/** The last lines that were appended since the file had `from` bytes. */
function tail(path: string, from: number): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
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
