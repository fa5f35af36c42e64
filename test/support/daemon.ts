/**
 * The daemon as an operator meets it: started from an ini or flags, asked over HTTP, signalled,
 * watched through its log and /proc.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { request } from './http.ts';
import type { Answer, RequestOptions } from './http.ts';
import { repository, testPython } from './interpreters.ts';
import type { Place } from './place.ts';
import { family, isAlive } from './processes.ts';
import type { ProcessInfo } from './processes.ts';
import { said } from './said.ts';
import { until } from './until.ts';
import type { UntilOptions } from './until.ts';

export const reeveBinary = process.env['REEVE_TEST_BINARY'] ?? path.join(repository, 'dist/reeve');

export interface DaemonOptions {
  /** An application of test/apps/python, copied to the place and named as `module`. */
  readonly app?: string;
  /** Lines after the usual ones (listener, chdir, python, module, a mercy of 5 s). */
  readonly ini?: string;
  /** Whether the usual lines are left out. */
  readonly bare?: boolean;
  /** The command line; without it `PLACE/reeve.ini` is the only argument. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Another server in place of Reeve: the real uwsgi, to compare with. */
  readonly program?: readonly string[];
  /** A program in front of it, such as nohup. */
  readonly wrapper?: readonly string[];
  /** What to wait for; by default that it serves. */
  readonly wait?: 'serving' | 'exit' | 'nothing';
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Daemon {
  /** The executable under test. */
  static readonly binary = reeveBinary;

  /** The least of a command line: a listener and the interpreter. */
  static words(place: Place): string[] {
    return ['--http', `127.0.0.1:${place.port}`, '--python', testPython()];
  }

  readonly place: Place;
  readonly iniPath: string;
  readonly logPath: string;
  readonly exit: Promise<Exit>;
  readonly #options: DaemonOptions;
  readonly #child: ChildProcess;
  #ended: Exit | undefined;

  /** Starts it; `place.start` is the way to call this. */
  constructor(place: Place, options: DaemonOptions, number: number) {
    this.place = place;
    this.#options = options;
    this.iniPath = place.path(number === 0 ? 'reeve.ini' : `reeve-${number}.ini`);
    this.logPath = place.path(number === 0 ? 'reeve.log' : `reeve-${number}.log`);
    if (options.app !== undefined) place.copyApplication(options.app);
    this.writeIni(options.ini ?? '');
    const program = options.program ?? [reeveBinary];
    const args = options.args ?? [this.iniPath];
    const command = [...(options.wrapper ?? []), ...program, ...args];
    const log = fs.openSync(this.logPath, 'a');
    this.#child = spawn(command[0] ?? '', command.slice(1), {
      cwd: options.cwd ?? place.directory,
      env: place.environment(options.env),
      stdio: ['ignore', log, log],
      detached: true,
    });
    fs.closeSync(log);
    this.exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => resolve((this.#ended = { code, signal })));
    });
  }

  /** Writes the ini anew: the usual lines (unless bare), then these. */
  writeIni(lines: string): void {
    const { app, bare } = this.#options;
    const usual = [
      `http = 127.0.0.1:${this.place.port}`,
      `chdir = ${this.place.directory}`,
      // uWSGI has an option of that name too, which runs a script.
      ...(this.#options.program === undefined ? [`python = ${testPython()}`] : []),
      `worker-reload-mercy = 5`,
      ...(app === undefined ? [] : [`module = ${app}:application`]),
    ];
    const head = bare === true ? '' : `${usual.join('\n')}\n`;
    fs.writeFileSync(this.iniPath, `[uwsgi]\n${head}${lines}\n`);
  }

  /** Waits for what the options wait for. */
  async settled(): Promise<void> {
    if (this.#options.wait === 'nothing') return;
    if (this.#options.wait === 'exit') {
      await until('it exits', () => this.#ended, { timeoutMs: 30_000 });
      return;
    }
    await this.says(said.serving, { timeoutMs: 30_000 });
  }

  /** The master. */
  get masterPid(): number {
    if (this.#child.pid === undefined) throw new Error('it was not started');
    return this.#child.pid;
  }

  get hasExited(): boolean {
    return this.#ended !== undefined;
  }

  // ---------------------------------------------------------------- what it says

  /** All that it has written, or what came after the first `from` characters. */
  log(from = 0): string {
    return fs.existsSync(this.logPath) ? fs.readFileSync(this.logPath, 'utf8').slice(from) : '';
  }

  /** How long the log is now: to ask later what came after. */
  mark(): number {
    return this.log().length;
  }

  /**
   * Waits until the log (after `from`) matches; fails early when it has exited without saying so.
   */
  async says(
    pattern: RegExp,
    options: UntilOptions & { readonly from?: number } = {},
  ): Promise<RegExpExecArray> {
    let exitedAtLastLook = false;
    const seen = await until(
      `the log says ${pattern}`,
      () => {
        const match = pattern.exec(this.log(options.from));
        if (match !== null) return { match };
        if (exitedAtLastLook) return { match: undefined };
        exitedAtLastLook = this.hasExited;
        return undefined;
      },
      { timeoutMs: 60_000, ...options },
    );
    if (seen.match !== undefined) return seen.match;
    throw new Error(`it exited (${JSON.stringify(this.#ended)}) and never said ${pattern}`);
  }

  /** How often the log (after `from`) matches. */
  timesSaid(pattern: RegExp, from = 0): number {
    return [...this.log(from).matchAll(new RegExp(pattern, 'gm'))].length;
  }

  // ---------------------------------------------------------------- what it answers

  /** One request on a connection of its own. */
  get(target: string, options: RequestOptions = {}): Promise<Answer> {
    return request({ port: this.place.port }, target, options);
  }

  /** Asks until the answer is as wanted. */
  answers(
    what: string,
    isWanted: (answer: Answer) => boolean,
    options: UntilOptions & { readonly target?: string } = {},
  ): Promise<Answer> {
    return until(
      what,
      async () => {
        const answer = await this.get(options.target ?? '/', { timeoutMs: 5000 });
        if (isWanted(answer)) return answer;
        throw new Error(`answered ${answer.status}: ${answer.text.slice(0, 200)}`);
      },
      options,
    );
  }

  // ---------------------------------------------------------------- its processes

  /** The master and all that descend from it. */
  processes(): ProcessInfo[] {
    return family(this.masterPid);
  }

  /** Those with this role: "master", "http 1", "spawner", "worker 2", or "worker" for all. */
  withRole(role: string): ProcessInfo[] {
    const pattern = /^[a-z]+$/.test(role)
      ? new RegExp(`reeve ${role}( \\d+)?$`)
      : new RegExp(`reeve ${role}$`);
    return this.processes().filter((info) => pattern.test(info.title));
  }

  /** Waits until exactly one process has the role, and returns its pid. */
  async pid(role: string): Promise<number> {
    const one = await until(`there is one ${role}`, () => {
      const found = this.withRole(role);
      if (found.length === 1) return found[0];
      throw new Error(this.titles().join(', '));
    });
    return one.pid;
  }

  /** Pids of the workers, in slot order. */
  workerPids(): number[] {
    return this.withRole('worker')
      .toSorted((one, other) => one.title.localeCompare(other.title))
      .map((info) => info.pid);
  }

  titles(): string[] {
    return this.processes().map((info) => info.title);
  }

  /** Signals the process with this role (default: the master), and returns its pid. */
  async signal(role: string, signal: NodeJS.Signals): Promise<number> {
    const pid = role === 'master' ? this.masterPid : await this.pid(role);
    process.kill(pid, signal);
    return pid;
  }

  // ---------------------------------------------------------------- reload and stop

  /** Asks for a reload by SIGHUP and waits for its outcome. */
  async reload(): Promise<'reloaded' | 'failed'> {
    const from = this.mark();
    process.kill(this.masterPid, 'SIGHUP');
    return this.reloadOutcome(from);
  }

  /** The outcome of the reload that was asked for after `from`. */
  async reloadOutcome(from: number): Promise<'reloaded' | 'failed'> {
    const either = new RegExp(`${said.reloaded.source}|${said.reloadFailed.source}`);
    const match = await this.says(either, { from, timeoutMs: 60_000 });
    return said.reloaded.test(match[0]) ? 'reloaded' : 'failed';
  }

  /** Stops it by SIGQUIT unless it has ended; it must end with 0 within 15 s. */
  async stop(): Promise<Exit> {
    if (this.#ended !== undefined) return this.#ended;
    process.kill(this.masterPid, 'SIGQUIT');
    const ended = await until('it has stopped', () => this.#ended, { timeoutMs: 60_000 });
    if (ended.code !== 0) throw new Error(`stopped with ${JSON.stringify(ended)}`);
    return ended;
  }

  /** Waits for its end and returns the exit code; fails when it was killed by a signal. */
  async exitCode(timeoutMs = 60_000): Promise<number> {
    const ended = await until('it exits', () => this.#ended, { timeoutMs });
    if (ended.code === null) throw new Error(`it was killed by ${ended.signal}`);
    return ended.code;
  }

  /** Waits until none of these processes lives. */
  static async gone(pids: readonly number[], timeoutMs = 60_000): Promise<void> {
    await until(`${pids.join(', ')} have ended`, () => !pids.some(isAlive), { timeoutMs });
  }
}
