/**
 * The daemon: holds what lives as long as the master does, turns what happens into events for the
 * supervisor, and has its effects carried out. What to do is decided in src/supervision.
 */
import { constants } from 'node:os';

import { createClock } from '../base/clock.ts';
import type { Logger } from '../log/logger.ts';
import type { FromGateway, FromSpawner } from '../protocol/control-messages.ts';
import type { SlotOf } from '../supervision/events.ts';
import type { Fleet, Plan } from '../supervision/fleet.ts';
import type { Notifier } from '../systemd/notify.ts';
import { Announcements } from './announcements.ts';
import type { Configuration } from './configuration.ts';
import { Configurations } from './configurations.ts';
import { Effects } from './effects.ts';
import { Gateways } from './gateways.ts';
import type { Listener } from './listeners.ts';
import { Loop } from './loop.ts';
import type { ChildEnd } from './spawn.ts';
import { Spawners } from './spawners.ts';
import type { WorkerGroups } from './worker-groups.ts';

export interface DaemonParts {
  readonly logger: Logger;
  readonly notifier: Notifier;
  readonly lifelineFd: number;
  /** What the application has as descriptors 1 and 2. */
  readonly outputFd: number;
  readonly programs: { readonly gateway: string; readonly spawner: string };
  readonly gatewayEnvironment: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly groups: WorkerGroups;
  readonly onReady: () => void;
  /** The daemon stops: these take no clients any more. */
  readonly onListenersObsolete: (listeners: readonly Listener[]) => void;
  readonly onEnded: (exitCode: number) => void;
  /** Source files of the application; a change in one is a reason to reload (py-autoreload). */
  readonly onModules: (files: readonly string[]) => void;
}

const signalNames = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

function howEnded({ code, signal }: ChildEnd): string {
  if (signal > 0) return `was killed by ${signalNames.get(signal) ?? `signal ${signal}`}`;
  return `exited with code ${code}`;
}

export class Daemon {
  readonly #parts: DaemonParts;
  readonly #clock = createClock();
  readonly #loop: Loop;
  readonly #gateways: Gateways;
  readonly #spawners: Spawners;
  readonly #configurations = new Configurations();
  readonly #announcements: Announcements;
  readonly #effects: Effects;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#announcements = new Announcements(parts.logger, parts.notifier);
    const lifelineFd = () => parts.lifelineFd;
    this.#loop = new Loop(
      this.#clock,
      (effect) => this.#effects.carryOut(effect),
      (fleet) => {
        if (fleet.phase === 'stopping') this.#effects.closeListeners();
        this.#announcements.statusOf(fleet);
      },
    );
    this.#gateways = new Gateways({
      lifelineFd,
      environment: () => parts.gatewayEnvironment,
      program: parts.programs.gateway,
      onMessage: (epoch, message) => this.#takeGatewayMessage(epoch, message),
      onEnd: (epoch, end) => this.#loop.post({ kind: 'gateway-exited', epoch, how: howEnded(end) }),
      onProblem: (epoch, sentence) =>
        parts.logger.error('gateway.problem', { epoch }, `the gateway ${sentence}`),
    });
    this.#spawners = new Spawners({
      lifelineFd,
      groups: parts.groups,
      program: parts.programs.spawner,
      logFd: () => parts.outputFd,
      onMessage: (generation, message) => this.#takeSpawnerMessage(generation, message),
      onEnd: (generation, end) =>
        this.#loop.post({ kind: 'spawner-exited', generation, how: howEnded(end) }),
      onWorkerEnd: (at, pid, end) => this.#workerEnded(at, pid, end),
      onProblem: (generation, sentence) =>
        parts.logger.error('spawner.problem', { generation }, `the spawner ${sentence}`),
    });
    this.#effects = new Effects({
      ...parts,
      gateways: this.#gateways,
      spawners: this.#spawners,
      configurations: this.#configurations,
      announcements: this.#announcements,
      fleet: () => this.fleet,
    });
  }

  get fleet(): Fleet {
    return this.#loop.fleet;
  }

  /** The number that the next configuration must have. */
  nextConfiguration(): number {
    return this.#configurations.nextNumber;
  }

  /** The configuration that serves; before anything does, the newest. */
  current(): Configuration | undefined {
    return this.#configurations.current(this.fleet);
  }

  /** Every listener that is open, whether it is used or about to be. */
  listeners(): readonly Listener[] {
    return this.#configurations.listeners();
  }

  start(configuration: Configuration): void {
    this.#loop.post({ kind: 'start', plan: this.#adopt(configuration) });
  }

  reload(configuration: Configuration): void {
    this.#loop.post({ kind: 'reload', plan: this.#adopt(configuration) });
  }

  stop(how: 'drain' | 'now'): void {
    this.#loop.post({ kind: how === 'drain' ? 'stop' : 'stop-now' });
  }

  suspend(suspended: boolean): void {
    this.#loop.post({ kind: suspended ? 'suspend' : 'resume' });
  }

  reapOrphans(): void {
    this.#spawners.reapOrphans();
  }

  reopenLogs(): void {
    this.#gateways.sendAll({ type: 'reopen-log' });
    this.#spawners.reopenLogs();
  }

  /** Logs what runs; the gateway's part follows when it has answered. */
  logStatus(): void {
    const memoryOf = (at: SlotOf, pid: number) => this.#parts.groups.memoryOf(at, pid);
    this.#announcements.fleet(this.fleet, this.#clock.now(), memoryOf);
    this.#gateways.sendAll({ type: 'report-status' });
  }

  #adopt(configuration: Configuration): Plan {
    const { plan, isNewGateway } = this.#configurations.adopt(configuration, this.fleet);
    const { listeners, gateway: settings } = configuration;
    if (isNewGateway) this.#gateways.add(plan.gateway, { listeners, settings });
    return plan;
  }

  #workerEnded(at: SlotOf, pid: number, end: ChildEnd): void {
    const { generation, slot } = at;
    const how = howEnded(end);
    this.#gateways.sendAll({ type: 'worker-exited', generation, slot, pid, how });
    this.#loop.post({ kind: 'worker-exited', generation, slot, pid, how });
  }

  #takeGatewayMessage(epoch: number, message: FromGateway): void {
    switch (message.type) {
      case 'ready':
        return this.#loop.post({ kind: 'gateway-ready', epoch });
      case 'drained':
        return this.#loop.post({ kind: 'gateway-drained', epoch });
      case 'worker-connected': {
        const { generation, slot, pid } = message;
        return this.#loop.post({ kind: 'worker-connected', generation, slot, pid });
      }
      case 'worker-due': {
        this.#announcements.workerDue(message);
        const { generation, slot, pid, reason } = message;
        return this.#loop.post({ kind: 'worker-due', generation, slot, pid, reason });
      }
      case 'worker-overran': {
        const { generation, slot, pid, othersRunning } = message;
        return this.#loop.post({ kind: 'worker-overran', generation, slot, pid, othersRunning });
      }
      case 'draining':
        if (this.fleet.phase !== 'stopping') return;
        const mercySeconds = this.current()?.settings['worker-reload-mercy'] ?? 0;
        return this.#announcements.draining(message, mercySeconds);
      case 'status':
        return this.#announcements.gateway(epoch, message);
      default:
        message satisfies never;
    }
  }

  #takeSpawnerMessage(generation: number, message: FromSpawner): void {
    switch (message.type) {
      case 'imported':
        if (!this.#configurations.of(this.fleet, generation).configuration.settings['lazy-apps']) {
          this.#announcements.imported(generation, message);
        }
        return this.#loop.post({ kind: 'imported', generation });
      case 'import-failed':
        return this.#loop.post({ kind: 'import-failed', generation, sentence: message.sentence });
      case 'forked': {
        const { slot, pid } = message;
        const cores = this.#configurations.of(this.fleet, generation).configuration.settings
          .threads;
        this.#announcements.forked(generation, message, cores);
        return this.#loop.post({ kind: 'forked', generation, slot, pid });
      }
      case 'fork-failed':
        return this.#loop.post({ ...message, kind: 'fork-failed', generation });
      case 'worker-failed':
        return this.#loop.post({ ...message, kind: 'worker-failed', generation });
      case 'modules':
        return this.#parts.onModules(message.files);
      case 'worker-started':
        return this.#announcements.workerImported(generation, message);
      default:
        return;
    }
  }
}
