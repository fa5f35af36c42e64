/** `stats-push = statsd:HOST:PORT[,PREFIX]`: what uWSGI's metrics have, every few seconds. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';

import type { Cancel, Timers } from '../../base/clock.ts';
import { readStatsd, type StatsdTarget } from '../../config/rules/statsd.ts';
import type { Logger } from '../../log/logger.ts';
import type { Settings } from '../../tables/options/options.ts';
import { snapshotOf } from '../reporting/snapshot.ts';
import { CounterSteps, measuresOf } from '../reporting/uwsgi-metrics.ts';
import type { Watched } from './answers.ts';

export interface StatsdParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly timers: Timers;
}

/** What the path to any receiver takes in one piece. */
const DATAGRAM_BYTES = 1_400;

interface Pushed {
  readonly target: StatsdTarget;
  readonly steps: CounterSteps;
  /** Why the last datagram could not be sent; '' where it could. */
  trouble: string;
}

export class StatsdPusher {
  readonly #parts: StatsdParts;
  #settings: Settings;
  #watched: Pick<Watched, 'report'> | undefined;
  #socket: Socket | undefined;
  #stop: Cancel | undefined;
  #pushed: readonly Pushed[] = [];

  constructor(parts: StatsdParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
  }

  serve(watched: Pick<Watched, 'report'>): void {
    this.#watched = watched;
    this.follow(this.#settings);
  }

  /** A configuration has come into force. */
  follow(settings: Settings): void {
    this.#settings = settings;
    if (this.#watched === undefined) return;
    const targets = settings['stats-push'].flatMap(({ text }) => {
      const read = readStatsd(text);
      return read.kind === 'target' ? [read] : [];
    });
    this.#stop?.();
    this.#pushed = targets.map((target) => this.#known(target) ?? newPushed(target));
    if (targets.length === 0) return this.close();
    this.#socket ??= this.#open();
    const everyMs = settings['stats-pusher-default-freq'] * 1_000;
    this.#stop = this.#parts.timers.every(everyMs, () => void this.#push());
  }

  close(): void {
    this.#stop?.();
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** One that goes on goes on from what it was sent. */
  #known({ host, port, prefix }: StatsdTarget): Pushed | undefined {
    return this.#pushed.find(({ target }) => {
      return target.host === host && target.port === port && target.prefix === prefix;
    });
  }

  #open(): Socket {
    const socket = createSocket('udp4');
    // What nobody receives is lost, as with any datagram.
    socket.on('error', () => {});
    return socket.unref();
  }

  async #push(): Promise<void> {
    if (this.#watched === undefined) return;
    const measures = measuresOf(snapshotOf(await this.#watched.report()));
    for (const pushed of this.#pushed) {
      const lines = pushed.steps.linesOf(measures, pushed.target.prefix);
      for (const datagram of datagramsOf(lines)) this.#send(pushed, datagram);
    }
  }

  #send(pushed: Pushed, datagram: string): void {
    const { host, port } = pushed.target;
    this.#socket?.send(datagram, port, host, (error) => {
      const trouble = error?.message ?? '';
      // Once for each trouble: it comes every few seconds.
      if (trouble !== '' && trouble !== pushed.trouble) {
        const sentence = `nothing can be sent to statsd at ${host}:${port}: ${trouble}`;
        this.#parts.logger.warn('stats.not-pushed', {}, sentence);
      }
      pushed.trouble = trouble;
    });
  }
}

function newPushed(target: StatsdTarget): Pushed {
  return { target, steps: new CounterSteps(), trouble: '' };
}

/** As many lines in each as fit. */
function datagramsOf(lines: readonly string[]): readonly string[] {
  const datagrams: string[] = [];
  for (const line of lines) {
    const last = datagrams.at(-1);
    if (last === undefined || last.length + 1 + line.length > DATAGRAM_BYTES) datagrams.push(line);
    else datagrams[datagrams.length - 1] = `${last}\n${line}`;
  }
  return datagrams;
}
