/**
 * Where the application's output goes. Usually straight to descriptor 2, which workers inherit, so
 * that nothing of it passes through Node. With `log-json` it goes through a pipe to a small helper
 * that makes a JSON object of each line; the master keeps both ends of that pipe, so that a helper
 * that dies costs no line and no worker a broken pipe.
 */
import { closeSync } from 'node:fs';

import type { Timers } from '../../base/clock.ts';
import { isWritable } from '../../base/descriptors.ts';
import { openPipe } from '../../base/libc.ts';
import { KeptChild } from './kept-child.ts';
import { withoutPythonsOwn } from './python-environment.ts';

export interface OutputParts {
  readonly isJson: boolean;
  readonly python: string;
  /** The launcher, which runs the helper where its first word is log-lines. */
  readonly program: string;
  readonly title: string;
  readonly lifelineFd: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** What the application is called in the journal, where descriptor 2 is that; '' else. */
  readonly journalApp: string;
  readonly timers: Timers;
  readonly onProblem: (sentence: string) => void;
}

export interface Output {
  /** What children get as descriptors 1 and 2. */
  readonly fd: number;
  readonly reopen: () => void;
  /** Lets the helper write what it has, and ends it. */
  readonly close: () => Promise<void>;
}

const titleRoom = 'x'.repeat(220);
/** Where the helper writes to. */
const LOG_FD = 2;

/** Opens it; the helper runs from now on where there is one. */
export function openOutput(parts: OutputParts): Output {
  if (!parts.isJson) return { fd: 2, reopen: () => {}, close: () => Promise.resolve() };
  return new LogHelper(parts);
}

class LogHelper implements Output {
  readonly fd: number;
  readonly #child: KeptChild;

  constructor(parts: OutputParts) {
    const { readFd, writeFd } = openPipe();
    this.fd = writeFd;
    const { python, program, title, logFile, journalApp, environment, lifelineFd } = parts;
    const flags = ['log-lines', `--title=${title}`, `--log-file=${logFile}`];
    if (journalApp !== '') flags.push(`--journal=${journalApp}`);
    this.#child = new KeptChild({
      name: 'the log helper',
      command: () => ({
        command: python,
        arguments: ['-s', '-S', program, ...flags, titleRoom],
        cwd: '/',
        environment: withoutPythonsOwn(environment),
        inputFd: readFd,
        logFd: LOG_FD,
        lifelineFd,
        fds: [],
      }),
      timers: parts.timers,
      // The log's own reader: the next helper would wait for it as well.
      mayWait: () => !isWritable(LOG_FD, 0),
      onProblem: parts.onProblem,
    });
  }

  reopen(): void {
    this.#child.kill('SIGHUP');
  }

  close(): Promise<void> {
    // The children have gone, so this is the last end for writing: the helper reads to the end.
    closeSync(this.fd);
    return this.#child.close();
  }
}
