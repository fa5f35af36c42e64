/**
 * The daemon: holds what lives as long as the master does, turns what happens into events for the
 * supervisor, and carries its effects out. What to do is decided in src/supervision.
 */
import { availableParallelism, constants } from 'node:os';

import { createClock } from '../base/clock.ts';
import type { Logger } from '../log/logger.ts';
import type { FromGateway, FromSpawner } from '../protocol/control-messages.ts';
import type { Effect, SlotOf } from '../supervision/events.ts';
import { generationOf, serving, type Fleet, type Plan } from '../supervision/fleet.ts';
import type { Notifier } from '../systemd/notify.ts';
import type { Configuration } from './configuration.ts';
import { Gateways } from './gateways.ts';
import { closeListeners, type Listener } from './listeners.ts';
import { Loop } from './loop.ts';
import { planOf, spawnerSettings } from './plan.ts';
import type { ChildEnd } from './spawn.ts';
import { Spawners } from './spawners.ts';
import { fleetLines, gatewayLines, statusLine } from './status.ts';

export interface DaemonParts {
  readonly logger: Logger;
  readonly notifier: Notifier;
  readonly lifelineFd: number;
  /** What the application has as descriptors 1 and 2. */
  readonly outputFd: number;
  readonly programs: { readonly gateway: string; readonly spawner: string };
  readonly gatewayEnvironment: Readonly<Record<string, string>>;
  readonly logFile: string;
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
  readonly #configurations = new Map<number, Configuration>();
  #newest: Plan | undefined;
  #nextConfiguration = 1;
  #nextEpoch = 1;
  #status = '';
  #drainIsSaid = false;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    const lifelineFd = () => parts.lifelineFd;
    this.#loop = new Loop(
      this.#clock,
      (effect) => this.#carryOut(effect),
      (fleet) => this.#afterTurn(fleet),
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
      program: parts.programs.spawner,
      logFd: () => parts.outputFd,
      onMessage: (generation, message) => this.#takeSpawnerMessage(generation, message),
      onEnd: (generation, end) =>
        this.#loop.post({ kind: 'spawner-exited', generation, how: howEnded(end) }),
      onWorkerEnd: (at, pid, end) => this.#workerEnded(at, pid, end),
      onProblem: (generation, sentence) =>
        parts.logger.error('spawner.problem', { generation }, `the spawner ${sentence}`),
    });
  }

  get fleet(): Fleet {
    return this.#loop.fleet;
  }

  /** The number that the next configuration must have. */
  nextConfiguration(): number {
    return this.#nextConfiguration;
  }

  /** The configuration that serves; before anything does, the newest. */
  current(): Configuration | undefined {
    const number = serving(this.fleet)?.plan.configuration ?? this.#newest?.configuration;
    return number === undefined ? undefined : this.#configurations.get(number);
  }

  /** Every listener that is open, whether it is used or about to be. */
  listeners(): readonly Listener[] {
    const all = [...this.#configurations.values()].flatMap((each) => [...each.listeners]);
    return [...new Map(all.map((listener) => [listener.fd, listener])).values()];
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
    const { logger } = this.#parts;
    logger.info('status', {}, statusLine(this.fleet));
    for (const line of fleetLines(this.fleet, this.#clock.now())) logger.info('status', {}, line);
    this.#gateways.sendAll({ type: 'report-status' });
  }

  /** Makes a plan of a configuration: with the gateway that serves now, if it can serve it. */
  #adopt(configuration: Configuration): Plan {
    const current = this.current();
    const serves = serving(this.fleet)?.plan ?? this.#newest;
    const keepsGateway =
      serves !== undefined && current?.gatewayIdentity === configuration.gatewayIdentity;
    const gateway = keepsGateway ? serves.gateway : this.#nextEpoch;
    if (!keepsGateway) {
      this.#nextEpoch += 1;
      const { listeners, gateway: settings } = configuration;
      this.#gateways.add(gateway, { listeners, settings });
    }
    this.#configurations.set(configuration.number, configuration);
    this.#nextConfiguration = configuration.number + 1;
    this.#newest = planOf({
      settings: configuration.settings,
      configuration: configuration.number,
      gateway,
      applications: configuration.applications.length,
      cores: availableParallelism(),
    });
    return this.#newest;
  }

  #carryOut(effect: Effect): void {
    const { logger } = this.#parts;
    switch (effect.kind) {
      case 'say':
        return logger[effect.level](effect.event, effect.fields, effect.sentence);
      case 'start-spawner':
        return this.#startSpawner(effect.generation);
      case 'end-spawner':
        return this.#spawners.end(effect.generation);
      case 'kill-spawner':
        return this.#spawners.kill(effect.generation);
      case 'forget-generation':
        return this.#spawners.forget(effect.generation);
      case 'fork-worker':
        return this.#forkWorker(effect);
      case 'signal-worker':
        return this.#spawners.signal(effect, effect.pid, effect.signal);
      case 'ready':
      case 'reloaded':
      case 'reload-failed':
      case 'ended':
        return this.#announce(effect);
      default:
        return this.#commandGateway(effect);
    }
  }

  #commandGateway(effect: Extract<Effect, { readonly epoch: number }>): void {
    const gateways = this.#gateways;
    const { epoch } = effect;
    switch (effect.kind) {
      case 'start-gateway':
        return gateways.start(epoch);
      case 'brief-gateway':
        return this.#brief(effect);
      case 'open-gateway':
        return gateways.send(epoch, { type: 'open' });
      case 'drain-gateway':
        return gateways.send(epoch, { type: 'drain' });
      case 'end-gateway':
        return gateways.end(epoch);
      case 'kill-gateway':
        return gateways.kill(epoch);
      case 'forget-gateway':
        return gateways.forget(epoch);
      case 'switch':
        return gateways.send(epoch, { type: 'switch', enable: effect.enable, drain: effect.drain });
      case 'application':
        return gateways.send(epoch, { type: 'application', present: effect.present });
      case 'suspend':
        return gateways.send(epoch, { type: effect.suspended ? 'suspend' : 'resume' });
      default:
        effect satisfies never;
    }
  }

  #brief(effect: Extract<Effect, { kind: 'brief-gateway' }>): void {
    const { epoch, enable, open, suspended, application } = effect;
    for (const generation of this.fleet.generations) {
      if (generation.plan.gateway !== epoch) continue;
      for (const { slot, token } of this.#spawners.workersOf(generation.number)) {
        this.#expectWorker(epoch, { generation: generation.number, slot }, token);
      }
    }
    this.#gateways.send(epoch, { type: 'switch', enable, drain: [] });
    this.#gateways.send(epoch, { type: 'application', present: application });
    if (suspended) this.#gateways.send(epoch, { type: 'suspend' });
    if (open) this.#gateways.send(epoch, { type: 'open' });
  }

  #startSpawner(number: number): void {
    const { plan, configuration } = this.#of(number);
    const settings = spawnerSettings({
      settings: configuration.settings,
      generation: number,
      applications: configuration.applications,
      channel: this.#gateways.channelOf(plan.gateway),
      titles: configuration.titles,
      logFile: this.#parts.logFile,
    });
    const { python, directory: cwd, environment } = configuration;
    this.#spawners.start(number, { settings, python, cwd, environment });
  }

  #forkWorker(at: SlotOf): void {
    const { plan } = this.#of(at.generation);
    this.#spawners.fork(at, (token) => this.#expectWorker(plan.gateway, at, token));
  }

  #expectWorker(epoch: number, at: SlotOf, token: string): void {
    const threads = this.#of(at.generation).configuration.settings.threads;
    const { generation, slot } = at;
    this.#gateways.send(epoch, { type: 'expect-worker', generation, slot, token, threads });
  }

  #workerEnded(at: SlotOf, pid: number, end: ChildEnd): void {
    const { generation, slot } = at;
    const how = howEnded(end);
    this.#gateways.sendAll({ type: 'worker-exited', generation, slot, pid, how });
    this.#loop.post({ kind: 'worker-exited', generation, slot, pid, how });
  }

  #takeGatewayMessage(epoch: number, message: FromGateway): void {
    const { logger } = this.#parts;
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
        const { generation, slot, reason } = message;
        logger.info(
          'worker.retired',
          { slot, generation },
          `worker ${slot} is replaced: ${reason}`,
        );
        return this.#loop.post({ kind: 'worker-due', generation, slot, reason });
      }
      case 'worker-overran': {
        const { generation, slot, othersRunning } = message;
        return this.#loop.post({ kind: 'worker-overran', generation, slot, othersRunning });
      }
      case 'draining':
        return this.#sayDraining(message.running, message.queued);
      case 'status':
        for (const line of gatewayLines(message)) logger.info('status', { epoch }, line);
        return;
      default:
        message satisfies never;
    }
  }

  #sayDraining(running: number, queued: number): void {
    if (this.#drainIsSaid || this.fleet.phase !== 'stopping' || running + queued === 0) return;
    this.#drainIsSaid = true;
    const seconds = this.current()?.settings['worker-reload-mercy'] ?? 0;
    const count = running + queued;
    const requests = count === 1 ? '1 request' : `${count} requests`;
    const sentence = `waiting for ${requests}, at most ${seconds} s`;
    this.#parts.logger.info('stop.waiting', { running, queued }, sentence);
  }

  #takeSpawnerMessage(generation: number, message: FromSpawner): void {
    switch (message.type) {
      case 'imported':
        this.#sayImported(generation, message);
        return this.#loop.post({ kind: 'imported', generation });
      case 'import-failed':
        return this.#loop.post({ kind: 'import-failed', generation, sentence: message.sentence });
      case 'forked': {
        const { slot, pid } = message;
        this.#sayForked(generation, slot, pid);
        return this.#loop.post({ kind: 'forked', generation, slot, pid });
      }
      case 'fork-failed':
        return this.#loop.post({ ...message, kind: 'fork-failed', generation });
      case 'worker-failed':
        return this.#loop.post({ ...message, kind: 'worker-failed', generation });
      case 'modules':
        return this.#parts.onModules(message.files);
      case 'worker-started': {
        const { slot, seconds } = message;
        const sentence = `worker ${slot} has imported the application in ${seconds.toFixed(1)} s`;
        return this.#parts.logger.debug('worker.imported', { slot, generation }, sentence);
      }
      default:
        return;
    }
  }

  #sayImported(generation: number, message: Extract<FromSpawner, { type: 'imported' }>): void {
    const { logger } = this.#parts;
    if (this.#of(generation).configuration.settings['lazy-apps']) return;
    const sentence = `WSGI app ready in ${message.seconds.toFixed(1)} seconds, imported once; workers are forked from it`;
    logger.info('application.imported', { generation, seconds: message.seconds }, sentence);
    if (message.extraThreads === 0) return;
    const named = message.threadNames.length === 0 ? '' : ` (${message.threadNames.join(', ')})`;
    logger.warn(
      'application.threads',
      { generation, threads: message.extraThreads },
      `the application started ${message.extraThreads} threads${named} while it was imported; ` +
        `they do not exist in the forked workers, which may hang: set lazy-apps = true`,
    );
  }

  #sayForked(generation: number, slot: number, pid: number): void {
    const cores = this.#of(generation).configuration.settings.threads;
    const sentence = `spawned Reeve worker ${slot} (pid: ${pid}, cores: ${cores})`;
    this.#parts.logger.info('worker.spawned', { slot, pid, generation }, sentence);
  }

  #announce(
    effect: Extract<Effect, { kind: 'ready' | 'reloaded' | 'reload-failed' | 'ended' }>,
  ): void {
    const { logger, notifier } = this.#parts;
    if (effect.kind === 'ended') return this.#parts.onEnded(effect.exitCode);
    if (effect.kind === 'ready') {
      const where =
        this.current()
          ?.listeners.map((listener) => listener.bound)
          .join(', ') ?? '';
      logger.info('daemon.ready', {}, `ready, serving on ${where}`);
      notifier.ready(statusLine(this.fleet));
      this.#parts.onReady();
    } else if (effect.kind === 'reloaded') {
      const { generation, asked } = effect;
      const sentence = asked
        ? `generation ${generation} serves now; the old one finishes what it is running`
        : `the workers have been replaced from a new spawner (generation ${generation})`;
      logger.info('reload.done', { generation }, sentence);
      notifier.ready(statusLine(this.fleet));
    } else {
      const { generation, sentence } = effect;
      logger.error(
        'reload.failed',
        { generation },
        `${sentence}; the old generation keeps serving`,
      );
      notifier.ready(`reload failed: ${sentence}; ${statusLine(this.fleet)}`);
    }
    this.#closeUnused();
  }

  /** A stop refuses new clients from its first moment, instead of letting them wait in vain. */
  #closeListeners(): void {
    const listeners = this.listeners();
    if (listeners.length === 0) return;
    for (const [number, configuration] of this.#configurations) {
      this.#configurations.set(number, { ...configuration, listeners: [] });
    }
    this.#parts.onListenersObsolete(listeners);
  }

  /** After a reload, whatever its end: what no configuration needs any more is closed. */
  #closeUnused(): void {
    const { fleet } = this;
    const plans = [
      ...fleet.generations.filter((each) => each.role !== 'leaving').map((each) => each.plan),
      ...(fleet.pendingReload === undefined ? [] : [fleet.pendingReload]),
      ...(serving(fleet) === undefined && fleet.lastPlan !== undefined ? [fleet.lastPlan] : []),
    ];
    const before = this.listeners();
    const leaving = new Set(fleet.generations.map((each) => each.plan.configuration));
    const needed = new Set(plans.map((plan) => plan.configuration));
    const kept = new Set(
      [...needed]
        .flatMap((number) => this.#configurations.get(number)?.listeners ?? [])
        .map(({ fd }) => fd),
    );
    const obsolete = before.filter((listener) => !kept.has(listener.fd));
    for (const [number, configuration] of this.#configurations) {
      if (needed.has(number)) continue;
      if (leaving.has(number))
        this.#configurations.set(number, { ...configuration, listeners: [] });
      else this.#configurations.delete(number);
    }
    const problems = closeListeners(obsolete, 'vacuum');
    for (const listener of obsolete) {
      this.#parts.logger.info('listener.closed', {}, `closed ${listener.bound}`);
    }
    for (const problem of problems) this.#parts.logger.warn('listener.problem', {}, problem);
    const epochs = new Set([
      ...fleet.gateways.map((each) => each.epoch),
      ...plans.map((each) => each.gateway),
    ]);
    for (const epoch of this.#gateways.epochs) if (!epochs.has(epoch)) this.#gateways.forget(epoch);
  }

  #afterTurn(fleet: Fleet): void {
    if (fleet.phase === 'stopping') this.#closeListeners();
    const status = statusLine(fleet);
    if (status === this.#status) return;
    this.#status = status;
    if (fleet.everReady && fleet.phase === 'serving') this.#parts.notifier.status(status);
  }

  #of(number: number): { readonly plan: Plan; readonly configuration: Configuration } {
    const plan = generationOf(this.fleet, number)?.plan;
    const configuration = plan && this.#configurations.get(plan.configuration);
    if (plan === undefined || configuration === undefined) {
      throw new Error(`generation ${number} has no configuration`);
    }
    return { plan, configuration };
  }
}
