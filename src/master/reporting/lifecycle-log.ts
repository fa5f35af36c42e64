/**
 * Logs the life of the daemon and reports it to systemd: sentences that need more than the
 * supervisor knows.
 */
import type { Logger } from '../../log/logger.ts';
import type { FromGateway, FromSpawner, GatewayStatus } from '../../protocol/control-messages.ts';
import type { LostThreadsView } from '../../protocol/snapshot.ts';
import type { Effect } from '../../supervision/events.ts';
import type { Fleet } from '../../supervision/fleet.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { Configuration } from '../settings/configuration.ts';
import { ReloadHistory } from './reload-history.ts';
import { ReloadOutcomes } from './reload-outcomes.ts';
import type { ServiceStatus } from './service-status.ts';
import { fleetLines, gatewayLines, type WorkerMemory } from './status-lines.ts';

export type Milestone = Extract<Effect, { kind: 'ready' | 'reloaded' | 'reload-failed' }>;
type Of<Message, Type> = Extract<Message, { type: Type }>;

export interface LifeCounts {
  workerStarts: number;
  /** Those that nobody had asked for. */
  workerDeaths: number;
  gatewayStarts: number;
}

/** No more than these can run at a time. */
const GENERATIONS_KEPT = 16;

export class LifecycleLog {
  readonly #logger: Logger;
  readonly #service: ServiceStatus;
  /** Those that wait for the outcome of a reload. */
  readonly outcomes = new ReloadOutcomes();
  readonly history: ReloadHistory;
  /** Since the daemon began. */
  readonly counts: LifeCounts = { workerStarts: 0, workerDeaths: 0, gatewayStarts: 0 };
  #isDrainLogged = false;
  /** By generation. */
  readonly #lostThreads = new Map<number, LostThreadsView>();

  constructor(logger: Logger, service: ServiceStatus, dateMs: () => number) {
    this.#logger = logger;
    this.#service = service;
    this.history = new ReloadHistory(dateMs);
  }

  /** Ready, or a reload's outcome: it is logged, and systemd is told that we are ready. */
  milestone(effect: Milestone, inForce: Configuration): void {
    switch (effect.kind) {
      case 'ready': {
        const where = inForce.listeners.map(({ bound }) => bound).join(', ');
        const sentence = `ready, serving on ${where}`;
        this.#logger.info('daemon.ready', {}, sentence);
        this.history.add('started', sentence);
        return this.#service.ready();
      }
      case 'reloaded': {
        const { generation, asked } = effect;
        const sentence = asked
          ? `generation ${generation} serves now; the old one finishes what it is running`
          : `the workers have been replaced from a new spawner (generation ${generation})`;
        this.#logger.info('reload.done', { generation }, sentence);
        this.history.add('reloaded', sentence, generation);
        this.outcomes.settle(effect.configuration, { kind: 'reloaded', generation, sentence });
        return this.#service.reloadEnded(asked ? '' : undefined);
      }
      case 'reload-failed': {
        const { generation, sentence, asked, exitCode, isServed } = effect;
        const rest = isServed
          ? 'the old generation keeps serving'
          : 'the old generation has been stopped already: clients wait, or are answered 503, until a ' +
            'new one comes up; it is tried again';
        const whole = `${sentence}; ${rest}`;
        this.#logger.error('reload.failed', { generation }, whole);
        this.history.add('failed', whole, generation);
        this.outcomes.settle(effect.configuration, { kind: 'failed', exitCode, sentence: whole });
        return this.#service.reloadEnded(asked ? sentence : undefined);
      }
      default:
        effect satisfies never;
    }
  }

  /** The master has not run for so long. */
  slept(sleptMs: number): void {
    const seconds = Math.round(sleptMs / 1000);
    const sentence =
      `Reeve did not run for ${seconds} s (suspended, frozen, stopped, or no processor for it); ` +
      'no time limit counts that';
    this.#logger.warn('daemon.slept', { seconds }, sentence);
  }

  /** A reload was requested: systemd shows it from now on. */
  reloadAsked(why: string): void {
    this.#logger.info('reload.asked', {}, `reload: ${why}`);
    this.#service.reloadAsked(why);
  }

  /** Another wish for a reload that is about to be read: they become one. */
  reloadJoined(why: string): void {
    this.#logger.info(
      'reload.asked',
      {},
      `${why}: it becomes one with the reload asked for before`,
    );
  }

  /** Its configuration has been read, and is the supervisor's now. */
  reloadRead(): void {
    this.#service.reloadRead();
  }

  /** A stop has begun meanwhile: there is no outcome. */
  reloadOvertaken(): void {
    this.outcomes.giveUp('Reeve is being stopped', exitCodes.unavailable);
  }

  /** Its configuration is refused: nothing has changed. */
  reloadRefused(sentence: string): void {
    const whole = `reload refused: ${sentence}; everything stays as it was`;
    this.#logger.error('reload.refused', {}, whole);
    this.history.add('refused', whole);
    this.#service.reloadRefused(sentence);
  }

  /** The first step of a stop. */
  stopping(why: string): void {
    this.#service.stopping(why);
    this.#logger.info('stop.asked', {}, `stopping: ${why}`);
    this.reloadOvertaken();
  }

  /** What the supervisor has to say. */
  said({ level, event, fields, sentence }: Extract<Effect, { kind: 'say' }>): void {
    if (event === 'worker.exited' && level === 'error') this.counts.workerDeaths += 1;
    this.#logger[level](event, fields, sentence);
  }

  gatewayLost({ epoch, sentence }: Extract<Effect, { kind: 'gateway-lost' }>): void {
    this.#logger.error('gateway.lost', { epoch }, sentence);
    this.#service.hopeless(sentence);
  }

  /** For SIGUSR1: everything that runs. */
  fleet(fleet: Fleet, nowMs: number, memoryOf: WorkerMemory): void {
    for (const line of [this.#service.line(), ...fleetLines(fleet, nowMs, memoryOf)]) {
      this.#logger.info('status', {}, line);
    }
  }

  /** For SIGUSR1: the gateway's part. */
  gateway(epoch: number, message: GatewayStatus): void {
    for (const line of gatewayLines(message)) this.#logger.info('status', { epoch }, line);
  }

  /** Once in a stop: the requests that it waits for. */
  draining(message: Of<FromGateway, 'draining'>, mercySeconds: number): void {
    const { running, queued } = message;
    const count = running + queued;
    this.#service.draining(count);
    if (this.#isDrainLogged || count === 0) return;
    this.#isDrainLogged = true;
    const requests = count === 1 ? '1 request' : `${count} requests`;
    const sentence = `waiting for ${requests}, at most ${mercySeconds} s`;
    this.#logger.info('stop.waiting', { running, queued }, sentence);
  }

  workerDue({ slot, generation, reason }: Of<FromGateway, 'worker-due'>): void {
    const sentence = `worker ${slot} is replaced: ${reason}`;
    this.#logger.info('worker.retired', { slot, generation }, sentence);
  }

  /** Before the import: which Python and which environment it is that may lack a module. */
  interpreter(generation: number, message: Of<FromSpawner, 'interpreter'>): void {
    const { version, executable, environment, prefix } = message;
    const where = environment === '' ? 'no virtual environment' : `environment ${environment}`;
    const sentence = `Python ${version} (${executable}), ${where}, sys.prefix ${prefix}`;
    const fields = { generation, version, executable, environment, prefix };
    this.#logger.info('application.interpreter', fields, sentence);
  }

  /** The import in the spawner; threads that it started do not exist in the workers. */
  imported(generation: number, message: Of<FromSpawner, 'imported'>): void {
    const { seconds, extraThreads: threads, threadNames } = message;
    const sentence = `WSGI app ready in ${seconds.toFixed(1)} seconds, imported once; workers are forked from it`;
    this.#logger.info('application.imported', { generation, seconds }, sentence);
    this.#lostThreads.set(generation, { count: threads, names: threadNames });
    const [oldest] = this.#lostThreads.keys();
    if (this.#lostThreads.size > GENERATIONS_KEPT) this.#lostThreads.delete(oldest ?? 0);
    if (threads === 0) return;
    const isOne = threads === 1;
    const warning =
      `the application started ${isOne ? '1 thread' : `${threads} threads`}` +
      `${threadsInWords(threads, threadNames)} while it was imported; ` +
      `${isOne ? 'it does' : 'they do'} not exist in the forked workers, which may hang: ` +
      `set lazy-apps = true`;
    this.#logger.warn('application.threads', { generation, threads }, warning);
  }

  /** Threads that the application of a generation has started before its workers were forked. */
  lostThreads(generation: number): LostThreadsView {
    return this.#lostThreads.get(generation) ?? { count: 0, names: [] };
  }

  forked(generation: number, { slot, pid }: Of<FromSpawner, 'forked'>, cores: number): void {
    this.counts.workerStarts += 1;
    const sentence = `spawned Reeve worker ${slot} (pid: ${pid}, cores: ${cores})`;
    this.#logger.info('worker.spawned', { slot, pid, generation }, sentence);
  }

  workerImported(generation: number, message: Of<FromSpawner, 'worker-started'>): void {
    const { slot, seconds } = message;
    const sentence = `worker ${slot} has imported the application in ${seconds.toFixed(1)} s`;
    this.#logger.debug('worker.imported', { slot, generation }, sentence);
  }

  /** Listeners that a reload gave up, and what went wrong in closing them. */
  closed(bound: readonly string[], problems: readonly string[]): void {
    for (const each of bound) this.#logger.info('listener.closed', {}, `closed ${each}`);
    for (const problem of problems) this.#logger.warn('listener.problem', {}, problem);
  }
}

/** ` (flusher, 2 without a name)`: threads of C code have none that Python knows. */
function threadsInWords(threads: number, names: readonly string[]): string {
  const nameless = Math.max(0, threads - names.length);
  const rest = nameless === 0 ? [] : [`${nameless} without a name`];
  return ` (${[...names, ...rest].join(', ')})`;
}
