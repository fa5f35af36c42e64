/**
 * Starts this command again as a daemon, and waits until it is ready or has ended.
 *
 * Together with spawn.ts the only user of child_process.
 */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';

import type { Settings } from '../../tables/options/options.ts';
import { isSocket } from '../../systemd/listen-fds.ts';
import { arePassedSockets, READY_VARIABLE } from '../../master/start/environment.ts';
import { userAndGroupsOf, ownerAfterDrop, type Owner } from '../../master/start/privileges.ts';

export type DaemonOutcome =
  | { readonly kind: 'ready'; readonly pid: number }
  /** `code` is the daemon's exit code; 128 and the signal's number where a signal ended it. */
  | { readonly kind: 'ended'; readonly code: number }
  | { readonly kind: 'not-started'; readonly why: string };

const FIRST_PASSED_FD = 3;
const SIGNALLED = 128;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const;

/** Whom the log is given to when it is made: the daemon opens it again after its drop. */
export function logOwner(settings: Settings): Owner | undefined {
  return ownerAfterDrop(userAndGroupsOf(settings));
}

/** Closes `logFd`, which becomes the daemon's output. An interruption is passed on to it. */
export async function startDaemon(parts: {
  readonly argv: readonly string[];
  readonly logFd: number;
}): Promise<DaemonOutcome> {
  const sockets = passedSockets();
  const readyFd = FIRST_PASSED_FD + sockets.length;
  const child = spawn(process.execPath, [...process.execArgv, ...parts.argv], {
    detached: true,
    // LISTEN_PID stays ours: the daemon takes what was meant for the one that started it.
    env: { ...process.env, LISTEN_PIDFDID: undefined, [READY_VARIABLE]: String(readyFd) },
    stdio: ['ignore', parts.logFd, parts.logFd, ...sockets, 'pipe'],
  });
  const ready = child.stdio[readyFd];
  closeSync(parts.logFd);
  const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);

  const outcome = await new Promise<DaemonOutcome>((resolve) => {
    child.on('error', (error) => resolve({ kind: 'not-started', why: error.message }));
    ready?.on('data', () => resolve({ kind: 'ready', pid: child.pid ?? 0 }));
    ready?.on('error', () => {}); // Its end says the same.
    child.on('exit', (code, signal) => {
      const number = signal === null ? 0 : constants.signals[signal];
      resolve({ kind: 'ended', code: code ?? SIGNALLED + number });
    });
  });
  for (const signal of FORWARDED) process.removeListener(signal, forward);
  ready?.destroy();
  child.unref();
  return outcome;
}

/**
 * Sockets of a socket unit (or systemd-socket-activate), which keep their numbers. In place of what
 * is none, Node's own where LISTEN_FDS is wrong, the daemon has /dev/null.
 */
function passedSockets(): readonly (number | 'ignore')[] {
  if (!arePassedSockets(process.env, [process.pid])) return [];
  const count = Number(process.env['LISTEN_FDS']);
  return Array.from({ length: count }, (_, index) => {
    const fd = FIRST_PASSED_FD + index;
    return isSocket(fd) ? fd : 'ignore';
  });
}
