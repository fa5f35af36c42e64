/**
 * Reloads: the configuration is read again, new listeners are opened, and a new generation is
 * raised with it. A configuration that cannot be read or is wrong, or a listener that cannot be
 * opened, refuses the reload. Until the new generation serves nothing else changes, and nothing at
 * all when it fails: see settings/configurations.ts.
 */
import { descriptorName } from '../../base/sockets/datagrams.ts';
import { asOperatorError } from '../../base/system-error.ts';
import type { Loaded } from '../../config/load.ts';
import type { Logger } from '../../log/logger.ts';
import { isStopAsked } from '../../supervision/fleet.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { makeConfiguration, type Configuration } from '../settings/configuration.ts';
import type { Configurations } from '../settings/configurations.ts';
import type { Hooks } from '../hooks/hooks.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { listenerRequests, listenerTerms } from '../listeners/wanted.ts';
import { closeListeners, reconcileListeners, sayListening } from '../listeners/listeners.ts';
import type { Logs } from './logs.ts';
import type { NextUser } from '../start/privileges.ts';
import { readAgain } from '../settings/reread.ts';
import type { OnOutcome } from '../reporting/reload-outcomes.ts';
import type { SystemdListeners } from '../listeners/systemd.ts';
import { stronger, type ReloadKind } from '../triggers/letters.ts';
import type { InstanceName } from '../start/instance.ts';

export interface Wish {
  readonly how?: ReloadKind;
  readonly onOutcome?: OnOutcome;
}

/** One that has not been read yet. */
interface Asked {
  how: ReloadKind;
  readonly onOutcomes: OnOutcome[];
}

export interface ReloadParts {
  readonly daemon: Daemon;
  readonly logger: Logger;
  readonly configurations: Configurations;
  readonly loadAgain: () => Promise<Loaded>;
  readonly startDirectory: string;
  readonly logFile: string;
  readonly instance: InstanceName;
  readonly logs: Logs;
  readonly hooks: Hooks;
  readonly user: NextUser | undefined;
  readonly systemd: SystemdListeners;
}

export class Reloads {
  readonly #parts: ReloadParts;
  /** Reloads are read one at a time: reading one is asynchronous, as host names are resolved. */
  #queue: Promise<void> = Promise.resolve();
  #asked: Asked | undefined;

  constructor(parts: ReloadParts) {
    this.#parts = parts;
  }

  /**
   * Asks for a reload; `why` is for the log, and `onOutcome` is told how it ends. What is asked for
   * before the configuration is read becomes one reload, of the strongest kind.
   */
  request(why: string, { how = 'reload', onOutcome = () => {} }: Wish = {}): void {
    const { daemon, configurations } = this.#parts;
    if (isStopAsked(daemon.fleet)) {
      const sentence = 'Reeve is being stopped';
      return onOutcome({ kind: 'failed', exitCode: exitCodes.unavailable, sentence });
    }
    if (configurations.settings['exit-on-reload'] && (how === 'reload' || how === 'brutal')) {
      daemon.stop('drain', `${why} (exit-on-reload)`);
      const sentence = 'Reeve stops instead of a reload (exit-on-reload)';
      return onOutcome({ kind: 'failed', exitCode: exitCodes.unavailable, sentence });
    }
    if (this.#asked !== undefined) {
      const asked = this.#asked;
      asked.how = stronger(asked.how, how);
      asked.onOutcomes.push(onOutcome);
      daemon.lifecycleLog.reloadJoined(why);
      return;
    }
    const asked: Asked = { how, onOutcomes: [onOutcome] };
    this.#asked = asked;
    daemon.lifecycleLog.reloadAsked(why);
    this.#queue = this.#queue.then(() => {
      this.#asked = undefined;
      return this.#reload(asked);
    });
  }

  async #reload({ how, onOutcomes }: Asked): Promise<void> {
    const { lifecycleLog } = this.#parts.daemon;
    const onOutcome: OnOutcome = (outcome) => {
      for (const each of onOutcomes) each(outcome);
    };
    this.#parts.logs.reopen();
    try {
      await this.#apply(how, onOutcome);
    } catch (error) {
      const refusal = asOperatorError(error);
      if (refusal === undefined) throw error;
      lifecycleLog.reloadRefused(refusal.message);
      const sentence = `${refusal.message}; everything stays as it was`;
      onOutcome({ kind: 'failed', exitCode: refusal.exitCode, sentence });
    }
  }

  async #apply(how: ReloadKind, onOutcome: OnOutcome): Promise<void> {
    const { configurations, logger, user, startDirectory, logFile, systemd } = this.#parts;
    const loaded = await readAgain(this.#parts.loadAgain, configurations.settings, logger);
    const { settings } = loaded;
    // As in uWSGI, where these do not start the master anew.
    if (how === 'reload' || how === 'brutal') await this.#parts.hooks.atReload(settings);
    const before = configurations.listeners();
    const terms = listenerTerms(settings, user);
    const passing = systemd.passing(settings, loaded.given, 'reload');
    const requests = listenerRequests(settings);
    const reconciled = await reconcileListeners(before, requests, terms, passing);
    const known = new Set(before.map((listener) => listener.fd));
    const opened = reconciled.listeners.filter(({ fd }) => !known.has(fd));
    try {
      const configuration = makeConfiguration({
        number: configurations.nextNumber,
        settings,
        given: loaded.given,
        moduleFacts: loaded.moduleFacts,
        listeners: reconciled.listeners,
        startDirectory,
        logFile,
        outputStream: settings['log-json'] ? '' : descriptorName(2),
        instance: this.#parts.instance,
      });
      systemd.reconciled(reconciled);
      sayListening(logger, opened);
      this.#raise(configuration, how, onOutcome);
    } catch (error) {
      closeListeners(
        opened.filter(({ keeper }) => keeper === 'reeve'),
        'vacuum',
      );
      throw error;
    }
  }

  /** The supervisor takes it from here, unless a stop has begun meanwhile. */
  #raise(configuration: Configuration, how: ReloadKind, onOutcome: OnOutcome): void {
    const { daemon } = this.#parts;
    const { lifecycleLog, fleet } = daemon;
    lifecycleLog.reloadRead();
    lifecycleLog.outcomes.await(configuration.number, onOutcome);
    daemon.reload(configuration, how === 'chain' || how === 'brutal' ? how : 'as-configured');
    if (isStopAsked(fleet)) lifecycleLog.reloadOvertaken();
  }
}
