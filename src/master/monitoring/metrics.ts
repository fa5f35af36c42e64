/** The listener of `metrics`: HTTP for Prometheus, load balancers, and browsers. */
import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import type { Settings } from '../../tables/options/options.ts';
import type { Listener } from '../listeners/open.ts';
import type { NextUser } from '../start/privileges.ts';
import {
  answerTo,
  type HttpAnswer,
  type HttpAsked,
  type InstanceFacts,
  type Watched,
} from './answers.ts';
import { snapshotOf } from '../reporting/snapshot.ts';
import { Findings } from './findings.ts';
import { History } from './history.ts';
import { OwnListener, type OwnServer } from './own-listener.ts';

export interface MetricsParts {
  readonly settings: Settings;
  readonly user: NextUser | undefined;
  readonly facts: InstanceFacts;
  readonly logger: Logger;
  readonly timers: Timers;
}

export class Metrics {
  readonly #parts: MetricsParts;
  readonly #findings = new Findings();
  #settings: Settings;
  #own: OwnListener | undefined;
  #watched: Watched | undefined;
  #history: History | undefined;

  private constructor(parts: MetricsParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
  }

  /** Opens the listener, if there is to be one; throws an OperatorError where it cannot be. */
  static async open(parts: MetricsParts): Promise<Metrics> {
    const metrics = new Metrics(parts);
    const serve = (listener: Listener) => metrics.#serve(listener);
    metrics.#own = await OwnListener.open({ ...parts, option: 'metrics', serve });
    return metrics;
  }

  /** The daemon is there: it can be asked. */
  serve(watched: Watched): void {
    this.#watched = watched;
    this.#own?.start();
    const { timers } = this.#parts;
    this.#history = new History(timers, async () => snapshotOf(await watched.report()));
    this.#followPage();
  }

  /** A configuration has come into force. */
  follow(settings: Settings): void {
    this.#settings = settings;
    this.#own?.follow(settings);
    this.#followPage();
  }

  #followPage(): void {
    const { metrics, 'status-page': isOn } = this.#settings;
    this.#history?.follow(metrics.length > 0 && isOn ? 'shown' : 'off');
  }

  /** `vacuum`: the file of a unix socket is removed. */
  close(files: 'keep' | 'vacuum'): void {
    this.#history?.close();
    this.#own?.close(files);
  }

  #serve({ fd, bound, name }: Listener): OwnServer {
    this.#parts.logger.info('metrics.enabled', {}, `metrics and health checks on ${bound}`);
    const answer = (asked: HttpAsked) => this.#answer(asked, name);
    let server: OwnServer | undefined;
    let isClosed = false;
    // node:http takes memory that a master without metrics does not need.
    void import('./http-server.ts').then(({ HttpServer }) => {
      server = new HttpServer({ fd, answer });
      if (isClosed) server.close();
    });
    return {
      close: () => {
        isClosed = true;
        server?.close();
      },
    };
  }

  async #answer(asked: HttpAsked, address: string): Promise<HttpAnswer> {
    if (this.#watched === undefined) throw new Error('believed that the daemon is there');
    const { 'status-page': isOn, 'status-page-host': hosts } = this.#settings;
    const findings = this.#findings;
    const history = this.#history?.points ?? [];
    const terms = { isOn, hosts: hosts.map(({ text }) => text), address, findings, history };
    return await answerTo(asked, this.#watched, this.#parts.facts, terms);
  }
}
