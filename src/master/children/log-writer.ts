/**
 * The log writer, where loggers or rotation ask for one: a pipe in place of descriptors 1 and 2, to
 * which all processes write, another for request lines, and the process that reads them
 * (log/writer).
 *
 * The pipe is there from the opening of the log on, and the process starts when privileges have
 * been dropped. What is written before, or after the process has ended, goes where it went without
 * loggers: so the reason of a start that fails is seen.
 */
import { closeSync, fchownSync, readSync, writeSync } from 'node:fs';

import type { Timers } from '../../base/clock.ts';
import { duplicate, duplicateOnto, setPipeSize, unreadBytes } from '../../base/descriptors.ts';
import { openPipe } from '../../base/libc.ts';
import { LARGE_PIPE_BYTES } from '../../log/line-writer.ts';
import { openLogOnto } from '../../log/logger.ts';
import type { PathUser } from '../../base/files/trusted-path.ts';
import type { LogPlan } from '../../log/loggers/log-plan.ts';
import type { FromWriter, WriterSettings } from '../../log/loggers/writer-messages.ts';
import { KeptChild } from './kept-child.ts';
import type { ControlMessage } from './control-stream.ts';
import { FIRST_HANDED_FD, type ChildCommand } from './spawn.ts';

/** What is known when the log is opened, before privileges are dropped. */
export interface LogWriterParts {
  readonly plan: LogPlan;
  /** Path of the log without loggers; '' for standard error. */
  readonly mainPath: string;
  /** Files of loggers, opened by the master: paths and descriptors. */
  readonly files: readonly (readonly [path: string, fd: number])[];
  /** Descriptors that Reeve was started with and that loggers name. */
  readonly inherited: readonly number[];
  /** Whose the pipes are: the user of workers, who may open /dev/stderr. */
  readonly owner: PathUser | undefined;
}

export interface LogWriterStart {
  readonly program: string;
  readonly title: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly lifelineFd: number;
  readonly app: string;
  readonly hostname: string;
  readonly isJson: boolean;
  readonly timers: Timers;
  readonly onProblem: (sentence: string) => void;
  readonly onRotated: (file: string, backup: string, bytes: number) => void;
}

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;
const STANDARD_STREAMS = [STANDARD_OUTPUT, STANDARD_ERROR] as const;
/** Room for what all processes write while the writer does not run for a moment. */
const PIPE_BYTES = LARGE_PIPE_BYTES;
const DRAIN_BYTES = 64 * 1024;
const titleRoom = 200;
/** One for each file that may hang, and some for names that are looked up. */
const poolThreadsMin = 4;

export class LogWriter {
  readonly #parts: LogWriterParts;
  readonly #mainFd: number;
  readonly #serverFd: number;
  readonly #requestReadFd: number;
  /** Where request lines are written; undefined where they go with the others. */
  readonly requestFd: number | undefined;
  #child: KeptChild | undefined;
  #held: (() => void)[] | undefined;
  /** Lines that targets have lost. */
  dropped = 0;

  /** From now on what is written to descriptors 1 and 2 goes to the pipe. */
  constructor(parts: LogWriterParts) {
    this.#parts = parts;
    this.#mainFd = duplicate(STANDARD_ERROR);
    const server = openLargePipe(parts.owner);
    this.#serverFd = server.readFd;
    duplicateOnto(server.writeFd, STANDARD_OUTPUT);
    duplicateOnto(server.writeFd, STANDARD_ERROR);
    closeSync(server.writeFd);
    const hasRequests = parts.plan.requests !== undefined;
    const requests = hasRequests ? openLargePipe(parts.owner) : undefined;
    this.requestFd = requests?.writeFd;
    this.#requestReadFd = requests?.readFd ?? -1;
  }

  start(start: LogWriterStart): void {
    this.#child = new KeptChild({
      name: 'the log writer',
      command: () => this.#command(start),
      settings: () => this.#settings(start),
      timers: start.timers,
      mayWait: () => false,
      onMessage: (message) => {
        if (isFromWriter(message)) this.#take(message, start);
      },
      onProblem: start.onProblem,
    });
  }

  /** Where lines went without loggers: for what outlives the log writer. */
  get mainFd(): number {
    return this.#mainFd;
  }

  reopen(): void {
    this.#child?.send({ type: 'reopen' });
  }

  rotate(): void {
    this.#child?.send({ type: 'rotate' });
  }

  /** Puts back what descriptors 1 and 2 were, and lets the process write what it has. */
  async close(): Promise<void> {
    this.#putBack();
    if (this.requestFd !== undefined) closeSync(this.requestFd);
    this.#held = [];
    await this.#child?.close();
    // Its last lines may have made it rotate the file.
    this.#putBack();
    // What nobody has read: the reason of a start that failed.
    drainPipe(this.#serverFd, this.#mainFd);
    if (this.#requestReadFd >= 0) drainPipe(this.#requestReadFd, this.#mainFd);
    for (const say of this.#held.splice(0)) say();
  }

  /** Descriptors 1 and 2 are what they were; a file by its path, as it may have been moved. */
  #putBack(): void {
    const { mainPath } = this.#parts;
    try {
      if (mainPath !== '') return STANDARD_STREAMS.forEach((fd) => openLogOnto(mainPath, fd));
    } catch {
      // Only root could open it: what was open is used.
    }
    for (const fd of STANDARD_STREAMS) duplicateOnto(this.#mainFd, fd);
  }

  #take(message: FromWriter, start: LogWriterStart): void {
    if (message.type === 'alive') this.dropped = message.dropped;
    if (message.type === 'problem') this.#say(() => start.onProblem(message.sentence));
    if (message.type === 'rotated') {
      this.#say(() => start.onRotated(message.file, message.backup, message.bytes));
    }
  }

  /** While it ends, what it reports waits until its file is no longer moved. */
  #say(say: () => void): void {
    if (this.#held === undefined) say();
    else this.#held.push(say);
  }

  #command(start: LogWriterStart): ChildCommand {
    const { files, inherited } = this.#parts;
    const handed = [this.#serverFd, this.#requestReadFd, this.#mainFd];
    const threads = poolThreadsMin + files.length;
    return {
      command: process.execPath,
      arguments: [
        '--disable-sigusr1',
        '--no-warnings',
        '--max-semi-space-size=2',
        `--title=${start.title.padEnd(titleRoom)}`,
        start.program,
      ],
      cwd: '/',
      environment: { ...start.environment, UV_THREADPOOL_SIZE: String(threads) },
      logFd: this.#mainFd,
      lifelineFd: start.lifelineFd,
      fds: [...handed.filter((fd) => fd >= 0), ...files.map(([, fd]) => fd), ...inherited],
    };
  }

  #settings(start: LogWriterStart): WriterSettings {
    const { plan, mainPath, files, inherited } = this.#parts;
    const hasRequests = this.#requestReadFd >= 0;
    const mainFd = FIRST_HANDED_FD + (hasRequests ? 2 : 1);
    const firstFile = mainFd + 1;
    const firstInherited = firstFile + files.length;
    return {
      type: 'settings',
      title: start.title,
      plan,
      serverFd: FIRST_HANDED_FD,
      requestFd: hasRequests ? FIRST_HANDED_FD + 1 : -1,
      mainFd,
      mainPath,
      files: files.map(([path], index) => [path, firstFile + index]),
      inherited: inherited.map((number, index) => [number, firstInherited + index]),
      app: start.app,
      hostname: start.hostname,
      isJson: start.isJson,
    };
  }
}

/**
 * Writes what lies in a pipe to another descriptor, and no more than the pipe holds: a process that
 * was left behind may write to it without end.
 */
export function drainPipe(fromFd: number, toFd: number): void {
  const buffer = Buffer.alloc(DRAIN_BYTES);
  let restBytes = PIPE_BYTES;
  try {
    while (restBytes > 0 && unreadBytes(fromFd) > 0) {
      const length = readSync(fromFd, buffer, 0, Math.min(restBytes, DRAIN_BYTES), null);
      writeSync(toFd, buffer, 0, length);
      restBytes -= length;
    }
  } catch {
    // The log cannot be written to.
  }
}

function openLargePipe(owner: PathUser | undefined): ReturnType<typeof openPipe> {
  const pipe = openPipe();
  setPipeSize(pipe.writeFd, PIPE_BYTES);
  if (owner !== undefined) fchownSync(pipe.writeFd, owner.uid, owner.gid);
  return pipe;
}

const messageTypes: Readonly<Record<FromWriter['type'], true>> = {
  alive: true,
  ready: true,
  problem: true,
  rotated: true,
};

/** Both ends come from one installation, so the name tells the shape. */
function isFromWriter(message: ControlMessage): message is ControlMessage & FromWriter {
  return Object.hasOwn(messageTypes, message.type);
}
