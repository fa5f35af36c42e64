/**
 * A process of the log (its helper, its writer) that is kept running: started again when it ends,
 * with growing pauses, and replaced when it does not answer. What was written for it waits in a
 * pipe of the master's.
 */
import type { Cancel, Timers } from '../../base/clock.ts';
import { refusedInWords, type Want } from '../../systemd/limits.ts';
import type { ControlMessage } from './control-stream.ts';
import { spawnChild, type ChildCommand, type SpawnedChild } from './spawn.ts';

export interface KeptChildParts {
  /** In the log: "the log helper". */
  readonly name: string;
  readonly command: () => ChildCommand;
  /** What it is told first. */
  readonly settings?: () => object;
  readonly timers: Timers;
  /** Whether one that does not answer may wait for something that the next one would wait for. */
  readonly mayWait: () => boolean;
  readonly onMessage?: (message: ControlMessage) => void;
  readonly onProblem: (sentence: string) => void;
}

/** The first wait, and the longest: what ends at once again will end again. */
const restartMinMs = 200;
const restartMaxMs = 5_000;
/** After so long a life its end has another cause than its start. */
const soundMs = 10_000;
/** How long it may take for the last lines. */
const closeMs = 2_000;
const askEveryMs = 2_000;
const deafAfterMs = 10_000;

export class KeptChild {
  readonly #parts: KeptChildParts;
  readonly #stopAsking: Cancel;
  #child: SpawnedChild | undefined;
  #askedAtMs: number | undefined;
  #isClosing = false;
  #restartMs = restartMinMs;
  #startedAtMs = 0;
  #onEnded = (): void => {};

  constructor(parts: KeptChildParts) {
    this.#parts = parts;
    this.#stopAsking = parts.timers.every(askEveryMs, () => this.#ask());
    this.#start();
  }

  send(message: object): void {
    this.#child?.send(message);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Waits until it has read to the end, for two seconds; the caller has closed the pipe. */
  close(): Promise<void> {
    this.#isClosing = true;
    this.#stopAsking();
    if (this.#child === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEnded = resolve;
      this.#parts.timers.after(closeMs, () => {
        this.#child?.kill('SIGKILL');
        resolve();
      });
    });
  }

  /** One that is stopped would, with its pipe full, hold up every worker that prints. */
  #ask(): void {
    const { timers, mayWait, name, onProblem } = this.#parts;
    const nowMs = timers.now();
    this.#askedAtMs ??= nowMs;
    if (nowMs - this.#askedAtMs < deafAfterMs) return this.send({ type: 'ping' });
    this.#askedAtMs = undefined;
    if (mayWait() || this.#child === undefined) return;
    onProblem(`${name} has not answered for ${deafAfterMs / 1000} s and is replaced`);
    this.#child.kill('SIGKILL');
  }

  #start(): void {
    if (this.#isClosing) return;
    const { command, settings, timers, name, onMessage, onProblem } = this.#parts;
    this.#startedAtMs = timers.now();
    this.#askedAtMs = undefined;
    this.#child = spawnChild(command(), {
      onMessage: (message) => {
        this.#askedAtMs = undefined;
        onMessage?.(message);
      },
      onProblem: (sentence) => onProblem(`${name} ${sentence}`),
      onEnd: ({ want }) => this.#ended(want),
    });
    if (settings !== undefined) this.#child.send(settings());
  }

  #ended(want: Want | undefined): void {
    this.#child = undefined;
    this.#onEnded();
    if (this.#isClosing) return;
    const { timers, name, onProblem } = this.#parts;
    const isSound = timers.now() - this.#startedAtMs > soundMs;
    this.#restartMs = isSound ? restartMinMs : this.#restartMs;
    const notStarted = `${name} could not be started`;
    const what =
      want === undefined ? `${name} has ended and` : `${refusedInWords(notStarted, want)}; it`;
    onProblem(
      `${what} is started again in ${this.#restartMs / 1000} s; output of the ` +
        'application waits for it, and only what it had read already can be lost',
    );
    timers.after(this.#restartMs, () => this.#start());
    this.#restartMs = Math.min(this.#restartMs * 2, restartMaxMs);
  }
}
