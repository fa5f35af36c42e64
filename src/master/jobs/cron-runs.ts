/** The commands of cron entries: carries out what supervision/jobs/crons.ts decides. */
import type { Clock } from '../../base/clock.ts';
import type { CronEntry } from '../../supervision/jobs/terms.ts';
import type { Logger } from '../../log/logger.ts';
import type { CronView } from '../../protocol/snapshot.ts';
import {
  lookAtCrons,
  nextMinuteOf,
  noCrons,
  runOf,
  withEntries,
  withPid,
  withResult,
  type Cron,
  type CronStep,
  type Crons,
} from '../../supervision/jobs/crons.ts';
import type { LocalMinute } from '../../supervision/jobs/cron-times.ts';
import type { ChildEnd } from '../children/spawn.ts';
import type { CommandTerms } from './attached-daemons.ts';
import { runKept, type KeeperParts, type KeptCommand } from './keeper.ts';

export interface CronRunsParts extends Pick<KeeperParts, 'program' | 'lifelineFd' | 'logFd'> {
  readonly logger: Logger;
  readonly clock: Clock;
  /** ms since 1970. */
  readonly dateMs: () => number;
  readonly describe: (end: ChildEnd) => string;
}

const MINUTE_MS = 60_000;
const SIGKILL = 9;
const SIGTERM = 15;
/** What is asked to end at the end of a stop's mercy has so long. */
const LAST_CALL_MS = 1_000;

export class CronRuns {
  readonly #parts: CronRunsParts;
  #crons: Crons = noCrons;
  #terms: CommandTerms | undefined;
  readonly #kept = new Map<number, KeptCommand>();
  /** Commands that have ended, and what they have left in the background has not. */
  readonly #rests = new Set<KeptCommand>();
  #isStopping = false;
  #onIdle = (): void => {};

  constructor(parts: CronRunsParts) {
    this.#parts = parts;
  }

  want(entries: readonly CronEntry[], terms: CommandTerms): void {
    this.#terms = terms;
    this.#crons = withEntries(this.#crons, entries);
    this.look();
  }

  /** Starts what is due; called about once a second. */
  look(): void {
    if (this.#crons.crons.length + this.#crons.leaving.length === 0) return;
    const { crons, steps } = lookAtCrons(this.#crons, {
      minute: this.#minute(),
      nowMs: this.#parts.clock.now(),
      toLocal,
    });
    if (this.#isStopping) return;
    this.#crons = crons;
    for (const step of steps) this.#carryOut(step);
  }

  /** Nothing new is started. */
  quiesce(): void {
    this.#isStopping = true;
  }

  /** What runs may go on for so long; resolves when nothing is left of any. */
  stop(limitMs: number): Promise<void> {
    this.quiesce();
    for (const rest of this.#rests) rest.end(SIGTERM, Math.min(limitMs, LAST_CALL_MS));
    if (this.#isIdle) return Promise.resolve();
    if (this.#kept.size > 0) this.#sayWaiting(limitMs);
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      const { clock } = this.#parts;
      clock.setAlarm(clock.now() + limitMs, () => {
        for (const kept of this.#kept.values()) kept.end(SIGTERM, LAST_CALL_MS);
      });
    });
  }

  get running(): number {
    return this.#kept.size;
  }

  views(): readonly CronView[] {
    const minute = this.#minute();
    const nowMs = this.#parts.clock.now();
    const { dateMs } = this.#parts;
    return this.#crons.crons.map((cron) => cronView(this.#crons, cron, minute, nowMs, dateMs()));
  }

  get #isIdle(): boolean {
    return this.#kept.size === 0 && this.#rests.size === 0;
  }

  #minute(): number {
    return Math.floor(this.#parts.dateMs() / MINUTE_MS);
  }

  #sayWaiting(limitMs: number): void {
    const names = [...this.#kept.keys()].map((number) => runOf(this.#crons, number)?.entry.name);
    const sentence = `the stop waits for ${names.join(', ')}, for at most ${Math.ceil(limitMs / 1000)} s`;
    this.#parts.logger.info('cron.awaited', { runs: names.length }, sentence);
  }

  #carryOut(step: CronStep): void {
    const { logger } = this.#parts;
    const { name, command, limitMs } = step.entry;
    switch (step.kind) {
      case 'run':
        return this.#run(step.number, step.entry);
      case 'skipped':
        return logger.info(
          'cron.skipped',
          { cron: name },
          `cron ${name} runs still, and is not started again: ${command}`,
        );
      case 'overdue':
        logger.warn(
          'cron.overdue',
          { cron: name },
          `cron ${name} has run for ${limitMs / 1000} s (harakiri): it is killed`,
        );
        return this.#kept.get(step.number)?.end(SIGKILL, 0);
      default:
        step satisfies never;
    }
  }

  #run(number: number, { name, command }: CronEntry): void {
    const { logger, program, lifelineFd, logFd } = this.#parts;
    const terms = this.#terms;
    if (terms === undefined) throw new Error('believed that crons are started with terms');
    const { python, environment } = terms;
    const kept = runKept(
      { python, program, lifelineFd, logFd, environment },
      {
        type: 'run',
        title: terms.titleOf(`cron ${name}`),
        mode: 'task',
        argv: ['/bin/sh', '-c', command],
        environment: terms.commandEnvironment,
        directory: terms.directory,
        uid: '',
        gid: '',
        pidfile: '',
        input: -1,
      },
      {
        onStarted: (pid) => {
          this.#crons = withPid(this.#crons, number, pid);
          logger.info(
            'cron.started',
            { cron: name, pid },
            `cron ${name} runs as pid ${pid}: ${command}`,
          );
        },
        onLine: (line) => logger.info('cron.output', { cron: name }, line),
        onEnded: (end) => this.#ended(number, this.#parts.describe(end), end.code === 0),
        onGone: (problem) => {
          if (problem !== '') this.#ended(number, problem, false);
          this.#rests.delete(kept);
          if (this.#isIdle) this.#onIdle();
        },
      },
    );
    this.#kept.set(number, kept);
  }

  #ended(number: number, how: string, isGood: boolean): void {
    const kept = this.#kept.get(number);
    const found = runOf(this.#crons, number);
    if (kept === undefined || found === undefined) return;
    this.#kept.delete(number);
    this.#rests.add(kept);
    const { logger, clock, dateMs } = this.#parts;
    const { name } = found.entry;
    const seconds = Math.round((clock.now() - found.run.startedAtMs) / 100) / 10;
    this.#crons = withResult(this.#crons, number, { endedAtMs: dateMs(), seconds, isGood, how });
    const sentence = `cron ${name} ${how} after ${seconds} s`;
    if (isGood) logger.info('cron.ended', { cron: name }, sentence);
    else logger.error('cron.failed', { cron: name }, sentence);
    if (this.#isStopping) kept.end(SIGTERM, LAST_CALL_MS);
  }
}

function cronView(
  crons: Crons,
  cron: Cron,
  minute: number,
  nowMs: number,
  dateMs: number,
): CronView {
  const { entry, runs, lastResult, runCount, failureCount } = cron;
  const next = nextMinuteOf(crons, cron, { minute, toLocal });
  const [run] = runs;
  return {
    name: entry.name,
    command: entry.command,
    times: entry.times,
    isUnique: entry.isUnique,
    pids: runs.flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    startedAtMs: run === undefined ? null : dateMs - (nowMs - run.startedAtMs),
    nextAtMs: next === undefined ? null : next * MINUTE_MS,
    runs: runCount,
    failures: failureCount,
    lastResult: lastResult ?? null,
  };
}

/** By the time zone of this process (TZ, or that of the machine). */
export function toLocal(epochMinute: number): LocalMinute {
  const date = new Date(epochMinute * MINUTE_MS);
  return {
    minute: date.getMinutes(),
    hour: date.getHours(),
    day: date.getDate(),
    month: date.getMonth() + 1,
    week: date.getDay(),
  };
}
