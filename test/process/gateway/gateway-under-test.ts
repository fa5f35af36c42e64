/** A real gateway process, and the test in the roles of its master, its workers and its clients. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

import {
  boundPort,
  openTcpListener,
  openUnixListener,
} from '../../../src/base/sockets/listening-sockets.ts';
import { openPipe } from '../../../src/base/libc.ts';
import type { FromGateway, ToGateway } from '../../../src/protocol/control-messages.ts';
import { parseAnswer } from '../../support/http.ts';
import { until } from '../../support/until.ts';
import type { NotYet } from '../../support/until.ts';
import { Client } from './client.ts';
import { settingsWith, type ChangedSettings } from './default-settings.ts';
import { FakeWorker } from './fake-worker.ts';
import type { Received } from './fake-worker.ts';

interface WorkerOptions {
  readonly threads?: number;
  readonly generation?: number;
  readonly enable?: boolean;
  readonly reads?: boolean;
  readonly claims?: 'pipe' | 'no-pipe' | 'none';
  readonly pid?: number;
}

const gatewayMain = join(import.meta.dirname, '../../../src/gateway/main.ts');

const oddHandlesFile = join(import.meta.dirname, '../../support/odd-handles.ts');

/** The environment of a gateway that accepts what it does not expect, so that net.Socket serves. */
export function oddHandles(what: 'no-descriptor' | 'no-user-buffer'): Record<string, string> {
  return { NODE_OPTIONS: `--import=${oddHandlesFile}`, REEVE_TEST_HANDLES: what };
}

export interface GatewayPlace {
  /** How many descriptors the process may have. */
  readonly openFilesMax?: number;
  /** How large a file may be that it writes (RLIMIT_FSIZE). */
  readonly fileMaxBytes?: number | undefined;
  /** What its environment has beside ours. */
  readonly environment?: Readonly<Record<string, string>>;
}

export class GatewayUnderTest {
  readonly port: number;
  readonly told: FromGateway[] = [];
  log = '';
  /** Set when it has exited; null when a signal has ended it. */
  exitCode: number | null | undefined;
  exitSignal: NodeJS.Signals | null = null;
  readonly #channel: string;
  readonly #child: ChildProcess;
  readonly #control: Socket;
  #lifelineWriteFd: number | undefined;
  readonly #workers: FakeWorker[] = [];
  readonly #clients: Client[] = [];

  static async start(
    settings: ChangedSettings = {},
    place: GatewayPlace = {},
  ): Promise<GatewayUnderTest> {
    const gateway = new GatewayUnderTest(settings, place);
    try {
      await gateway.until('it is ready', () => gateway.heard('ready'));
    } catch (error) {
      gateway.#child.kill('SIGKILL'); // The test's file could not end before it.
      throw error;
    }
    gateway.say({ type: 'open' });
    return gateway;
  }

  constructor(settings: ChangedSettings, place: GatewayPlace) {
    const { openFilesMax = 1000, fileMaxBytes, environment = {} } = place;
    this.#channel = `reeve-test-${randomBytes(8).toString('hex')}`;
    const listenerFd = openTcpListener({ host: '127.0.0.1', port: 0 }, 100);
    const channelFd = openUnixListener({ kind: 'abstract', name: this.#channel }, 100);
    const lifeline = openPipe();
    this.#lifelineWriteFd = lifeline.writeFd;
    this.port = boundPort(listenerFd) ?? 0;
    const stdio = [
      'ignore',
      'ignore',
      'pipe',
      'pipe',
      lifeline.readFd,
      listenerFd,
      channelFd,
    ] as const;
    const limits = [
      `--nofile=${openFilesMax}:${openFilesMax}`,
      ...(fileMaxBytes === undefined ? [] : [`--fsize=${fileMaxBytes}:${fileMaxBytes}`]),
    ];
    const command = [process.execPath, '--disable-sigusr1', gatewayMain];
    this.#child = spawn('prlimit', [...limits, ...command], {
      stdio: [...stdio],
      env: { ...process.env, ...environment },
    });
    for (const fd of [listenerFd, channelFd, lifeline.readFd]) closeSync(fd);
    this.#child.stderr?.on('data', (text) => (this.log += text));
    this.#child.on('exit', (code, signal) => {
      [this.exitCode, this.exitSignal] = [code, signal];
    });
    const control = this.#child.stdio[3];
    if (!(control instanceof Socket)) throw new Error('no control stream');
    this.#control = control;
    let text = '';
    control.on('data', (bytes) => {
      const lines = (text + bytes.toString()).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) this.told.push(JSON.parse(line));
    });
    control.on('error', () => undefined);
    const serverPort = String(this.port);
    const name = `127.0.0.1:${serverPort}`;
    const listeners = [{ fd: 5, name, option: 'http', protocol: 'http', serverPort }] as const;
    this.say({ listeners, channelFd: 6, ...settingsWith(settings) });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The paths of all that it has open. */
  openFiles(): string[] {
    return readdirSync(`/proc/${this.pid}/fd`)
      .map((fd) => this.#linkOf(fd))
      .filter((path) => path !== '');
  }

  /** How many sockets it has open that its event loop does not watch, beside its outputs. */
  unwatchedSockets(): number {
    const fds = readdirSync(`/proc/${this.pid}/fd`).filter((fd) => Number(fd) > 2);
    const watched = new Set(fds.flatMap((fd) => this.#watchedBy(fd)));
    return fds.filter((fd) => this.#linkOf(fd).startsWith('socket:') && !watched.has(fd)).length;
  }

  #watchedBy(fd: string): string[] {
    if (this.#linkOf(fd) !== 'anon_inode:[eventpoll]') return [];
    const text = readFileSync(`/proc/${this.pid}/fdinfo/${fd}`, 'latin1');
    return [...text.matchAll(/^tfd: +(\d+)/gm)].map(([, each]) => each ?? '');
  }

  #linkOf(fd: string): string {
    try {
      return readlinkSync(`/proc/${this.pid}/fd/${fd}`);
    } catch {
      return ''; // Closed since the folder was read.
    }
  }

  /** The files without a name in which responses wait. */
  waitingFiles(): string[] {
    return this.openFiles().filter((path) => path.includes('reeve-response-'));
  }

  say(message: ToGateway): void {
    this.#control.write(`${JSON.stringify(message)}\n`);
  }

  heard<Type extends FromGateway['type']>(
    type: Type,
  ): Extract<FromGateway, { type: Type }> | undefined {
    const isWanted = (message: FromGateway): message is Extract<FromGateway, { type: Type }> =>
      message.type === type;
    return this.told.findLast(isWanted);
  }

  /** As `until`; a failure shows what the gateway told and logged. */
  async until<T>(what: string, look: () => T | NotYet, timeoutMs = 60_000): Promise<T> {
    try {
      return await until(what, look, { everyMs: 5, timeoutMs });
    } catch (error) {
      throw new Error(`${error}\ntold: ${JSON.stringify(this.told)}\nlog: ${this.log}`);
    }
  }

  /** Starts a fake worker, connects its threads and gives it requests. */
  async worker(
    slot = 1,
    {
      threads = 1,
      generation = 1,
      enable = true,
      reads = true,
      claims = 'none',
      pid,
    }: WorkerOptions = {},
  ): Promise<FakeWorker> {
    const token = randomBytes(16).toString('hex');
    const place = { generation, slot };
    this.say({ type: 'expect-worker', ...place, token, threads });
    const worker = new FakeWorker(this.#channel, { ...place, token, threads, reads, claims, pid });
    this.#workers.push(worker);
    await this.until(`worker ${slot} is connected`, () =>
      this.told.some(
        (m) => m.type === 'worker-connected' && m.slot === slot && m.generation === generation,
      ),
    );
    if (enable) this.say({ type: 'switch', enable: [place], drain: [] });
    return worker;
  }

  /** A connection with no token that is known yet. */
  stranger(hello: {
    generation: number;
    slot: number;
    token: string;
    threads: number;
    version?: string;
  }): FakeWorker {
    const worker = new FakeWorker(this.#channel, hello);
    this.#workers.push(worker);
    return worker;
  }

  client(): Client {
    const client = new Client(this.port);
    this.#clients.push(client);
    return client;
  }

  /** A client whose request has reached `worker`, which has not answered it. */
  async running(
    worker: FakeWorker,
    request = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  ): Promise<{ readonly client: Client; readonly received: Received }> {
    const before = worker.requests.length;
    const client = this.client();
    client.write(request);
    const received = await this.until('it runs', () => worker.requests[before]);
    return { client, received };
  }

  /** Waits until a request has run for so long, by the gateway's own clock. */
  async hasRun(seconds: number): Promise<void> {
    await this.until(`a request has run for ${seconds} s`, () => {
      this.say({ type: 'report-status' });
      const running = this.heard('status')?.workers.flatMap(({ now }) => now) ?? [];
      return running.some((words) => Number(/ for (.+) s/.exec(words)?.[1]) >= seconds);
    });
  }

  /**
   * One request on a connection of its own; resolves with all that came until the end. Node's
   * parser of HTTP has understood it, though it may not be whole.
   */
  async ask(request: string | Buffer): Promise<string> {
    const client = this.client();
    client.write(request);
    await this.until('the answer ends', () => client.hasEnded);
    const method = request.toString('latin1').startsWith('HEAD ') ? 'HEAD' : 'GET';
    if (client.text !== '') await parseAnswer(Buffer.from(client.text, 'latin1'), method, 0);
    return client.text;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    this.#control.end();
    await this.until('it exits', () => this.exitCode !== undefined);
    for (const worker of this.#workers) worker.destroy();
    this.cutLifeline();
  }

  /** The master is gone: its end of the lifeline closes. */
  cutLifeline(): void {
    if (this.#lifelineWriteFd !== undefined) closeSync(this.#lifelineWriteFd);
    this.#lifelineWriteFd = undefined;
  }
}
