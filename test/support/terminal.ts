/** The daemon on a terminal of its own: lines and Ctrl-C typed, the terminal taken away. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';

import { reeveBinary } from './daemon.ts';
import { testPython } from './interpreters.ts';
import type { Place } from './place.ts';
import { until } from './until.ts';

export class Terminal {
  readonly #place: Place;
  readonly #child: ChildProcess;
  #printed = '';

  private constructor(place: Place, command: readonly string[]) {
    this.#place = place;
    const script = path.join(import.meta.dirname, 'terminal.py');
    const args = [script, place.path('terminal.log'), ...command];
    this.#child = spawn(testPython(), args, {
      cwd: place.directory,
      env: place.environment({ TERM: 'xterm' }),
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
    options: { args: readonly string[]; wrapper?: readonly string[]; until: RegExp },
  ): Promise<Terminal> {
    const command = [...(options.wrapper ?? []), reeveBinary, ...options.args];
    const terminal = new Terminal(place, command);
    await terminal.shows(options.until);
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
      { timeoutMs: 20_000 },
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
    this.#child.stdin?.write(`type ${line}\n`);
  }

  hangUp(): void {
    this.#child.stdin?.write('hangup\n');
  }

  /** Waits for the end of the command; negative when it was killed by a signal. */
  async exitCode(timeoutMs = 10_000): Promise<number> {
    const match = await until('it exits', () => /^exit (-?\d+)$/m.exec(this.#printed), {
      timeoutMs,
    });
    return Number(match[1]);
  }
}
