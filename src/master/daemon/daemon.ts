/**
 * The daemon: holds what lives as long as the master does, turns what happens into events for the
 * supervisor, and has its effects carried out. What to do is decided in src/supervision.
 */
import { createClock, type Timers } from '../../base/clock.ts';
import { processMemory } from '../../processes/memory.ts';
import { levelNamed, type Logger } from '../../log/logger.ts';
import { FOR_THE_LOG } from '../../protocol/control-messages.ts';
import type { SystemdView } from '../../protocol/snapshot.ts';
import type { SlotOf } from '../../supervision/events.ts';
import { serving, type Fleet, type Plan } from '../../supervision/fleet.ts';
import type { Notifier } from '../../systemd/notify.ts';
import type { WatchdogTimes } from '../../systemd/watchdog.ts';
import { LifecycleLog } from '../reporting/lifecycle-log.ts';
import { ChildMessages } from './child-messages.ts';
import type { Configuration } from '../settings/configuration.ts';
import type { Configurations } from '../settings/configurations.ts';
import { Effects } from './effects.ts';
import { Ends } from './ends.ts';
import { Gateways } from '../children/gateways.ts';
import type { FleetReport } from '../reporting/snapshot.ts';
import { HealthNews } from './health-news.ts';
import { Heartbeat } from './heartbeat.ts';
import { Jobs } from '../jobs/jobs.ts';
import type { Listener } from '../listeners/open.ts';
import { RequestTotals } from '../reporting/request-totals.ts';
import { Loop } from './loop.ts';
import { MemoryWatch } from './memory-watch.ts';
import { isRunningProcess } from './progress.ts';
import { Reports } from './reports.ts';
import { servingGeneration } from './serving-generation.ts';
import { ServiceStatus } from '../reporting/service-status.ts';
import type { ChildEnd } from '../children/spawn.ts';
import { Spawners } from '../children/spawners.ts';
import type { KeptCaches } from '../keeping/kept-caches.ts';
import type { WorkerGroups } from '../children/cgroups.ts';

export interface DaemonParts {
  readonly logger: Logger;
  readonly notifier: Notifier;
  readonly timers: Timers;
  readonly watchdog: WatchdogTimes | undefined;
  /** ms since 1970. */
  readonly dateMs: () => number;
  readonly systemd: SystemdView;
  readonly lifelineFd: number;
  readonly sharedFd: number;
  readonly keptCaches: KeptCaches;
  /** What the application has as descriptors 1 and 2. */
  readonly outputFd: number;
  /** Where gateways write request lines, if not with the others. */
  readonly requestLogFd: number | undefined;
  /** A log that does not end with Reeve. */
  readonly lastingLogFd: number;
  readonly programs: { readonly gateway: string; readonly launcher: string };
  readonly gatewayEnvironment: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly groups: WorkerGroups;
  readonly configurations: Configurations;
  readonly onReady: () => void;
  /** Runs hook-master-start; resolves to why one failed, '' where none has. */
  readonly runStartHooks: (settings: Configuration['settings']) => Promise<string>;
  /** The daemon stops: these take no clients any more. */
  readonly onListenersObsolete: (listeners: readonly Listener[]) => void;
  /** A reload has given these up. */
  readonly onListenersDropped: (listeners: readonly Listener[]) => void;
  readonly onEnded: (exitCode: number) => void;
  /** No request has come for the time that `idle` sets. */
  readonly onIdle: () => void;
  /** Source files of the application; a change in one is a reason to reload (py-autoreload). */
  readonly onModules: (files: readonly string[]) => void;
}

export class Daemon {
  readonly #parts: DaemonParts;
  readonly #clock = createClock();
  readonly #ends = new Ends(this.#clock.now);
  readonly #loop: Loop;
  readonly #gateways: Gateways;
  readonly #spawners: Spawners;
  readonly #service: ServiceStatus;
  readonly lifecycleLog: LifecycleLog;
  readonly #effects: Effects;
  readonly #heartbeat: Heartbeat;
  readonly reports: Reports;
  readonly #messages: ChildMessages;
  readonly #jobs: Jobs;
  readonly #totals = new RequestTotals();
  readonly #health = new HealthNews((epoch, message) => this.#gateways.send(epoch, message));
  /** Told after each turn; the control socket's commands wait for what they have asked. */
  readonly watchers = new Set<(fleet: Fleet) => void>();

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#service = this.#newService();
    this.lifecycleLog = new LifecycleLog(parts.logger, this.#service, parts.dateMs);
    this.#loop = this.#newLoop();
    this.#gateways = this.#newGateways();
    this.#spawners = this.#newSpawners();
    this.#jobs = this.#newJobs();
    const known = {
      loop: this.#loop,
      gateways: this.#gateways,
      spawners: this.#spawners,
      lifecycleLog: this.lifecycleLog,
      service: this.#service,
      timers: parts.timers,
      jobs: this.#jobs,
      totals: this.#totals,
    };
    this.#effects = new Effects({ ...parts, ...known });
    this.reports = new Reports({
      ...parts,
      ...known,
      fleet: () => this.fleet,
      now: this.#clock.now,
    });
    this.#messages = new ChildMessages({ ...parts, ...known, reports: this.reports });
    this.#heartbeat = new Heartbeat({
      ...known,
      watchdog: parts.watchdog,
      alive: parts.notifier.alive,
      onSlept: (sleptMs) => this.lifecycleLog.slept(sleptMs),
      memory: new MemoryWatch({
        measure: processMemory,
        report: (workers) => this.#loop.post({ kind: 'memory', workers }),
      }),
      progress: {
        spawnerPid: (generation) => this.#spawners.pidOf(generation),
        gatewayPid: (epoch) => this.#gateways.pidOf(epoch),
        isRunning: isRunningProcess,
        areJobsEnding: () => this.#jobs.isEnding,
      },
    });
  }

  #newService(): ServiceStatus {
    const { notifier, configurations } = this.#parts;
    return new ServiceStatus({
      notifier,
      fleet: () => this.fleet,
      now: this.#clock.now,
      application: () => configurations.newest?.applicationNames ?? '',
      jobs: () => this.#jobs.line(),
    });
  }

  #newLoop(): Loop {
    return new Loop({
      clock: this.#clock,
      afterStep: (fleet) => this.#parts.configurations.follow(serving(fleet)?.plan),
      carryOut: (effect) => this.#effects.carryOut(effect),
      afterTurn: (fleet) => {
        this.#health.look(fleet);
        if (fleet.phase === 'stopping') {
          this.#effects.closeListeners();
          this.#jobs.quiesce();
        }
        this.#jobs.signals.look();
        for (const watch of [...this.watchers]) watch(fleet);
      },
    });
  }

  #newGateways(): Gateways {
    const { timers, lifelineFd, outputFd, requestLogFd, gatewayEnvironment, programs, logger } =
      this.#parts;
    return new Gateways({
      timers,
      lifelineFd,
      outputFd,
      requestLogFd,
      environment: gatewayEnvironment,
      program: programs.gateway,
      onMessage: (epoch, message) => this.#messages.ofGateway(epoch, message),
      onEnd: (epoch, end) =>
        this.#loop.post({ kind: 'gateway-exited', epoch, ...this.#ends.describe(end) }),
      onProblem: (epoch, sentence) =>
        logger.error('gateway.problem', { epoch }, `the gateway ${sentence}`),
    });
  }

  #newSpawners(): Spawners {
    const { lifelineFd, sharedFd, outputFd, programs, groups, logger, timers, keptCaches } =
      this.#parts;
    return new Spawners({
      keptFds: (caches) => keptCaches.descriptorsOf(caches),
      lifelineFd,
      sharedFd,
      timers,
      groups,
      program: programs.launcher,
      logFd: outputFd,
      onMessage: (generation, message) => this.#messages.ofSpawner(generation, message),
      onEnd: (generation, end) =>
        this.#loop.post({ kind: 'spawner-exited', generation, ...this.#ends.describe(end) }),
      onWorkerEnd: (at, pid, end) => this.#workerEnded(at, pid, end),
      onProblem: (generation, sentence) =>
        logger.error('spawner.problem', { generation }, `the spawner ${sentence}`),
    });
  }

  #newJobs(): Jobs {
    const { logger, timers, dateMs, lifelineFd, lastingLogFd: logFd, programs } = this.#parts;
    return new Jobs({
      logger,
      timers,
      dateMs,
      lifelineFd,
      logFd,
      program: programs.launcher,
      describe: (end) => this.#ends.describe(end).how,
      serving: () => servingGeneration(this.fleet, this.#parts.configurations),
      sendToGateway: (epoch, message) => this.#gateways.send(epoch, message),
      sendToJobs: (generation, number, mailboxes) =>
        this.#spawners.signal(generation, number, mailboxes),
      onTouched: (jobs, file) => {
        logger.info('job.renewed', { jobs }, `${file} has been touched: ${jobs}s are started anew`);
        this.#loop.post({ kind: 'renew-jobs', jobs });
      },
      onControlEnded: (name) => this.stop('drain', `the daemon ${name} has ended (control)`),
    });
  }

  get fleet(): Fleet {
    return this.#loop.fleet;
  }

  /** Starts with the configuration that is in force. */
  start(): void {
    const plan = this.#adopt(this.#parts.configurations.inForce);
    this.#loop.post({ kind: 'start', plan });
    this.#heartbeat.start();
  }

  /** A chain reload replaces worker by worker; a brutal one hardly waits for requests. */
  reload(configuration: Configuration, how: 'as-configured' | 'chain' | 'brutal'): void {
    const plan = this.#adopt(configuration);
    const isChain = how === 'chain' ? ({ reloadMode: 'rolling' } as const) : {};
    this.#loop.post({
      kind: 'reload',
      plan: { ...plan, ...isChain, hurriesOld: how === 'brutal' },
    });
  }

  /** systemd is told first, and only of the first request to stop. */
  stop(how: 'drain' | 'now', why: string): void {
    const isFirst = this.fleet.phase === 'starting' || this.fleet.phase === 'serving';
    const first = this.fleet.suspended && how === 'drain' ? '; what waits is served first' : '';
    if (isFirst) this.lifecycleLog.stopping(`${why}${first}`);
    const delayMs = this.#parts.configurations.settings['shutdown-delay'] * 1000;
    this.#loop.post(how === 'drain' ? { kind: 'stop', delayMs } : { kind: 'stop-now' });
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
    this.lifecycleLog.fleet(this.fleet, this.#clock.now(), memoryOf);
    this.#gateways.sendAll({ type: 'report-status', number: FOR_THE_LOG });
  }

  /** What runs, with the gateways' own reports. */
  report(): Promise<FleetReport> {
    return this.reports.ofFleet();
  }

  scaleBy(change: number): void {
    this.#loop.post({ kind: 'scale-by', change });
  }

  sleep(why: string): void {
    this.#loop.post({ kind: 'sleep', why });
  }

  scale(workers: number): void {
    this.#loop.post({ kind: 'scale', workers });
  }

  /** Until the daemon ends. */
  setLogLevel(level: string): void {
    this.#messages.logLevel = level;
    this.#parts.logger.setLevel(levelNamed(level));
    this.#gateways.sendAll({ type: 'log-level', level });
  }

  /** Stops the beat; the daemon has ended. */
  close(): void {
    this.#heartbeat.close();
  }

  #adopt(configuration: Configuration): Plan {
    const { plan, isNewGateway } = this.#parts.configurations.adopt(
      configuration,
      serving(this.fleet)?.plan,
    );
    const { listeners, gateway: settings } = configuration;
    const listenerFds = listeners.map((listener) => listener.fd);
    if (isNewGateway) this.#gateways.add(plan.gateway, { listenerFds, settings });
    return plan;
  }

  #workerEnded(at: SlotOf, pid: number, end: ChildEnd): void {
    const { generation, slot } = at;
    const ended = this.#ends.describe(end);
    const { how } = ended;
    const { code, signal, isOutOfMemory = false } = end;
    const facts = { how, code, signal, isOutOfMemory };
    this.#gateways.sendAll({ type: 'worker-exited', generation, slot, pid, ...facts });
    this.#loop.post({ kind: 'worker-exited', generation, slot, pid, ...ended });
  }
}
