/**
 * The gateways that run: started on the master's listeners, told of workers, ended. One for each
 * epoch that the supervisor knows; each has a channel of its own, an abstract socket that
 * stays with the master, so that workers find the next gateway where the last one was.
 */
import { closeSync } from 'node:fs';

import type { Timers } from '../../base/clock.ts';
import { openUnixListener } from '../../base/sockets/listening-sockets.ts';
import { randomBytes } from '../../base/libc.ts';
import { poolSize, refusalOfThreads } from '../../base/threads.ts';
import { EXIT_REFUSED } from '../../protocol/control-messages.ts';
import type { FromGateway, GatewaySettings, ToGateway } from '../../protocol/control-messages.ts';
import { wantNamed } from '../../systemd/limits.ts';
import type { ControlMessage } from './control-stream.ts';
import {
  FIRST_HANDED_FD,
  spawnChild,
  spawnNothing,
  type ChildCommand,
  type ChildEnd,
  type ChildListener,
  type SpawnedChild,
} from './spawn.ts';

/** Workers connect once each per thread; a whole fleet may do so at the same moment. */
const channelBacklog = 1024;
/**
 * Garbage is collected when there is little of it: V8 lets the heap of a busy gateway grow to many
 * times what lives in it, which made nothing faster (measured). See also gateway/main.ts.
 */
const memoryFlags = ['--max-semi-space-size=4'];
/** V8's helpers: as many as Node has by itself. */
const v8Threads = 4;
/** The main thread, and one for delayed tasks; the pool of libuv comes on top. */
const nodeThreads = 2;
/** So often it is looked whether a gateway that has not come up yet may start a thread. */
const startLookMs = 3_000;
/** The master's own log. */
const LOG_FD = 2;
/** The kernel shows a title only where argv has room for it. */
const titleRoom = 200;

export interface GatewayStart {
  readonly listenerFds: readonly number[];
  /** Everything but the numbers of descriptors. */
  readonly settings: GatewaySettings;
}

export interface GatewaysParts {
  readonly timers: Timers;
  readonly lifelineFd: number;
  /** What a gateway has as descriptors 1 and 2, for what Node and V8 write to them. */
  readonly outputFd: number;
  /** Where it writes request lines, if not with the others. */
  readonly requestLogFd: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** The gateway's program: a bundle, or its source. */
  readonly program: string;
  readonly onMessage: (epoch: number, message: FromGateway) => void;
  readonly onEnd: (epoch: number, end: ChildEnd) => void;
  readonly onProblem: (epoch: number, sentence: string) => void;
}

interface Entry {
  readonly parts: GatewayStart;
  readonly channelFd: number;
  readonly channel: string;
  child: SpawnedChild | undefined;
}

export class Gateways {
  readonly #entries = new Map<number, Entry>();
  readonly #parts: GatewaysParts;

  constructor(parts: GatewaysParts) {
    this.#parts = parts;
  }

  /** Makes an epoch known, with its channel; its gateway starts later, perhaps several times. */
  add(epoch: number, parts: GatewayStart): void {
    const channel = `reeve-${process.pid}-${epoch}-${randomBytes(16).toString('hex')}`;
    const channelFd = openUnixListener({ kind: 'abstract', name: channel }, channelBacklog);
    this.#entries.set(epoch, { parts, channelFd, channel, child: undefined });
  }

  channelOf(epoch: number): string {
    return this.#entry(epoch).channel;
  }

  get epochs(): readonly number[] {
    return [...this.#entries.keys()];
  }

  start(epoch: number): void {
    const entry = this.#entry(epoch);
    const { settings, listenerFds } = entry.parts;
    let isRefused = false;
    const stopWatching = this.#parts.timers.every(startLookMs, () => {
      // It had room when it was tried out, and another process took it meanwhile.
      isRefused ||= refusalOfThreads(1) !== undefined;
      if (isRefused) child.kill('SIGKILL');
    });
    const child = this.#spawn(this.#command(entry), {
      onMessage: (message) => {
        stopWatching();
        if (isFromGateway(message)) this.#parts.onMessage(epoch, message);
      },
      onEnd: (end) => {
        stopWatching();
        if (entry.child === child) entry.child = undefined;
        isRefused ||= end.code === EXIT_REFUSED;
        this.#parts.onEnd(epoch, isRefused ? { ...end, want: 'EAGAIN' } : end);
      },
      onProblem: (sentence) => this.#parts.onProblem(epoch, sentence),
    });
    entry.child = child;
    child.send({
      ...settings,
      channelFd: FIRST_HANDED_FD,
      ...this.#logFds(FIRST_HANDED_FD + 1 + listenerFds.length),
      listeners: settings.listeners.map((listener, index) => ({
        ...listener,
        fd: FIRST_HANDED_FD + 1 + index,
      })),
    } satisfies GatewaySettings);
  }

  /** The numbers in a gateway of what `#logsToHand` are, from this one on. */
  #logFds(firstFd: number): Pick<GatewaySettings, 'logFd' | 'requestLogFd'> {
    const logFd = this.#isLogHanded ? firstFd : LOG_FD;
    if (this.#parts.requestLogFd === undefined) return { logFd };
    return { logFd, requestLogFd: this.#isLogHanded ? firstFd + 1 : firstFd };
  }

  get #logsToHand(): readonly number[] {
    const { requestLogFd } = this.#parts;
    const requests = requestLogFd === undefined ? [] : [requestLogFd];
    return this.#isLogHanded ? [LOG_FD, ...requests] : requests;
  }

  /** The log is not what a gateway has as descriptor 2. */
  get #isLogHanded(): boolean {
    return this.#parts.outputFd !== LOG_FD;
  }

  /** Node waits for ever at its start where it is refused a thread: so that is tried out first. */
  #spawn(command: ChildCommand, listener: ChildListener): SpawnedChild {
    const pool = poolSize(command.environment['UV_THREADPOOL_SIZE']);
    const want = wantNamed(refusalOfThreads(nodeThreads + v8Threads + pool)?.code);
    return want === undefined ? spawnChild(command, listener) : spawnNothing(want, listener);
  }

  #command({ channelFd, parts }: Entry): ChildCommand {
    return {
      command: process.execPath,
      arguments: [
        '--disable-sigusr1',
        '--no-warnings',
        `--v8-pool-size=${v8Threads}`,
        ...memoryFlags,
        `--title=${parts.settings.title.padEnd(titleRoom)}`,
        this.#parts.program,
      ],
      cwd: '/',
      environment: this.#parts.environment,
      logFd: this.#parts.outputFd,
      lifelineFd: this.#parts.lifelineFd,
      fds: [channelFd, ...parts.listenerFds, ...this.#logsToHand],
    };
  }

  send(epoch: number, message: ToGateway): void {
    this.#entries.get(epoch)?.child?.send(message);
  }

  sendAll(message: ToGateway): void {
    for (const entry of this.#entries.values()) entry.child?.send(message);
  }

  /** It finishes its log and leaves. */
  end(epoch: number): void {
    this.#entries.get(epoch)?.child?.hangUp();
  }

  kill(epoch: number): void {
    this.#entries.get(epoch)?.child?.kill('SIGKILL');
  }

  pidOf(epoch: number): number | undefined {
    return this.#entries.get(epoch)?.child?.pid;
  }

  /** The epoch is over; its channel is closed. */
  forget(epoch: number): void {
    const entry = this.#entries.get(epoch);
    if (entry === undefined) return;
    closeSync(entry.channelFd);
    this.#entries.delete(epoch);
  }

  #entry(epoch: number): Entry {
    const entry = this.#entries.get(epoch);
    if (entry === undefined) throw new Error(`gateway ${epoch} is not known`);
    return entry;
  }
}

const messageTypes: Readonly<Record<FromGateway['type'], true>> = {
  ready: true,
  opened: true,
  alive: true,
  'workers-wanted': true,
  'worker-connected': true,
  'worker-begun': true,
  'worker-due': true,
  'worker-overran': true,
  draining: true,
  drained: true,
  idle: true,
  history: true,
  status: true,
};

/** Both ends come from one installation, so the name tells the shape. */
function isFromGateway(message: ControlMessage): message is ControlMessage & FromGateway {
  return Object.hasOwn(messageTypes, message.type);
}
