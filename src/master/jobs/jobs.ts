/**
 * The work beside requests that the master itself runs: attached daemons and cron entries. It
 * begins when the first spawner has imported the application, as under uWSGI when workers are
 * forked; a stop ends it when the workers have gone, which may need it until then.
 */
import { resolve } from 'node:path';

import { createClock, type Cancel, type Timers } from '../../base/clock.ts';
import { cronsOf } from '../../config/values/crons.ts';
import { daemonsOf } from '../../config/values/daemons.ts';
import type { Logger } from '../../log/logger.ts';
import type { ToGateway } from '../../protocol/control-messages.ts';
import type { FromSpawner } from '../../protocol/control-messages.ts';
import type { JobsView, SpoolerView } from '../../protocol/snapshot.ts';
import type { TasksView } from '../../protocol/gateway-views.ts';
import type { JobKind } from '../../supervision/fleet.ts';
import { FileWatch } from '../../watching/file-watch.ts';
import type { Settings } from '../../tables/options/options.ts';
import { isStoreAddress, shownAddress } from '../../tables/shared/store-address.ts';
import { withoutPythonsOwn } from '../children/python-environment.ts';
import type { ChildEnd } from '../children/spawn.ts';
import { AttachedDaemons, type CommandTerms } from './attached-daemons.ts';
import { CronRuns } from './cron-runs.ts';
import { raisersOf } from './raisers.ts';
import { Signals, type ServingGeneration, type SignalsParts } from './signals.ts';
import { countTasks } from './spool-counts.ts';

export interface JobsParts {
  readonly logger: Logger;
  readonly timers: Timers;
  readonly dateMs: () => number;
  readonly lifelineFd: number;
  /** The log for commands that outlive Reeve: it must not end with it. */
  readonly logFd: number;
  readonly program: string;
  readonly describe: (end: ChildEnd) => string;
  readonly onControlEnded: (name: string) => void;
  readonly serving: () => ServingGeneration | undefined;
  readonly sendToGateway: (epoch: number, message: ToGateway) => void;
  readonly sendToJobs: SignalsParts['sendToJobs'];
  /** Mules or spoolers are to be started anew. */
  readonly onTouched: (kind: JobKind, file: string) => void;
}

export interface SpoolerTally {
  /** The task that runs; '' where none does. */
  readonly task: string;
  /** For how long. */
  readonly taskSeconds: number;
  readonly done: number;
  readonly failed: number;
}

type SpoolerNews = Extract<FromSpawner, { readonly type: 'job-task' }>;

type QueueNews = Extract<FromSpawner, { readonly type: 'job-queue' }>;

/** What the jobs need to know of a configuration. */
export interface JobsConfiguration {
  readonly settings: Settings;
  readonly directory: string;
  readonly python: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly titles: { readonly job: string };
}

const lookMs = 1_000;
/** Daemons have so long at least, as under uWSGI. */
const daemonsLeastMs = 3_000;

export class Jobs {
  readonly #parts: JobsParts;
  readonly #daemons: AttachedDaemons;
  readonly #crons: CronRuns;
  readonly signals: Signals;
  readonly #touched = new FileWatch();
  readonly #spoolers = new Map<string, Omit<SpoolerTally, 'taskSeconds'> & { sinceMs: number }>();
  /** By their addresses, as they are shown. */
  readonly #onServers = new Map<string, Pick<SpoolerView, 'queued' | 'dead'>>();
  #tasks: TasksView = { done: 0, failed: 0 };
  #hasBegun = false;
  #mercyMs = 0;
  #renewedBy: Readonly<Record<JobKind, readonly string[]>> = { mule: [], spooler: [] };
  #stopLooking: Cancel = () => {};
  isEnding = false;

  constructor(parts: JobsParts) {
    this.#parts = parts;
    this.#daemons = new AttachedDaemons({ ...parts, clock: createClock() });
    this.#crons = new CronRuns({ ...parts, clock: createClock() });
    this.signals = new Signals({ ...parts, clock: createClock() });
  }

  /** The workers of a generation are about to be forked. */
  imported(generation: number, configuration: JobsConfiguration): void {
    for (const message of raisersOf(configuration)) this.signals.take(generation, message);
    this.begin(configuration);
  }

  /** Once: the first workers are about to be forked. */
  begin(configuration: JobsConfiguration): void {
    if (this.#hasBegun || this.isEnding) return;
    this.#hasBegun = true;
    this.#apply(configuration);
    this.#stopLooking = this.#parts.timers.every(lookMs, () => {
      this.#daemons.look();
      this.#crons.look();
      this.signals.tick();
      this.#lookAtTouched();
    });
  }

  /** A reload has succeeded. */
  reloaded(configuration: JobsConfiguration): void {
    if (this.#hasBegun && !this.isEnding) this.#apply(configuration);
  }

  /** A stop has begun. */
  quiesce(): void {
    this.#crons.quiesce();
    this.signals.quiesce();
  }

  /** Ends all; what runs may go on for so long. Resolves when it has gone. */
  async end(limitMs: number): Promise<void> {
    this.isEnding = true;
    this.quiesce();
    const { now } = this.#parts.timers;
    const untilMs = now() + limitMs;
    await this.#crons.stop(limitMs);
    const leastMs = this.#mercyMs > 0 ? this.#mercyMs : daemonsLeastMs;
    if (this.#daemons.isAnyRunning) await this.#daemons.stop(Math.max(untilMs - now(), leastMs));
    this.#stopLooking();
  }

  /** What a spooler says of its tasks. */
  spooled(generation: number, news: SpoolerNews | QueueNews): void {
    if (news.type === 'job-queue') {
      this.#onServers.set(news.place, { queued: news.queued, dead: news.dead });
      return;
    }
    const { slot, state, task, done, failed } = news;
    const before = this.spoolerAt(generation, slot) ?? { done: 0, failed: 0 };
    // A spooler that was started again counts from 0.
    this.#tasks = {
      done: this.#tasks.done + grownBy(done, before.done),
      failed: this.#tasks.failed + grownBy(failed, before.failed),
    };
    this.#spoolers.set(`${generation} ${slot}`, {
      task: state === 'begun' ? task : '',
      sinceMs: this.#parts.timers.now(),
      done,
      failed,
    });
  }

  #countIn(place: string): Pick<SpoolerView, 'queued' | 'dead'> {
    if (!isStoreAddress(place)) return countTasks(place);
    return this.#onServers.get(shownAddress(place)) ?? { queued: 0, dead: 0 };
  }

  /** What the spooler runs, and has done; undefined: it has said nothing yet. */
  spoolerAt(generation: number, slot: number): SpoolerTally | undefined {
    const known = this.#spoolers.get(`${generation} ${slot}`);
    if (known === undefined) return undefined;
    const { task, sinceMs, done, failed } = known;
    const ranMs = task === '' ? 0 : this.#parts.timers.now() - sinceMs;
    return { task, taskSeconds: Math.round(ranMs / 100) / 10, done, failed };
  }

  view(directories: readonly string[]): Required<JobsView> {
    const spoolers = [...new Set(directories)].map((directory) => {
      return { directory: shownAddress(directory), ...this.#countIn(directory) };
    });
    return {
      daemons: this.#daemons.views(),
      crons: this.#crons.views(),
      spoolers,
      tasks: this.#tasks,
      signals: this.signals.view,
      raisers: this.signals.raisers(),
    };
  }

  /** For the line of status; '' where there is nothing to say. */
  line(): string {
    const { up, all } = this.#daemons.counts;
    const tasks = [...this.#spoolers.values()].filter(({ task }) => task !== '').length;
    const said = [
      all === 0 ? '' : `${up} of ${plural(all, 'daemon')}`,
      this.#crons.running === 0 ? '' : plural(this.#crons.running, 'cron command'),
      tasks === 0 ? '' : plural(tasks, 'task'),
    ].filter((words) => words !== '');
    return said.join(', ');
  }

  /** touch-mules-reload and touch-spoolers-reload. */
  #lookAtTouched(): void {
    for (const file of this.#touched.look()) {
      for (const [kind, files] of Object.entries(this.#renewedBy)) {
        if (files.includes(file) && (kind === 'mule' || kind === 'spooler')) {
          this.#parts.onTouched(kind, file);
        }
      }
    }
  }

  #watch(settings: Settings, directory: string): void {
    const filesOf = (option: 'touch-mules-reload' | 'touch-spoolers-reload'): readonly string[] =>
      settings[option].map(({ text }) => resolve(directory, text));
    this.#renewedBy = {
      mule: filesOf('touch-mules-reload'),
      spooler: filesOf('touch-spoolers-reload'),
    };
    this.#touched.watch(Object.values(this.#renewedBy).flat());
  }

  #apply({ settings, directory, python, environment, titles }: JobsConfiguration): void {
    this.#mercyMs = settings['reload-mercy'] * 1000;
    this.#watch(settings, directory);
    const terms: CommandTerms = {
      directory,
      python,
      environment: withoutPythonsOwn(environment),
      commandEnvironment: environment,
      titleOf: (name) => titles.job.replace('%s', () => name),
    };
    this.#daemons.want(daemonsOf(settings), terms);
    this.#crons.want(cronsOf(settings), terms);
  }
}

function grownBy(now: number, before: number): number {
  return now >= before ? now - before : now;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
