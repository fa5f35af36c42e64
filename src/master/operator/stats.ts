/**
 * The stats server and its listener, across reloads: the one that a configuration asks for is
 * opened when that comes into force. A new address that cannot be opened leaves the old one.
 */
import type { Timers } from '../../base/clock.ts';
import { asOperatorError } from '../../base/system-error.ts';
import type { Logger } from '../../log/logger.ts';
import type { Settings } from '../../tables/options/options.ts';
import {
  bringIntoForce,
  closeListeners,
  reconcileListeners,
  unlinkSocket,
} from '../listeners/listeners.ts';
import type { Listener } from '../listeners/open.ts';
import { listenerTerms } from '../listeners/wanted.ts';
import type { FleetReport } from '../reporting/snapshot.ts';
import { snapshotOf } from '../reporting/snapshot.ts';
import { statsOf, statsText } from '../reporting/uwsgi-stats.ts';
import type { NextUser } from '../start/privileges.ts';
import { StatsServer } from './stats-server.ts';

export interface StatsParts {
  readonly settings: Settings;
  readonly user: NextUser | undefined;
  readonly version: string;
  readonly logger: Logger;
  readonly timers: Timers;
}

/** As uWSGI begins it with stats-http: browsers show it, whatever they ask for. */
const HTTP_HEAD =
  'HTTP/1.0 200 OK\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\n' +
  'Content-Type: application/json\r\n\r\n';

export class Stats {
  readonly #parts: StatsParts;
  #settings: Settings;
  #listener: Listener | undefined;
  #server: StatsServer | undefined;
  #report: (() => Promise<FleetReport>) | undefined;
  #following = Promise.resolve();

  private constructor(parts: StatsParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
  }

  /** Opens the listener, if there is to be one; throws an OperatorError where it cannot be. */
  static async open(parts: StatsParts): Promise<Stats> {
    const stats = new Stats(parts);
    stats.#listener = await stats.#wanted(parts.settings);
    return stats;
  }

  /** The daemon is there: it can be asked. */
  serve(report: () => Promise<FleetReport>): void {
    this.#report = report;
    this.#start();
  }

  /** A configuration has come into force. */
  follow(settings: Settings): void {
    this.#following = this.#following.then(() => this.#follow(settings));
  }

  /** `vacuum`: the file of a unix socket is removed. */
  close(files: 'keep' | 'vacuum'): void {
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener === undefined) return;
    // A server closes its descriptor.
    if (this.#server === undefined) return void closeListeners([listener], files);
    this.#server.close();
    this.#server = undefined;
    if (files === 'vacuum') unlinkSocket(listener);
  }

  async #follow(settings: Settings): Promise<void> {
    this.#settings = settings;
    const before = this.#listener;
    try {
      const next = await this.#wanted(settings);
      if (next !== undefined) bringIntoForce([next]);
      if (next?.fd === before?.fd) return void (this.#listener = next);
      this.close('vacuum');
      this.#listener = next;
      this.#start();
    } catch (error) {
      const refusal = asOperatorError(error);
      if (refusal === undefined) throw error;
      const rest = before === undefined ? 'there are no stats' : `${before.bound} goes on`;
      this.#parts.logger.error('stats.problem', {}, `${refusal.message}; ${rest}`);
    }
  }

  /** The one that is open already where that is meant. */
  async #wanted(settings: Settings): Promise<Listener | undefined> {
    const { text: name, origin } = settings.stats.at(-1) ?? { text: '', origin: '' };
    if (name === '') return undefined;
    const request = { name, option: 'stats', protocol: 'http', origin } as const;
    const old = this.#listener === undefined ? [] : [this.#listener];
    const terms = listenerTerms(settings, this.#parts.user);
    const { listeners } = await reconcileListeners(old, [request], terms);
    return listeners[0];
  }

  #start(): void {
    if (this.#listener === undefined || this.#report === undefined) return;
    const { fd, bound } = this.#listener;
    const { timers, logger } = this.#parts;
    this.#server = new StatsServer({ fd, timers, answer: () => this.#document() });
    logger.info('stats.enabled', {}, `Stats server enabled on ${bound} fd: ${fd}`);
  }

  async #document(): Promise<string> {
    if (this.#report === undefined) return '';
    const snapshot = snapshotOf(await this.#report());
    const { 'stats-http': isHttp, 'stats-minified': isMinified } = this.#settings;
    const cores = this.#settings['stats-no-cores'] ? 'without-cores' : 'with-cores';
    const stats = statsOf(snapshot, { version: this.#parts.version, pid: process.pid, cores });
    return `${isHttp ? HTTP_HEAD : ''}${statsText(stats, isMinified ? 'minified' : 'lines')}`;
  }
}
