/**
 * A place for one story: a fresh directory, ports of its own, a marker in every environment.
 *
 * `story` tells a test in it. When the story has ended, whatever it left is looked up in /proc and
 * on disk: a process, a listening port, a socket or a temporary file fails the test. After a
 * failure the daemon's log is printed, the directory kept, and every marked process killed.
 */

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { Daemon } from './daemon.ts';
import type { DaemonOptions } from './daemon.ts';
import { repository } from './interpreters.ts';
import { processesWithEnvironment } from './processes.ts';
import { freePort, isListening, unixSocketsNamed } from './sockets.ts';
import { tooLong, until } from './until.ts';

export interface RunResult {
  readonly code: number;
  readonly output: string;
  readonly ms: number;
}

export interface StoryOptions {
  readonly timeoutMs?: number;
  /** Why this machine cannot tell it. */
  readonly skip?: string | false;
}

/** What a log says of faults of Reeve's own, from which it recovers by itself. */
const ownFault =
  /.*(internal error|gateway\.crashed|python\.crashed|the spawner exited with code \d+;).*/;

const openPlaces = new Set<Place>();
process.on('exit', () => openPlaces.forEach((place) => place.killLeftovers()));

type Telling = (place: Place) => Promise<void>;

/** How many stories of this file are told at the same time; 0: each when its test runs. */
let atOnce = 0;
const begun: Promise<void>[] = [];

/**
 * For a file whose stories mostly wait, before its first story: so many are told at the same time.
 * Each has a place of its own, so that none sees another.
 */
export function tellAtOnce(most: number): void {
  atOnce = most;
}

/** Registers a test that is told in a place of its own and leaves nothing behind. */
export function story(title: string, tell: Telling, options: StoryOptions = {}): void {
  const { skip = false, timeoutMs = 120_000 } = options;
  const telling = atOnce === 0 || skip ? undefined : inTurn(() => told(tell, timeoutMs));
  test(title, { skip }, () => telling ?? told(tell, timeoutMs));
}

/** Begins when the story has ended that stands so many before it. Its test reports a failure. */
function inTurn(begin: () => Promise<void>): Promise<void> {
  const before = begun.at(-atOnce) ?? Promise.resolve();
  const whole = before.catch(() => {}).then(begin);
  whole.catch(() => {});
  begun.push(whole);
  return whole;
}

async function told(tell: Telling, timeoutMs: number): Promise<void> {
  const place = await Place.open();
  try {
    await Promise.race([tell(place), tooLong(timeoutMs)]);
    await place.close();
  } catch (error) {
    place.giveUp();
    throw error;
  }
}

export class Place {
  readonly directory: string;
  readonly port: number;
  /** `NAME=value`, in the environment of all that was started here. */
  readonly marker: string;
  readonly #ports: number[];
  readonly #daemons: Daemon[] = [];

  private constructor(directory: string, port: number) {
    this.directory = directory;
    this.port = port;
    this.marker = `REEVE_TEST_MARK=${randomUUID()}`;
    this.#ports = [port];
  }

  static async open(): Promise<Place> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'reeve-test-'));
    fs.chmodSync(directory, 0o755); // So that applications under another user can be read.
    fs.mkdirSync(path.join(directory, 'tmp'));
    fs.chmodSync(path.join(directory, 'tmp'), 0o1777);
    const place = new Place(directory, await freePort());
    openPlaces.add(place);
    return place;
  }

  /** One more port that is looked after. */
  async anotherPort(): Promise<number> {
    const port = await freePort();
    this.#ports.push(port);
    return port;
  }

  path(name: string): string {
    return path.join(this.directory, name);
  }

  write(name: string, text: string): string {
    fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
    fs.writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Text of a file here; '' when there is none. */
  read(name: string): string {
    return fs.existsSync(this.path(name)) ? fs.readFileSync(this.path(name), 'utf8') : '';
  }

  exists(name: string): boolean {
    return fs.existsSync(this.path(name));
  }

  /** Copies an application of test/apps/python here. */
  copyApplication(name: string): void {
    fs.copyFileSync(
      path.join(repository, 'test/apps/python', `${name}.py`),
      this.path(`${name}.py`),
    );
  }

  /** Writes `name`, an application that answers `text` to every request. */
  writeAnswering(text: string, name = 'app.py', extra = ''): void {
    this.write(
      name,
      `${extra}\ndef application(environ, start_response):\n` +
        `    start_response("200 OK", [("Content-Type", "text/plain")])\n` +
        `    return [${JSON.stringify(text)}.encode()]\n`,
    );
  }

  /** Environment for what is started here: the tests' own, marked, with its own TMPDIR. */
  environment(extra: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
    const [name = '', value = ''] = this.marker.split('=');
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(
        ([key]) => !/^(NODE_|UWSGI_|NOTIFY_|LISTEN_|INVOCATION)/.test(key),
      ),
    );
    const ours = { [name]: value, TMPDIR: this.path('tmp'), PYTHONDONTWRITEBYTECODE: '1' };
    return { ...inherited, ...ours, ...extra };
  }

  async start(options: DaemonOptions = {}): Promise<Daemon> {
    const daemon = new Daemon(this, options, this.#daemons.length);
    this.#daemons.push(daemon);
    await daemon.settled();
    return daemon;
  }

  /** Runs a command to its end (60 s at most); `output` is what it wrote to both streams. */
  async run(
    command: readonly string[],
    options: {
      env?: Readonly<Record<string, string | undefined>>;
      cwd?: string;
      timeoutMs?: number;
    } = {},
  ): Promise<RunResult> {
    const startMs = performance.now();
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      cwd: options.cwd ?? this.directory,
      env: this.environment(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      timeout: options.timeoutMs ?? 60_000,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.on('error', reject);
    // 'exit', not 'close': a daemonized child may hold the streams open.
    child.on('exit', (code, signal) => setImmediate(() => resolve(code ?? -signalNumber(signal))));
    const code = await promise;
    return { code, output, ms: performance.now() - startMs };
  }

  /** Stops what still runs, and fails if anything is left. */
  async close(): Promise<void> {
    for (const daemon of this.#daemons) await daemon.stop();
    for (const daemon of this.#daemons) demandSound(daemon);
    await until('no process is left', () => this.#leftProcesses() === '' || this.#leftInWords());
    for (const port of this.#ports) {
      // A process that is ending gives its descriptors back a moment after its memory.
      await until(`nothing listens on port ${port}`, () => !isListening(port), {
        timeoutMs: 20_000,
      });
    }
    await until('no unix socket is left', () => unixSocketsNamed(this.directory).length === 0, {
      timeoutMs: 20_000,
    });
    const files = fs.readdirSync(this.path('tmp'));
    if (files.length > 0) throw new Error(`temporary files are left: ${files.join(', ')}`);
    openPlaces.delete(this);
    this.#removeControlDirectories();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  /** After a failure: shows the logs, keeps the directory, kills what runs. */
  giveUp(): void {
    for (const daemon of this.#daemons) {
      const lines = daemon.log().split('\n').slice(-80).join('\n');
      fs.writeSync(
        2,
        `--- ${daemon.logPath} (processes: ${this.#leftProcesses()})\n${lines}\n---\n`,
      );
    }
    this.killLeftovers();
    this.#removeControlDirectories();
    openPlaces.delete(this);
  }

  killLeftovers(): void {
    for (const info of processesWithEnvironment(this.marker)) process.kill(info.pid, 'SIGKILL');
  }

  /**
   * Instances are called after the directory of the place. What is left of one that was killed, or
   * was no longer root when it ended, nobody else would remove.
   */
  #removeControlDirectories(): void {
    const name = path.basename(this.directory);
    for (const folder of ['/run/reeve', `/tmp/reeve-${process.getuid?.() ?? 0}`]) {
      const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
      for (const each of names.filter((one) => one === name || one.startsWith(`${name}-`))) {
        fs.rmSync(path.join(folder, each), { recursive: true, force: true });
      }
    }
  }

  #leftProcesses(): string {
    return processesWithEnvironment(this.marker)
      .map((info) => `${info.pid} ${info.title}`)
      .join(', ');
  }

  #leftInWords(): never {
    throw new Error(this.#leftProcesses());
  }
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : (os.constants.signals[signal] ?? 0);
}

/** A fault of ours that nobody saw, as another process took over, fails the story all the same. */
function demandSound(daemon: Daemon): void {
  const said = ownFault.exec(daemon.log());
  if (said !== null) throw new Error(`a fault of Reeve's own: ${said[0]}`);
}
