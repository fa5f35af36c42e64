/**
 * Commands of hooks and of touch-exec, run by /bin/sh in a session of their own: a limit ends the
 * whole of it, and Ctrl-C reaches the master alone.
 */
import { spawn } from 'node:child_process';

import type { Timers } from '../../base/clock.ts';
import { reasonOf } from '../../base/system-error.ts';
import { awaitChild } from './spawn.ts';

export interface ShellCommand {
  readonly command: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What it has as descriptors 1 and 2. */
  readonly outputFd: number;
  readonly limitMs: number;
  readonly timers: Pick<Timers, 'after'>;
}

export interface ShellRun {
  /** How it failed, for "the command …": "ended with 3"; undefined where it ended with 0. */
  readonly ended: Promise<string | undefined>;
  /** Ends it with all that it has started. */
  readonly kill: (why: string) => void;
}

/** Runs it; never throws. */
export function runShell(shell: ShellCommand): ShellRun {
  const { command, directory, environment, outputFd, limitMs, timers } = shell;
  const ended = Promise.withResolvers<string | undefined>();
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: directory,
    env: { ...environment },
    detached: true,
    stdio: ['ignore', outputFd, outputFd],
  });
  const { pid } = child;
  let killed: string | undefined;
  const kill = (why: string): void => {
    if (killed !== undefined || pid === undefined) return;
    killed = why;
    killSession(pid);
  };
  const cancel = timers.after(limitMs, () => {
    kill(`did not end within ${limitMs / 1000} s (hook-timeout)`);
  });
  awaitChild(child);
  child.on('exit', (code, signal) => {
    cancel();
    if (killed !== undefined) return ended.resolve(`was killed: it ${killed}`);
    const how = signal === null ? `ended with ${code}` : `was killed by ${signal}`;
    ended.resolve(code === 0 ? undefined : how);
  });
  child.on('error', (error) => {
    if (pid !== undefined) return;
    cancel();
    ended.resolve(`cannot be run: ${reasonOf(error)}`);
  });
  return { ended: ended.promise, kill };
}

/** The shell leads its process group; what has left that group is not reached. */
function killSession(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
