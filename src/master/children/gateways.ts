/**
 * The gateways that run: started on the master's listeners, told of workers, heard, ended. One
 * for each epoch that the supervisor knows; each has a channel of its own, an abstract socket that
 * stays with the master, so that workers find the next gateway where the last one was.
 */
import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';

import { openUnixListener } from '../../base/listening-sockets.ts';
import type { FromGateway, GatewaySettings, ToGateway } from '../../protocol/control-messages.ts';
import type { Listener } from '../listeners/listeners.ts';
import { FIRST_HANDED_FD, spawnChild, type ChildEnd, type SpawnedChild } from './spawn.ts';
import type { ControlMessage } from './control-stream.ts';

/** Workers connect once each per thread; a whole fleet may do so at the same moment. */
const channelBacklog = 1024;
/**
 * Garbage is collected when there is little of it: V8 lets the heap of a busy gateway grow to many
 * times what lives in it, which made nothing faster (measured). See also gateway/main.ts.
 */
const memoryFlags = ['--max-semi-space-size=4'];
/** The kernel shows a title only where argv has room for it. */
const titleRoom = 200;

export interface GatewayParts {
  readonly listeners: readonly Listener[];
  /** Everything but the numbers of descriptors. */
  readonly settings: GatewaySettings;
}

export interface GatewayContext {
  readonly lifelineFd: () => number;
  readonly environment: () => Readonly<Record<string, string>>;
  /** The gateway's program: a bundle, or its source. */
  readonly program: string;
  readonly onMessage: (epoch: number, message: FromGateway) => void;
  readonly onEnd: (epoch: number, end: ChildEnd) => void;
  readonly onProblem: (epoch: number, sentence: string) => void;
}

interface Entry {
  readonly parts: GatewayParts;
  readonly channelFd: number;
  readonly channel: string;
  child: SpawnedChild | undefined;
}

export class Gateways {
  readonly #entries = new Map<number, Entry>();
  readonly #context: GatewayContext;

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** Makes an epoch known, with its channel; its gateway starts later, perhaps several times. */
  add(epoch: number, parts: GatewayParts): void {
    const channel = `reeve-${process.pid}-${epoch}-${randomBytes(16).toString('hex')}`;
    const channelFd = openUnixListener({ kind: 'abstract', name: channel }, channelBacklog);
    this.#entries.set(epoch, { parts, channelFd, channel, child: undefined });
  }

  channelOf(epoch: number): string {
    return this.#entry(epoch).channel;
  }

  listenersOf(epoch: number): readonly Listener[] {
    return this.#entry(epoch).parts.listeners;
  }

  isRunning(epoch: number): boolean {
    return this.#entries.get(epoch)?.child !== undefined;
  }

  get epochs(): readonly number[] {
    return [...this.#entries.keys()];
  }

  start(epoch: number): void {
    const entry = this.#entry(epoch);
    const { listeners, settings } = entry.parts;
    const child = spawnChild(
      {
        command: process.execPath,
        arguments: [
          '--disable-sigusr1',
          '--no-warnings',
          ...memoryFlags,
          `--title=${settings.title.padEnd(titleRoom)}`,
          this.#context.program,
        ],
        cwd: '/',
        environment: this.#context.environment(),
        logFd: 2,
        lifelineFd: this.#context.lifelineFd(),
        fds: [entry.channelFd, ...listeners.map((listener) => listener.fd)],
      },
      {
        onMessage: (message) => {
          if (isFromGateway(message)) this.#context.onMessage(epoch, message);
        },
        onEnd: (end) => {
          if (entry.child === child) entry.child = undefined;
          this.#context.onEnd(epoch, end);
        },
        onProblem: (sentence) => this.#context.onProblem(epoch, sentence),
      },
    );
    entry.child = child;
    child.send({
      ...settings,
      channelFd: FIRST_HANDED_FD,
      listeners: settings.listeners.map((listener, index) => ({
        ...listener,
        fd: FIRST_HANDED_FD + 1 + index,
      })),
    } satisfies GatewaySettings);
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
  'worker-connected': true,
  'worker-due': true,
  'worker-overran': true,
  draining: true,
  drained: true,
  idle: true,
  status: true,
};

/** Both ends come from one installation, so the name tells the shape. */
function isFromGateway(message: ControlMessage): message is ControlMessage & FromGateway {
  return Object.hasOwn(messageTypes, message.type);
}
