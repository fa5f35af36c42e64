/**
 * Where the application's output goes. Usually straight to descriptor 2, which workers inherit, so
 * that nothing of it passes through Node. With `log-json` it goes through a pipe to a small helper
 * that makes a JSON object of each line; the master keeps both ends of that pipe, so that a helper
 * that dies costs no line and no worker a broken pipe.
 */
import { closeSync } from 'node:fs';

import type { Cancel, Timers } from '../../base/clock.ts';
import { isWritable } from '../../base/descriptors.ts';
import { openPipe } from '../../base/libc.ts';
import { refusedInWords, type Want } from '../../systemd/limits.ts';
import { spawnChild, type SpawnedChild } from './spawn.ts';

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
/** The first wait, and the longest: what ends at once again will end again. */
const restartMinMs = 200;
const restartMaxMs = 5_000;
/** After so long a life its end has another cause than its start. */
const soundMs = 10_000;
/** How long the helper may take for the last lines. */
const closeMs = 2_000;
const askEveryMs = 2_000;
const deafAfterMs = 10_000;
const notStarted = 'the log helper could not be started';
/** Where the helper writes to. */
const LOG_FD = 2;

/** Opens it; the helper runs from now on where there is one. */
export function openOutput(parts: OutputParts): Output {
  if (!parts.isJson) return { fd: 2, reopen: () => {}, close: () => Promise.resolve() };
  return new LogHelper(parts);
}

/**
 * Whether the helper still runs: asked now and then. One that is stopped would, with its pipe full,
 * hold up every worker that prints. One that waits for the log's own reader is left: the next one
 * would wait as well.
 */
class HelperBeat {
  #askedAtMs: number | undefined;
  readonly #stop: Cancel;

  constructor(timers: Timers, ask: () => void, onDeaf: () => void) {
    this.#stop = timers.every(askEveryMs, () => {
      const nowMs = timers.now();
      this.#askedAtMs ??= nowMs;
      if (nowMs - this.#askedAtMs < deafAfterMs) return ask();
      this.#askedAtMs = undefined;
      if (isWritable(LOG_FD, 0)) onDeaf();
    });
  }

  alive(): void {
    this.#askedAtMs = undefined;
  }

  close(): void {
    this.#stop();
  }
}

class LogHelper implements Output {
  readonly fd: number;
  readonly #parts: OutputParts;
  readonly #readFd: number;
  #child: SpawnedChild | undefined;
  readonly #beat: HelperBeat;
  #isClosing = false;
  #restartMs = restartMinMs;
  #startedAtMs = 0;
  #onEnded = (): void => {};

  constructor(parts: OutputParts) {
    const { readFd, writeFd } = openPipe();
    this.#parts = parts;
    this.#readFd = readFd;
    this.fd = writeFd;
    const ask = (): void => this.#child?.send({ type: 'ping' });
    this.#beat = new HelperBeat(parts.timers, ask, () => this.#replace());
    this.#start();
  }

  reopen(): void {
    this.#child?.kill('SIGHUP');
  }

  close(): Promise<void> {
    this.#isClosing = true;
    this.#beat.close();
    // The children have gone, so this is the last end for writing: the helper reads to the end.
    closeSync(this.fd);
    if (this.#child === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEnded = resolve;
      this.#parts.timers.after(closeMs, () => {
        this.#child?.kill('SIGKILL');
        resolve();
      });
    });
  }

  #start(): void {
    const { python, program, title, logFile, journalApp, environment, lifelineFd } = this.#parts;
    this.#startedAtMs = this.#parts.timers.now();
    const flags = ['log-lines', `--title=${title}`, `--log-file=${logFile}`];
    if (journalApp !== '') flags.push(`--journal=${journalApp}`);
    const fds = { inputFd: this.#readFd, logFd: 2, lifelineFd, fds: [] };
    this.#child = spawnChild(
      {
        command: python,
        arguments: ['-s', '-S', program, ...flags, titleRoom],
        cwd: '/',
        environment: withoutPythonsOwn(environment),
        ...fds,
      },
      {
        onMessage: () => this.#beat.alive(),
        onProblem: (sentence) => this.#parts.onProblem(`the log helper ${sentence}`),
        onEnd: ({ want }) => this.#ended(want),
      },
    );
  }

  #replace(): void {
    if (this.#child === undefined) return;
    const seconds = deafAfterMs / 1000;
    this.#parts.onProblem(`the log helper has not answered for ${seconds} s and is replaced`);
    this.#child.kill('SIGKILL');
  }

  #ended(want: Want | undefined): void {
    this.#child = undefined;
    this.#onEnded();
    if (this.#isClosing) return;
    const { timers, onProblem } = this.#parts;
    const isSound = timers.now() - this.#startedAtMs > soundMs;
    this.#restartMs = isSound ? restartMinMs : this.#restartMs;
    const what =
      want === undefined
        ? 'the log helper has ended and'
        : `${refusedInWords(notStarted, want)}; it`;
    onProblem(
      `${what} is started again in ${this.#restartMs / 1000} s; output of the ` +
        'application waits for it, and only what it had read already can be lost',
    );
    timers.after(this.#restartMs, () => this.#start());
    this.#restartMs = Math.min(this.#restartMs * 2, restartMaxMs);
  }
}

/**
 * What the application's environment tells Python (PYTHONPATH, PYTHONWARNINGS …) is not meant for
 * the helper, which would write plain text to the log because of it. Where Python is installed may
 * be.
 */
function withoutPythonsOwn(
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(environment).filter(
    ([name]) => !name.startsWith('PYTHON') || name === 'PYTHONHOME',
  );
  return Object.fromEntries(kept);
}
