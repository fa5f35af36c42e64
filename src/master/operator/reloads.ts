/**
 * Reloads: the configuration is read again, new listeners are opened, and a new generation is
 * raised with it. A configuration that cannot be read or is wrong, or a listener that cannot be
 * opened, refuses the reload. Until the new generation serves nothing else changes, and nothing at
 * all when it fails: see settings/configurations.ts.
 */
import { resolve } from 'node:path';

import { descriptorName } from '../../base/datagrams.ts';
import type { Cancel, Timers } from '../../base/clock.ts';
import { asOperatorError } from '../../base/system-error.ts';
import type { Loaded } from '../../config/load.ts';
import type { Logger } from '../../log/logger.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { makeConfiguration, type Configuration } from '../settings/configuration.ts';
import type { Configurations } from '../settings/configurations.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { listenerRequests, listenerTerms } from '../listeners/wanted.ts';
import { closeListeners, reconcileListeners, sayListening } from '../listeners/listeners.ts';
import type { Logs } from './logs.ts';
import type { NextUser } from '../start/privileges.ts';
import { readAgain } from '../settings/reread.ts';
import type { OnOutcome } from '../reporting/reload-outcomes.ts';
import type { SystemdListeners } from '../listeners/systemd.ts';
import { FileWatch } from '../../watching/file-watch.ts';
import type { InstanceName } from '../start/instance.ts';

/** How often touch-reload files are looked at, as uWSGI's master cycle does. */
const lookMs = 1_000;

export interface ReloadParts {
  readonly daemon: Daemon;
  readonly logger: Logger;
  readonly timers: Timers;
  readonly configurations: Configurations;
  readonly loadAgain: () => Promise<Loaded>;
  readonly startDirectory: string;
  readonly logFile: string;
  readonly instance: InstanceName;
  readonly logs: Logs;
  readonly user: NextUser | undefined;
  readonly systemd: SystemdListeners;
}

export class Reloads {
  readonly #parts: ReloadParts;
  /** Reloads are read one at a time: reading one is asynchronous, as host names are resolved. */
  #queue: Promise<void> = Promise.resolve();
  readonly #touched = new FileWatch();
  readonly #modules = new FileWatch();
  readonly #moduleFiles = new Set<string>();
  #looking: Cancel[] = [];

  constructor(parts: ReloadParts) {
    this.#parts = parts;
    parts.configurations.whenInForce(() => this.#watchTouched());
  }

  /** Asks for a reload; `why` is for the log, and `onOutcome` is told how it ends. */
  request(why: string, onOutcome: OnOutcome = () => {}): void {
    const { daemon } = this.#parts;
    if (daemon.fleet.phase === 'stopping' || daemon.fleet.phase === 'ended') {
      const sentence = 'Reeve is being stopped';
      return onOutcome({ kind: 'failed', exitCode: exitCodes.unavailable, sentence });
    }
    daemon.lifecycleLog.reloadAsked(why);
    this.#queue = this.#queue.then(() => this.#reload(onOutcome));
  }

  /** Adds to the files that py-autoreload looks at. */
  watchModules(files: readonly string[]): void {
    for (const file of files) this.#moduleFiles.add(file);
    this.#modules.watch(this.#moduleFiles);
  }

  /** Starts to look at files once a second; `also` is done then too. */
  watchFiles(also: () => void): void {
    this.#watchTouched();
    const { timers, configurations } = this.#parts;
    const look = timers.every(lookMs, () => {
      also();
      this.#parts.logs.look();
      for (const file of this.#touched.look()) this.request(`${file} has been touched`);
    });
    this.#looking = [look];
    const seconds = configurations.settings['py-autoreload'];
    if (seconds === 0) return;
    const lookAtModules = timers.every(seconds * 1000, () => {
      const [first] = this.#modules.look();
      if (first !== undefined) this.request(`module ${first} has been modified`);
    });
    this.#looking.push(lookAtModules);
  }

  close(): void {
    for (const stop of this.#looking) stop();
  }

  #watchTouched(): void {
    const { settings } = this.#parts.configurations;
    this.#touched.watch(settings['touch-reload'].map((entry) => resolve(entry.text)));
  }

  async #reload(onOutcome: OnOutcome): Promise<void> {
    const { lifecycleLog } = this.#parts.daemon;
    this.#parts.logs.reopen();
    try {
      await this.#apply(onOutcome);
    } catch (error) {
      const refusal = asOperatorError(error);
      if (refusal === undefined) throw error;
      lifecycleLog.reloadRefused(refusal.message);
      const sentence = `${refusal.message}; everything stays as it was`;
      onOutcome({ kind: 'failed', exitCode: refusal.exitCode, sentence });
    }
  }

  async #apply(onOutcome: OnOutcome): Promise<void> {
    const { configurations, logger, user, startDirectory, logFile, systemd } = this.#parts;
    const loaded = await readAgain(this.#parts.loadAgain, configurations.settings, logger);
    const { settings } = loaded;
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
      this.#raise(configuration, onOutcome);
    } catch (error) {
      closeListeners(
        opened.filter(({ keeper }) => keeper === 'reeve'),
        'vacuum',
      );
      throw error;
    }
  }

  /** The supervisor takes it from here, unless a stop has begun meanwhile. */
  #raise(configuration: Configuration, onOutcome: OnOutcome): void {
    const { daemon } = this.#parts;
    const { lifecycleLog, fleet } = daemon;
    lifecycleLog.reloadRead();
    lifecycleLog.outcomes.await(configuration.number, onOutcome);
    daemon.reload(configuration);
    if (fleet.phase === 'stopping' || fleet.phase === 'ended') lifecycleLog.reloadOvertaken();
  }
}
