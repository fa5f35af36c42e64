/**
 * Starts children, and reports their end: the only caller of child_process in the master.
 *
 * A child has its own session (Ctrl-C reaches the master alone), /dev/null as standard input, the
 * log as standard output and error, the control stream as descriptor 3, the lifeline as 4, and
 * whatever it is handed from 5 on. Everything that it writes on the control stream before it ends
 * is delivered before its end is.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants as fileConstants, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { Duplex } from 'node:stream';

import { waitChild } from '../../base/libc.ts';
import { errorCodeOf, reasonOf } from '../../base/system-error.ts';
import { wantNamed, type Want } from '../../systemd/limits.ts';
import { connectControl } from './control-stream.ts';
import type { ControlMessage, ControlStream } from './control-stream.ts';

export interface ChildCommand {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  /** Complete: see childEnvironment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the child has as descriptor 0; /dev/null where it is not given. */
  readonly inputFd?: number | undefined;
  /** What the child has as descriptors 1 and 2. */
  readonly logFd: number;
  /** Read end of the lifeline pipe. */
  readonly lifelineFd: number;
  /** Handed to the child as 5, 6 and so on, in this order. */
  readonly fds: readonly number[];
}

/** How a process ended; -1 stands where the other one applies. */
export interface ChildEnd {
  readonly code: number;
  readonly signal: number;
  /** It was not started, or has ended, as the system refused it a process, thread or descriptor. */
  readonly want?: Want | undefined;
  /** It has never been: its parent ended before it could be forked. */
  readonly isUnborn?: boolean;
  /** Its parent has reaped it, and ended before it said how. */
  readonly isUnseen?: boolean;
  /** The kernel killed it, as the memory of its control group was used up. */
  readonly isOutOfMemory?: boolean;
}

export interface ChildListener {
  /** One message of the child's; the shape is the sender's promise, `type` is a string. */
  readonly onMessage: (message: ControlMessage) => void;
  /** Called exactly once, even if the child could not be started (code 127, after onProblem). */
  readonly onEnd: (end: ChildEnd) => void;
  /** Something to log: the command cannot be run, or the child sends what is no message. */
  readonly onProblem: (sentence: string) => void;
}

export interface SpawnedChild {
  /** Undefined where the child could not be started; `onEnd` follows. */
  readonly pid: number | undefined;
  /** Sends one message; dropped where the child has ended or reads nothing. */
  readonly send: (message: object) => void;
  /** Signals the child, if it runs still. */
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Closes the control stream, which a child understands as the order to leave. */
  readonly hangUp: () => void;
}

/** The first of the descriptors that `ChildCommand.fds` become. */
export const FIRST_HANDED_FD = 5;

/** The exit code of a shell where a command cannot be run. */
const CANNOT_RUN = 127;

/** Children that Node has not waited for yet, and will: no other code may. */
const ownPids = new Set<number>();

/** Names a child that other code of ours has started: Node waits for it, and nothing else may. */
export function awaitChild(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  ownPids.add(pid);
  child.once('exit', () => ownPids.delete(pid));
}

/** Starts a child. Never throws for what the system refuses: that is its end. */
export function spawnChild(command: ChildCommand, listener: ChildListener): SpawnedChild {
  const child = start(command);
  if (child instanceof Error) {
    notStarted(command, child, listener);
    return noChild;
  }
  // Without descriptors for the streams there is no process, and Node has made no streams.
  const control = child.pid === undefined ? undefined : controlOf(child, listener);
  let hasEnded = false;
  const end = (how: ChildEnd): void => {
    if (hasEnded) return;
    hasEnded = true;
    // The last messages may lie in the socket still. Two turns of the event loop read them first.
    setImmediate(() => setImmediate(() => listener.onEnd(how)));
  };
  const { pid } = child;
  if (pid !== undefined) ownPids.add(pid);
  child.on('exit', (code, signal) => {
    if (pid !== undefined) ownPids.delete(pid);
    end({ code: code ?? -1, signal: signal === null ? -1 : constants.signals[signal] });
  });
  child.on('error', (error) => {
    if (pid !== undefined) return; // A signal that could not be sent.
    notStarted(command, error, listener);
  });
  return {
    pid,
    send: (message) => control?.send(message),
    kill: (signal) => {
      if (!hasEnded && pid !== undefined) child.kill(signal);
    },
    hangUp: () => control?.close(),
  };
}

function start(command: ChildCommand): ChildProcess | Error {
  try {
    return spawn(command.command, command.arguments, {
      cwd: command.cwd,
      env: { ...command.environment },
      detached: true,
      stdio: [
        command.inputFd ?? 'ignore',
        command.logFd,
        command.logFd,
        'pipe',
        command.lifelineFd,
        ...command.fds,
      ],
    });
  } catch (error) {
    // What Node finds out before it forks: too many open files, no such descriptor.
    if (error instanceof Error) return error;
    throw error;
  }
}

const noChild: SpawnedChild = { pid: undefined, send: () => {}, kill: () => {}, hangUp: () => {} };

/** Reports a child that could not be started, when the caller knows of it. */
function notStarted(command: ChildCommand, error: Error, listener: ChildListener): void {
  const want = wantNamed(errorCodeOf(error));
  setImmediate(() => {
    if (want === undefined) listener.onProblem(whyNotStarted(command, error));
    listener.onEnd({ code: CANNOT_RUN, signal: -1, want });
  });
}

/** As `spawnChild`, where the system has just refused what the child would need at once. */
export function spawnNothing(want: Want, listener: ChildListener): SpawnedChild {
  setImmediate(() => listener.onEnd({ code: CANNOT_RUN, signal: -1, want }));
  return noChild;
}

/** The kernel's ENOENT may mean the program or the directory: finds out which. */
function whyNotStarted(command: ChildCommand, error: Error): string {
  const cannot = `cannot run ${command.command}`;
  try {
    if (!statSync(command.cwd).isDirectory()) return `${cannot}: ${command.cwd} is not a directory`;
    accessSync(command.cwd, fileConstants.X_OK);
  } catch (problem) {
    return `${cannot} in the directory ${command.cwd}: ${reasonOf(problem)}`;
  }
  const isMissing = errorCodeOf(error) === 'ENOENT';
  return `${cannot}: ${isMissing ? 'there is no such program' : reasonOf(error)}`;
}

function controlOf(child: ChildProcess, listener: ChildListener): ControlStream | undefined {
  const stream = child.stdio[3];
  return stream instanceof Duplex ? connectControl(stream, listener) : undefined;
}

/**
 * Reaps children that the master did not start: processes that a worker's process left behind
 * become the master's children, as it is their subreaper. Node waits only for its own; these would
 * stay zombies. `isAwaited` names children that other code waits for.
 */
export function reapStrangers(isAwaited: (pid: number) => boolean): void {
  for (const pid of childPids()) {
    if (!ownPids.has(pid) && !isAwaited(pid)) waitChild(pid);
  }
}

/** All children; none where the kernel does not list them (CONFIG_PROC_CHILDREN). */
function childPids(): readonly number[] {
  try {
    const text = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1');
    return text
      .split(' ')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}
