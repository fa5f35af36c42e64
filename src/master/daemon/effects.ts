/**
 * Carries out what the supervisor has decided: commands to gateways and spawners, unused
 * listeners closed, milestones reported.
 */
import type { Timers } from '../../base/clock.ts';
import { giveMemoryBackSoon } from '../../base/memory.ts';
import type { Logger } from '../../log/logger.ts';
import type { Effect, SlotOf, SlowStart } from '../../supervision/events.ts';
import { plansInUse, serving, type Fleet } from '../../supervision/fleet.ts';
import { jobOf } from '../../supervision/job-processes.ts';
import { isStillSlow as isStillSlowIn } from '../../supervision/slow-starts.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { LifecycleLog, Milestone } from '../reporting/lifecycle-log.ts';
import type { Configuration } from '../settings/configuration.ts';
import type { Configurations } from '../settings/configurations.ts';
import type { Gateways } from '../children/gateways.ts';
import { closeListeners } from '../listeners/listeners.ts';
import type { Listener } from '../listeners/open.ts';
import type { Loop } from './loop.ts';
import { showStacks } from './show-stacks.ts';
import { spawnerSettings } from '../settings/plan.ts';
import type { RequestTotals } from '../reporting/request-totals.ts';
import type { ServiceStatus } from '../reporting/service-status.ts';
import type { Spawners } from '../children/spawners.ts';

/** How long a drain lets a client rest that may be about to send. */
const REST_MAX_MS = 2_000;

type GatewayCommand = Exclude<
  Extract<Effect, { readonly epoch: number }>,
  { readonly kind: 'gateway-lost' }
>;

export interface EffectsParts {
  readonly loop: Loop;
  readonly logger: Logger;
  readonly service: ServiceStatus;
  readonly gateways: Gateways;
  readonly spawners: Spawners;
  readonly configurations: Configurations;
  readonly lifecycleLog: LifecycleLog;
  readonly totals: RequestTotals;
  readonly logFile: string;
  readonly timers: Timers;
  readonly jobs: Jobs;
  readonly onReady: () => void;
  readonly runStartHooks: (settings: Configurations['settings']) => Promise<string>;
  /** The daemon stops: these take no clients any more. */
  readonly onListenersObsolete: (listeners: readonly Listener[]) => void;
  /** A reload has given these up. */
  readonly onListenersDropped: (listeners: readonly Listener[]) => void;
  readonly onEnded: (exitCode: number) => void;
}

export class Effects {
  readonly #parts: EffectsParts;

  constructor(parts: EffectsParts) {
    this.#parts = parts;
  }

  carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'say':
        return this.#parts.lifecycleLog.said(effect);
      case 'start-spawner':
        return this.#startSpawner(effect.generation);
      case 'run-hooks':
        return this.#runHooks(effect.generation);
      case 'end-spawner':
        return this.#parts.spawners.end(effect.generation);
      case 'kill-spawner':
        return this.#parts.spawners.kill(effect.generation);
      case 'forget-generation':
        return this.#parts.spawners.forget(effect.generation);
      case 'fork-worker':
        return this.#forkWorker(effect);
      case 'fork-job':
        // The gateway need not know of it.
        return this.#parts.spawners.fork(effect, () => {});
      case 'end-job':
        if (this.#fleet.phase === 'stopping') this.#parts.spawners.announceStop();
        return this.#parts.spawners.endJob(effect, effect.pid);
      case 'kill-worker':
        return this.#parts.spawners.killWorker(effect, effect.pid);
      case 'ping-spawner':
        return this.#parts.spawners.ping(effect.generation, effect.number);
      case 'ready':
      case 'reloaded':
      case 'reload-failed':
        this.#parts.lifecycleLog.milestone(effect, this.#parts.configurations.inForce);
        if (effect.kind === 'ready') this.#parts.onReady();
        this.#tellJobs(effect);
        giveMemoryBackSoon();
        return this.#closeUnused();
      case 'gateway-lost':
        return this.#parts.lifecycleLog.gatewayLost(effect);
      case 'show-stacks':
        return this.#showStacks(effect);
      case 'start-failed':
        return this.#parts.service.failed(effect);
      case 'ended':
        return void this.#endJobs(effect.exitCode);
      default:
        return this.#commandGateway(effect);
    }
  }

  /** A spawner that is replaced runs the same code: only a reload concerns the jobs. */
  #tellJobs(effect: Milestone): void {
    const { jobs, configurations } = this.#parts;
    if (effect.kind === 'ready') jobs.begin(configurations.inForce);
    if (effect.kind === 'reloaded' && effect.asked) jobs.reloaded(configurations.inForce);
  }

  /** They may have been needed until the last worker left. */
  async #endJobs(exitCode: number): Promise<void> {
    const { stopAtMs } = this.#fleet;
    const nowMs = this.#parts.timers.now();
    await this.#parts.jobs.end(Math.max((stopAtMs ?? nowMs) - nowMs, 0));
    this.#parts.onEnded(exitCode);
  }

  #commandGateway(effect: GatewayCommand): void {
    const gateways = this.#parts.gateways;
    const { epoch } = effect;
    switch (effect.kind) {
      case 'start-gateway':
        this.#parts.lifecycleLog.counts.gatewayStarts += 1;
        return gateways.start(epoch);
      case 'brief-gateway':
        return this.#brief(effect);
      case 'open-gateway':
        return gateways.send(epoch, { type: 'open' });
      case 'ping-gateway':
        return gateways.send(epoch, { type: 'ping', number: effect.number });
      case 'drain-gateway':
        return gateways.send(epoch, { type: 'drain', restMaxMs: this.#restMaxMs() });
      case 'end-gateway':
        return gateways.end(epoch);
      case 'kill-gateway':
        return gateways.kill(epoch);
      case 'forget-gateway':
        this.#parts.totals.forget(epoch);
        return gateways.forget(epoch);
      case 'switch':
        return gateways.send(epoch, { type: 'switch', enable: effect.enable, drain: effect.drain });
      case 'application':
        return gateways.send(epoch, { type: 'application', state: effect.state });
      case 'suspend':
        return gateways.send(epoch, { type: effect.suspended ? 'suspend' : 'resume' });
      default:
        effect satisfies never;
    }
  }

  #brief(effect: Extract<Effect, { kind: 'brief-gateway' }>): void {
    const { epoch, enable, drain, open, suspended, application } = effect;
    for (const generation of this.#fleet.generations) {
      if (generation.plan.gateway !== epoch) continue;
      for (const { slot, token } of this.#parts.spawners.workersOf(generation.number)) {
        if (jobOf(generation, slot) !== undefined) continue;
        this.#expectWorker(epoch, { generation: generation.number, slot }, token);
      }
    }
    this.#parts.gateways.send(epoch, { type: 'switch', enable, drain });
    const state = application ? 'present' : 'absent';
    this.#parts.gateways.send(epoch, { type: 'application', state });
    if (suspended) this.#parts.gateways.send(epoch, { type: 'suspend' });
    if (open) this.#parts.gateways.send(epoch, { type: 'open' });
  }

  #startSpawner(number: number): void {
    const plan = this.#parts.loop.planOf(number);
    const configuration = this.#parts.configurations.of(plan);
    const settings = spawnerSettings({
      settings: configuration.settings,
      generation: number,
      applications: configuration.applications,
      channel: this.#parts.gateways.channelOf(plan.gateway),
      titles: configuration.titles,
      logFile: this.#parts.logFile,
      journal: configuration.journal,
      spool: configuration.spool,
      jobTitleOf: (name) => configuration.titles.job.replace('%s', () => name),
      moduleFacts: configuration.moduleFacts,
      mayLack: plan.needApplication ? [] : this.#mayLack(configuration),
    });
    const { python, directory: cwd, environment } = configuration;
    const { mercyMs } = plan;
    const { optimize, 'honour-stdin': hasInput } = configuration.settings;
    const start = { hasInput, settings, python, optimize, cwd, environment, mercyMs };
    this.#parts.spawners.start(number, start);
  }

  /** need-app = false: what serves already has to load again, where something serves. */
  #mayLack({ applications }: Configuration): readonly string[] {
    const old = serving(this.#parts.loop.fleet);
    if (old !== undefined) return this.#parts.spawners.absentIn(old.number);
    return applications.map(({ mount }) => mount);
  }

  /** hook-master-start, with the settings of that generation. */
  #runHooks(generation: number): void {
    const { loop, configurations, runStartHooks } = this.#parts;
    const { settings } = configurations.of(loop.planOf(generation));
    void runStartHooks(settings).then((sentence) => {
      loop.post({ kind: 'hooks-ended', generation, sentence });
    });
  }

  #showStacks(slow: SlowStart): void {
    const { spawners, logger, timers } = this.#parts;
    const { worker, generation } = slow;
    const pid = worker === undefined ? spawners.pidOf(generation) : worker.pid;
    const isStillSlow = () => isStillSlowIn(this.#fleet, slow);
    void showStacks(slow, pid, { logger, timers, isStillSlow });
  }

  #forkWorker(at: SlotOf): void {
    const plan = this.#parts.loop.planOf(at.generation);
    this.#parts.spawners.fork(at, (token) => this.#expectWorker(plan.gateway, at, token));
  }

  #expectWorker(epoch: number, at: SlotOf, token: string): void {
    const { loop, configurations } = this.#parts;
    const { threads } = configurations.of(loop.planOf(at.generation)).settings;
    const { generation, slot } = at;
    this.#parts.gateways.send(epoch, { type: 'expect-worker', generation, slot, token, threads });
  }

  /** A stop refuses new clients at once, as they would wait for an answer that never comes. */
  closeListeners(): void {
    const listeners = this.#parts.configurations.takeListeners();
    if (listeners.length === 0) return;
    this.#parts.onListenersObsolete(listeners);
  }

  /** A silent client must not use up the workers' whole mercy. */
  #restMaxMs(): number {
    const { settings } = this.#parts.configurations;
    return Math.min(REST_MAX_MS, (settings['worker-reload-mercy'] * 1_000) / 2);
  }

  /** After a reload, successful or not: what no configuration needs any more is closed. */
  #closeUnused(): void {
    const plans = plansInUse(this.#fleet);
    const unused = this.#parts.configurations.dropUnused(plans);
    // A socket of a socket unit may be named again by a later reload.
    const listeners = unused.filter((listener) => listener.keeper === 'reeve');
    this.#parts.onListenersDropped(listeners);
    const problems = closeListeners(listeners, 'vacuum');
    const bound = listeners.map((listener) => listener.bound);
    this.#parts.lifecycleLog.closed(bound, problems);
    const needed = new Set([
      ...this.#fleet.gateways.map((gateway) => gateway.epoch),
      ...plans.needed.map((plan) => plan.gateway),
    ]);
    for (const epoch of this.#parts.gateways.epochs) {
      if (!needed.has(epoch)) this.#parts.gateways.forget(epoch);
    }
  }

  get #fleet(): Fleet {
    return this.#parts.loop.fleet;
  }
}
