/** Reeve on a terminal of its own, of 80 columns: keys typed, resized, the terminal taken away. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';

import { reeveBinary } from './daemon.ts';
import { testPython } from './interpreters.ts';
import type { Place } from './place.ts';
import { until } from './until.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface TerminalOptions {
  readonly args: readonly string[];
  readonly wrapper?: readonly string[];
  /** Another one than Reeve. */
  readonly program?: readonly string[];
  readonly env?: Environment;
  readonly until: RegExp;
}

export class Terminal {
  readonly #place: Place;
  readonly #child: ChildProcess;
  #printed = '';

  private constructor(place: Place, command: readonly string[], env: Environment) {
    this.#place = place;
    const script = path.join(import.meta.dirname, 'terminal.py');
    const args = [script, place.path('terminal.log'), ...command];
    this.#child = spawn(testPython(), args, {
      cwd: place.directory,
      env: place.environment({ TERM: 'xterm', ...env }),
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    this.#child.stdout?.on('data', (piece: Buffer) => (this.#printed += piece.toString()));
  }

  /**
   * Starts Reeve on a new terminal, behind `wrapper` if given, and waits until `output` says it.
   */
  static async run(
    place: Place,
    { args, until: shown, ...options }: TerminalOptions,
  ): Promise<Terminal> {
    const { wrapper = [], program = [reeveBinary], env = {} } = options;
    const terminal = new Terminal(place, [...wrapper, ...program, ...args], env);
    await terminal.shows(shown);
    return terminal;
  }

  /** What was written to the terminal. */
  output(): string {
    return this.#place.read('terminal.log');
  }

  /** Waits until the terminal shows it. */
  async shows(pattern: RegExp): Promise<void> {
    await until(
      `the terminal shows ${pattern}`,
      () => {
        if (pattern.test(this.output())) return true;
        throw new Error(this.output().slice(-2000));
      },
      { timeoutMs: 60_000 },
    );
  }

  async pid(): Promise<number> {
    const match = await until('it has started', () => /^pid (\d+)$/m.exec(this.#printed));
    return Number(match[1]);
  }

  interrupt(): void {
    this.#child.stdin?.write('interrupt\n');
  }

  /** A line, as a person types it. */
  type(line: string): void {
    this.press(`${line}\n`);
  }

  press(keys: string): void {
    this.#child.stdin?.write(`keys ${Buffer.from(keys).toString('hex')}\n`);
  }

  resize(columns: number, rows: number): void {
    this.#child.stdin?.write(`size ${columns}x${rows}\n`);
  }

  hangUp(): void {
    this.#child.stdin?.write('hangup\n');
  }

  /** Waits for the end of the command; negative when it was killed by a signal. */
  async exitCode(timeoutMs = 60_000): Promise<number> {
    const match = await until('it exits', () => /^exit (-?\d+)$/m.exec(this.#printed), {
      timeoutMs,
    });
    return Number(match[1]);
  }
}
