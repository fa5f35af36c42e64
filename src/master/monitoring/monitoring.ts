/** What the master has for monitoring: listeners of `stats` and `metrics`, and what it pushes. */
import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import type { Settings } from '../../tables/options/options.ts';
import type { NextUser } from '../start/privileges.ts';
import type { InstanceFacts, Watched } from './answers.ts';
import { Metrics } from './metrics.ts';
import { Stats } from './stats.ts';
import { StatsdPusher } from './statsd-pusher.ts';

export interface MonitoringParts {
  readonly settings: Settings;
  readonly user: NextUser | undefined;
  readonly facts: InstanceFacts;
  readonly logger: Logger;
  readonly timers: Timers;
}

export class Monitoring {
  readonly #parts: readonly [Stats, Metrics, StatsdPusher];

  private constructor(parts: readonly [Stats, Metrics, StatsdPusher]) {
    this.#parts = parts;
  }

  /** Opens the listeners that there are to be; throws an OperatorError where one cannot be. */
  static async open(parts: MonitoringParts): Promise<Monitoring> {
    const stats = await Stats.open({ ...parts, version: parts.facts.version });
    try {
      return new Monitoring([stats, await Metrics.open(parts), new StatsdPusher(parts)]);
    } catch (error) {
      stats.close(parts.settings.vacuum ? 'vacuum' : 'keep');
      throw error;
    }
  }

  /** The daemon is there: it can be asked. */
  serve(watched: Watched): void {
    for (const part of this.#parts) part.serve(watched);
  }

  /** A configuration has come into force. */
  follow(settings: Settings): void {
    for (const part of this.#parts) part.follow(settings);
  }

  /** `vacuum`: the files of unix sockets are removed. */
  close(files: 'keep' | 'vacuum'): void {
    for (const part of this.#parts) part.close(files);
  }
}
