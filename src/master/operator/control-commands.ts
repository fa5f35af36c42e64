/** What the commands of the control socket do, and what each is answered. */
import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import { logLevels, PROFILE_SECONDS_MAX } from '../../protocol/operator-messages.ts';
import type { Instance, OperatorAnswer } from '../../protocol/operator-messages.ts';
import { serving, type Fleet } from '../../supervision/fleet.ts';
import { scaleRefusal } from '../../supervision/scale.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { threadsRefusal, workersBound } from '../../tables/kinds.ts';
import type { Asker } from './control-socket.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { currentMetrics } from '../monitoring/answers.ts';
import type { MetricsFormat } from '../reporting/exposition.ts';
import { snapshotOf } from '../reporting/snapshot.ts';
import type { Configurations } from '../settings/configurations.ts';
import { openFilesRefusal } from '../settings/open-files.ts';
import { evidenceFor } from './evidence.ts';
import { profileOf } from './profile.ts';
import type { Reloads } from './reloads.ts';
import { stacksOf } from './stacks.ts';

export interface ControlCommandParts {
  readonly configurations: Configurations;
  readonly daemon: Daemon;
  readonly reloads: Reloads;
  readonly logger: Logger;
  readonly timers: Timers;
  readonly instance: Instance;
}

export class ControlCommands {
  readonly #parts: ControlCommandParts;
  /** On the clock of `timers`; 0 while no profile is taken. */
  #profileEndsAtMs = 0;

  constructor(parts: ControlCommandParts) {
    this.#parts = parts;
  }

  take(asker: Asker): void {
    const { reloads } = this.#parts;
    const { request } = asker;
    switch (request.command) {
      case 'hello':
        return asker.answer(this.#done('Reeve runs'));
      case 'status':
        void this.#status(asker);
        return;
      case 'evidence':
        void this.#evidence(asker);
        return;
      case 'spoolers':
        return asker.answer({ ...this.#done(''), places: this.#places() });
      case 'metrics':
        void this.#metrics(asker, request.format);
        return;
      case 'stacks':
        void this.#stacks(asker);
        return;
      case 'profile':
        void this.#profile(asker, request.seconds);
        return;
      case 'reload':
        return reloads.request(asker.who, {
          how: request.chain === true ? 'chain' : 'reload',
          onOutcome: (outcome) => {
            const { sentence } = outcome;
            if (outcome.kind === 'reloaded') return asker.answer(this.#done(sentence));
            return asker.answer(this.#refused(outcome.exitCode, sentence));
          },
        });
      case 'stop':
        return this.#stop(asker);
      case 'log-level':
        return this.#logLevel(asker, request.level);
      case 'scale':
        return this.#scale(asker, request.workers);
      default:
        request satisfies never;
    }
  }

  async #status(asker: Asker): Promise<void> {
    const status = snapshotOf(await this.#parts.daemon.report());
    asker.answer({ ...this.#done(status.line), status });
  }

  async #evidence(asker: Asker): Promise<void> {
    const { daemon, logger, timers } = this.#parts;
    const status = snapshotOf(await daemon.report());
    const evidence = await evidenceFor(daemon, { logger, now: timers.now });
    asker.answer({ ...this.#done(status.line), status, evidence });
  }

  async #metrics(asker: Asker, format: MetricsFormat): Promise<void> {
    const { daemon, instance } = this.#parts;
    const text = await currentMetrics(daemon, instance, format);
    asker.answer({ ...this.#done('its metrics follow'), text });
  }

  async #stacks(asker: Asker): Promise<void> {
    const { daemon, timers } = this.#parts;
    const stacks = await stacksOf(snapshotOf(await daemon.report()), timers);
    asker.answer({ ...this.#done('its stacks follow'), stacks });
  }

  async #profile(asker: Asker, seconds: number): Promise<void> {
    const { daemon, timers } = this.#parts;
    if (!(seconds >= 1 && seconds <= PROFILE_SECONDS_MAX)) {
      const sentence = `a profile takes 1 to ${PROFILE_SECONDS_MAX} seconds`;
      return asker.answer(this.#refused(exitCodes.usage, sentence));
    }
    if (this.#profileEndsAtMs > 0) {
      const restSeconds = Math.max(Math.ceil((this.#profileEndsAtMs - timers.now()) / 1000), 1);
      const sentence = `another profile is being taken, for ${restSeconds} s more; wait for its end`;
      return asker.answer(this.#refused(exitCodes.unavailable, sentence));
    }
    this.#profileEndsAtMs = timers.now() + seconds * 1000;
    try {
      const look = async () => snapshotOf(await daemon.report());
      const profile = await profileOf({ look, ms: seconds * 1000, timers });
      asker.answer({ ...this.#done('its profile follows'), profile });
    } finally {
      this.#profileEndsAtMs = 0;
    }
  }

  /** The connection is kept: its end tells that the daemon has ended. */
  #stop(asker: Asker): void {
    const { daemon } = this.#parts;
    const { phase } = daemon.fleet;
    asker.answer(this.#done('stopping'), 'keep');
    if (phase === 'starting' || phase === 'serving') daemon.stop('drain', asker.who);
  }

  #logLevel(asker: Asker, text: string): void {
    const level = text === 'warn' ? 'warning' : text;
    if (!logLevels.some((each) => each === level)) {
      const sentence = `"${text}" is not one of ${logLevels.join(', ')}`;
      return asker.answer(this.#refused(exitCodes.usage, sentence));
    }
    this.#parts.daemon.setLogLevel(level);
    const sentence = `messages of level ${level} and above are logged, until the next restart`;
    this.#parts.logger.info('log.level', {}, `${asker.who}: ${sentence}`);
    return asker.answer(this.#done(sentence));
  }

  /** Answered when they all serve, or what there was too much of has left. */
  #scale(asker: Asker, workers: number): void {
    const { daemon, logger } = this.#parts;
    const refuse = (why: string): void =>
      asker.answer(this.#refused(exitCodes.unavailable, `the workers cannot be scaled: ${why}`));
    if (!Number.isInteger(workers) || workers < 1 || workers > workersBound.max) {
      const sentence = `the number of workers must be from 1 to ${workersBound.max}`;
      return asker.answer(this.#refused(exitCodes.usage, sentence));
    }
    const refusal = scaleRefusal(daemon.fleet) ?? this.#limitRefusal(workers);
    if (refusal !== undefined) return refuse(refusal);
    logger.info('scale.asked', { workers }, `scale to ${plural(workers)}: ${asker.who}`);
    const number = serving(daemon.fleet)?.number;
    const watch = (fleet: Fleet): void => {
      const generation = serving(fleet);
      const isOvertaken = generation?.number !== number || generation?.plan.workers !== workers;
      const isDone = generation?.workers.every(({ wanted, enabled, state }) => {
        return wanted ? enabled : state === 'down';
      });
      const failed = generation?.workers.find((each) => each.state === 'down' && each.fault);
      if (!isOvertaken && isDone !== true && failed === undefined) return;
      daemon.watchers.delete(watch);
      if (isOvertaken) return refuse('a reload, a stop or another scale came in between');
      if (failed?.fault !== undefined) return refuse(failed.fault.sentence);
      const verb = workers === 1 ? 'serves' : 'serve';
      const sentence = `${plural(workers)} ${verb}, until the next reload or restart`;
      asker.answer(this.#done(sentence));
    };
    daemon.watchers.add(watch);
    daemon.scale(workers);
  }

  /** The same limits as for `processes` in the configuration. */
  #limitRefusal(processes: number): string | undefined {
    const { settings, listeners } = this.#parts.configurations.inForce;
    const slots = { processes, threads: settings.threads };
    return threadsRefusal(slots) ?? openFilesRefusal(slots, listeners.length);
  }

  /** Where tasks lie; a name that stands twice once. */
  #places(): readonly string[] {
    return [...new Set(this.#parts.configurations.inForce.spool.own)];
  }

  #done(sentence: string): OperatorAnswer {
    return { ok: true, exitCode: 0, sentence, instance: this.#parts.instance };
  }

  #refused(exitCode: number, sentence: string): OperatorAnswer {
    return { ok: false, exitCode, sentence, instance: this.#parts.instance };
  }
}

function plural(workers: number): string {
  return `${workers} worker${workers === 1 ? '' : 's'}`;
}
