/**
 * Which cron entries are started now, and what became of their runs.
 *
 * Each entry runs once in a minute that is its own: whatever happens to the clock, and whether a
 * reload comes in between. Minutes that the master slept through are made up for where they are
 * few; of a longer time, as when the machine was suspended, only the present minute counts. A clock
 * that is set back does not run minutes again, unless it is set back by hours.
 */
import type { CronEntry } from './terms.ts';
import { nextRun, runsIn, type ToLocal } from './cron-times.ts';

export interface CronRun {
  readonly number: number;
  /** Of the command; undefined until it has started. */
  readonly pid: number | undefined;
  readonly startedAtMs: number;
  /** When it has run too long; undefined: never. */
  readonly limitAtMs: number | undefined;
  readonly isOverdue: boolean;
}

export interface CronResult {
  /** ms since 1970. */
  readonly endedAtMs: number;
  readonly seconds: number;
  readonly isGood: boolean;
  /** For people: "exited with code 3". */
  readonly how: string;
}

export interface Cron {
  readonly entry: CronEntry;
  readonly runs: readonly CronRun[];
  readonly lastResult: CronResult | undefined;
  readonly runCount: number;
  readonly failureCount: number;
}

export interface Crons {
  readonly crons: readonly Cron[];
  /** Entries that a reload has removed, and that still run. */
  readonly leaving: readonly Cron[];
  /** The minute up to which all was started; undefined before the first look. */
  readonly doneMinute: number | undefined;
  readonly nextNumber: number;
}

export type CronStep =
  | { readonly kind: 'run'; readonly number: number; readonly entry: CronEntry }
  /** It is unique, and still running. */
  | { readonly kind: 'skipped'; readonly entry: CronEntry }
  /** It has run longer than it may. */
  | { readonly kind: 'overdue'; readonly number: number; readonly entry: CronEntry };

/** Minutes that are made up for; by how many a clock is set back without being believed. */
const MADE_UP_MINUTES_MAX = 3;
const SET_BACK_MINUTES_MAX = 180;

export const noCrons: Crons = {
  crons: [],
  leaving: [],
  doneMinute: undefined,
  nextNumber: 1,
};

/** The entries of a configuration that has come into force; what runs goes on. */
export function withEntries(before: Crons, entries: readonly CronEntry[]): Crons {
  const known = [...before.crons, ...before.leaving];
  const crons = entries.map((entry): Cron => {
    const old = known.find((cron) => cron.entry.key === entry.key);
    if (old !== undefined) return { ...old, entry };
    return { entry, runs: [], lastResult: undefined, runCount: 0, failureCount: 0 };
  });
  const keys = new Set(entries.map(({ key }) => key));
  const leaving = known.filter((cron) => !keys.has(cron.entry.key) && cron.runs.length > 0);
  return { ...before, crons, leaving };
}

/** What is to be done in this minute (of the date), at this time (of the monotonic clock). */
export function lookAtCrons(
  before: Crons,
  { minute, nowMs, toLocal }: { minute: number; nowMs: number; toLocal: ToLocal },
): { readonly crons: Crons; readonly steps: readonly CronStep[] } {
  const steps: CronStep[] = [];
  const minutes = minutesToDo(before.doneMinute, minute);
  let { nextNumber } = before;
  const look = (cron: Cron, mayStart: boolean): Cron => {
    const runs = cron.runs.map((run) => overdue(run, cron.entry, nowMs, steps));
    const isDue = mayStart && minutes.some((each) => runsIn(cron.entry.times, toLocal(each)));
    if (!isDue) return { ...cron, runs };
    const { entry } = cron;
    if (entry.isUnique && runs.length > 0) {
      steps.push({ kind: 'skipped', entry });
      return { ...cron, runs };
    }
    const number = nextNumber++;
    steps.push({ kind: 'run', number, entry });
    const limitAtMs = entry.limitMs > 0 ? nowMs + entry.limitMs : undefined;
    const run = { number, pid: undefined, startedAtMs: nowMs, limitAtMs, isOverdue: false };
    return { ...cron, runs: [...runs, run], runCount: cron.runCount + 1 };
  };
  const crons = before.crons.map((cron) => look(cron, true));
  const leaving = before.leaving.map((cron) => look(cron, false));
  const doneMinute = minutes.at(-1) ?? before.doneMinute;
  return { crons: { crons, leaving, doneMinute, nextNumber }, steps };
}

/** The minutes after the last one that was looked at. */
export function minutesToDo(done: number | undefined, minute: number): readonly number[] {
  if (done === undefined) return [minute];
  if (minute <= done) return done - minute > SET_BACK_MINUTES_MAX ? [minute] : [];
  const count = minute - done;
  if (count > MADE_UP_MINUTES_MAX) return [minute];
  return Array.from({ length: count }, (_, index) => done + 1 + index);
}

function overdue(run: CronRun, entry: CronEntry, nowMs: number, steps: CronStep[]): CronRun {
  if (run.isOverdue || run.limitAtMs === undefined || nowMs < run.limitAtMs) return run;
  steps.push({ kind: 'overdue', number: run.number, entry });
  return { ...run, isOverdue: true };
}

export function withPid(crons: Crons, number: number, pid: number): Crons {
  return changed(crons, number, (cron) => ({
    ...cron,
    runs: cron.runs.map((run) => (run.number === number ? { ...run, pid } : run)),
  }));
}

/** A run is over. */
export function withResult(crons: Crons, number: number, result: CronResult): Crons {
  const after = changed(crons, number, (cron) => ({
    ...cron,
    runs: cron.runs.filter((run) => run.number !== number),
    lastResult: result,
    failureCount: cron.failureCount + (result.isGood ? 0 : 1),
  }));
  return { ...after, leaving: after.leaving.filter((cron) => cron.runs.length > 0) };
}

export function runOf(
  { crons, leaving }: Crons,
  number: number,
): { readonly entry: CronEntry; readonly run: CronRun } | undefined {
  for (const { entry, runs } of [...crons, ...leaving]) {
    const run = runs.find((each) => each.number === number);
    if (run !== undefined) return { entry, run };
  }
  return undefined;
}

function changed(crons: Crons, number: number, change: (cron: Cron) => Cron): Crons {
  const each = (cron: Cron): Cron =>
    cron.runs.some((run) => run.number === number) ? change(cron) : cron;
  return { ...crons, crons: crons.crons.map(each), leaving: crons.leaving.map(each) };
}

/** The minute in which it is next started; undefined: never. */
export function nextMinuteOf(
  crons: Crons,
  { entry }: Cron,
  { minute, toLocal }: { minute: number; toLocal: ToLocal },
): number | undefined {
  const { doneMinute } = crons;
  const isDone = doneMinute !== undefined && doneMinute >= minute;
  return nextRun(entry.times, isDone ? minute : minute - 1, toLocal);
}
