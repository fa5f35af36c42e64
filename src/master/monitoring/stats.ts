/** uWSGI's stats, each time somebody connects: the document and its head. */
import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import type { Settings } from '../../tables/options/options.ts';
import type { Listener } from '../listeners/open.ts';
import { snapshotOf } from '../reporting/snapshot.ts';
import { statsOf, statsText } from '../reporting/uwsgi-stats.ts';
import type { NextUser } from '../start/privileges.ts';
import type { Watched } from './answers.ts';
import { OwnListener } from './own-listener.ts';
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
  #own: OwnListener | undefined;
  #watched: Pick<Watched, 'report'> | undefined;

  private constructor(parts: StatsParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
  }

  /** Opens the listener, if there is to be one; throws an OperatorError where it cannot be. */
  static async open(parts: StatsParts): Promise<Stats> {
    const stats = new Stats(parts);
    const serve = (listener: Listener) => stats.#serve(listener);
    stats.#own = await OwnListener.open({ ...parts, option: 'stats', serve });
    return stats;
  }

  /** The daemon is there: it can be asked. */
  serve(watched: Pick<Watched, 'report'>): void {
    this.#watched = watched;
    this.#own?.start();
  }

  /** A configuration has come into force. */
  follow(settings: Settings): void {
    this.#settings = settings;
    this.#own?.follow(settings);
  }

  /** `vacuum`: the file of a unix socket is removed. */
  close(files: 'keep' | 'vacuum'): void {
    this.#own?.close(files);
  }

  #serve({ fd, bound }: Listener): StatsServer {
    const { timers, logger } = this.#parts;
    logger.info('stats.enabled', {}, `Stats server enabled on ${bound} fd: ${fd}`);
    return new StatsServer({ fd, timers, answer: () => this.#document() });
  }

  async #document(): Promise<string> {
    if (this.#watched === undefined) return '';
    const snapshot = snapshotOf(await this.#watched.report());
    const { 'stats-http': isHttp, 'stats-minified': isMinified } = this.#settings;
    const cores = this.#settings['stats-no-cores'] ? 'without-cores' : 'with-cores';
    const stats = statsOf(snapshot, { version: this.#parts.version, pid: process.pid, cores });
    return `${isHttp ? HTTP_HEAD : ''}${statsText(stats, isMinified ? 'minified' : 'lines')}`;
  }
}
