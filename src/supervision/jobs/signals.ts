/**
 * The signals of one generation (pure): who is to have each, and what raises them by itself, which
 * is timers, cron entries and files that change.
 *
 * Each process of the generation may register the same; it is there once. What a new generation
 * has as the one before it goes on where that was, so that a reload neither repeats nor delays it.
 */
import type { CronTimes } from './terms.ts';
import { runsIn, type ToLocal } from './cron-times.ts';
import { minutesToDo } from './crons.ts';

export interface SignalTimer {
  readonly number: number;
  readonly seconds: number;
  /** How often it is still due; Infinity: for ever. */
  readonly left: number;
  /** On the monotonic clock; undefined: its generation is not in force yet. */
  readonly dueAtMs: number | undefined;
}

export interface SignalCron {
  readonly number: number;
  readonly times: CronTimes;
  /** The minute up to which all was raised; undefined before the first look. */
  readonly doneMinute: number | undefined;
}

export interface SignalFile {
  readonly number: number;
  readonly path: string;
}

/** Who is to have a signal, and who has a handler for it. */
export interface Registered {
  /** As the application wrote it; the last one counts. */
  readonly target: string;
  /** Slots of the workers that registered it themselves; 0 = the spawner, and so all. */
  readonly by: readonly number[];
}

export interface SignalTable {
  readonly handlers: ReadonlyMap<number, Registered>;
  readonly timers: readonly SignalTimer[];
  readonly crons: readonly SignalCron[];
  readonly files: readonly SignalFile[];
}

/** As many of each kind, as in uWSGI. */
export const RAISERS_MAX = 64;

export const noSignals: SignalTable = { handlers: new Map(), timers: [], crons: [], files: [] };

export function withHandler(
  table: SignalTable,
  asked: { readonly number: number; readonly target: string; readonly worker: number },
): SignalTable {
  const { number, target, worker } = asked;
  const before = table.handlers.get(number)?.by ?? [];
  const by = [...before.filter((each) => each !== worker), worker];
  return { ...table, handlers: new Map([...table.handlers, [number, { target, by }]]) };
}

/** Adds a timer; undefined where there are too many. `iterations`: 0 = for ever. */
export function withTimer(
  table: SignalTable,
  asked: { readonly number: number; readonly seconds: number; readonly iterations: number },
): SignalTable | undefined {
  const { number, seconds, iterations } = asked;
  // As under uWSGI, such a timer is never due.
  if (seconds <= 0) return table;
  const left = iterations > 0 ? iterations : Infinity;
  const timer = { number, seconds, left, dueAtMs: undefined };
  const timers = withOne(table.timers, timer, isSameTimer);
  return timers && { ...table, timers };
}

export function withCron(
  table: SignalTable,
  asked: { readonly number: number; readonly fields: readonly number[] },
): SignalTable | undefined {
  const [minute = -1, hour = -1, day = -1, month = -1, week = -1] = asked.fields;
  const times = { minute: [minute], hour: [hour], day: [day], month: [month], week: [week] };
  const cron = { number: asked.number, times, doneMinute: undefined };
  const crons = withOne(table.crons, cron, isSameCron);
  return crons && { ...table, crons };
}

export function withFile(table: SignalTable, file: SignalFile): SignalTable | undefined {
  const isSame = (one: SignalFile): boolean => one.number === file.number && one.path === file.path;
  const files = withOne(table.files, file, isSame);
  return files && { ...table, files };
}

function withOne<Raiser>(
  all: readonly Raiser[],
  added: Raiser,
  isSame: (one: Raiser, other: Raiser) => boolean,
): readonly Raiser[] | undefined {
  if (all.some((one) => isSame(one, added))) return all;
  return all.length >= RAISERS_MAX ? undefined : [...all, added];
}

function isSameTimer(one: SignalTimer, other: SignalTimer): boolean {
  return one.number === other.number && one.seconds === other.seconds;
}

function isSameCron(one: SignalCron, other: SignalCron): boolean {
  return one.number === other.number && String(listed(one)) === String(listed(other));
}

function listed({ times }: SignalCron): readonly (readonly number[])[] {
  return [times.minute, times.hour, times.day, times.month, times.week];
}

/** The generation has come into force after another: what both have goes on. */
export function inForceAfter(before: SignalTable, table: SignalTable, nowMs: number): SignalTable {
  return {
    ...table,
    timers: table.timers.map((timer) => {
      const old = before.timers.find((each) => isSameTimer(each, timer));
      return started({ ...timer, dueAtMs: timer.dueAtMs ?? old?.dueAtMs }, nowMs);
    }),
    crons: table.crons.map((cron) => {
      const old = before.crons.find((each) => isSameCron(each, cron));
      return { ...cron, doneMinute: cron.doneMinute ?? old?.doneMinute };
    }),
  };
}

/** Timers that were added while it is in force are due from now on. */
export function withTimersStarted(table: SignalTable, nowMs: number): SignalTable {
  return { ...table, timers: table.timers.map((timer) => started(timer, nowMs)) };
}

function started(timer: SignalTimer, nowMs: number): SignalTimer {
  return { ...timer, dueAtMs: timer.dueAtMs ?? nowMs + timer.seconds * 1000 };
}

export interface Due {
  readonly table: SignalTable;
  /** The signals to raise now. */
  readonly numbers: readonly number[];
}

/** A timer that is late by more than its time is due once, not as often as it was missed. */
export function dueTimers(table: SignalTable, nowMs: number): Due {
  const numbers: number[] = [];
  const timers = table.timers.map((timer) => {
    const { number, seconds, left, dueAtMs } = timer;
    if (dueAtMs === undefined || dueAtMs > nowMs || left === 0) return timer;
    numbers.push(number);
    const nextAtMs = dueAtMs + seconds * 1000;
    const lateAtMs = nowMs + seconds * 1000;
    return { ...timer, left: left - 1, dueAtMs: nextAtMs > nowMs ? nextAtMs : lateAtMs };
  });
  return numbers.length === 0 ? { table, numbers } : { table: { ...table, timers }, numbers };
}

/** When the next timer is due, on the monotonic clock; undefined: none is. */
export function nextTimerAtMs({ timers }: SignalTable): number | undefined {
  let nextMs = Infinity;
  for (const { left, dueAtMs } of timers) {
    if (left > 0 && dueAtMs !== undefined) nextMs = Math.min(nextMs, dueAtMs);
  }
  return nextMs === Infinity ? undefined : nextMs;
}

/** `minute` counts from 1970. */
export function dueCrons(table: SignalTable, minute: number, toLocal: ToLocal): Due {
  const numbers: number[] = [];
  const crons = table.crons.map((cron) => {
    const minutes = minutesToDo(cron.doneMinute, minute);
    if (minutes.some((each) => runsIn(cron.times, toLocal(each)))) numbers.push(cron.number);
    return { ...cron, doneMinute: minutes.at(-1) ?? cron.doneMinute };
  });
  return { table: { ...table, crons }, numbers };
}

/** Who is to have a signal. */
export type Recipients =
  | { readonly kind: 'any-worker' }
  /** Each of these, by the number of its slot. */
  | { readonly kind: 'workers'; readonly slots: readonly number[] }
  /** One process of each of these: "mules" (any of them), "mule 2", "farm tasks", "spoolers". */
  | { readonly kind: 'jobs'; readonly places: readonly string[] }
  | { readonly kind: 'nobody'; readonly why: string };

/** Who else there is beside the workers. */
export interface OtherProcesses {
  readonly mules: number;
  readonly spoolers: number;
  /** By their names, in the order of the configuration. */
  readonly farms: readonly string[];
}

/** A worker of the generation, as far as signals go. */
export interface Addressee {
  readonly slot: number;
  readonly wanted: boolean;
  readonly enabled: boolean;
}

/** What a target means; the sentence of `nobody` completes "signal 3 reaches nobody: …". */
export function recipientsOf(
  { target, by }: Registered,
  workers: readonly Addressee[],
  others: OtherProcesses,
): Recipients {
  if (target === '' || target === 'worker' || target === 'worker0') {
    const isEverywhere =
      by.includes(0) || workers.every(({ slot, wanted }) => !wanted || by.includes(slot));
    // A handler that a request registered is in its own worker only.
    return isEverywhere ? { kind: 'any-worker' } : { kind: 'workers', slots: by.slice(-1) };
  }
  if (target === 'workers' || target === 'active-workers') {
    const isMeant = ({ wanted, enabled }: Addressee): boolean =>
      target === 'workers' ? wanted : enabled;
    return { kind: 'workers', slots: workers.filter(isMeant).map(({ slot }) => slot) };
  }
  const [, digits] = /^worker([0-9]+)$/.exec(target) ?? [];
  if (digits === undefined) return jobsNamed(target, others);
  const slot = Number(digits);
  if (workers.some((worker) => worker.slot === slot)) return { kind: 'workers', slots: [slot] };
  return {
    kind: 'nobody',
    why: `its target is ${target}, and there are ${workers.length} workers`,
  };
}

/** Mules, farms and spoolers. */
function jobsNamed(target: string, { mules, spoolers, farms }: OtherProcesses): Recipients {
  const nobody = (why: string): Recipients => ({ kind: 'nobody', why });
  const only = (place: string): Recipients => ({ kind: 'jobs', places: [place] });
  if (target === 'spooler') return spoolers > 0 ? only('spoolers') : nobody('there is no spooler');
  const [, word = '', number = ''] = /^(mule|farm)([0-9]*)$/.exec(target) ?? [];
  if ((word === 'mule' || target === 'mules') && mules === 0) return nobody('there are no mules');
  if (target === 'mules') {
    return {
      kind: 'jobs',
      places: Array.from({ length: mules }, (_, index) => `mule ${index + 1}`),
    };
  }
  if (word === 'mule') {
    if (Number(number) === 0) return only('mules');
    if (Number(number) <= mules) return only(`mule ${Number(number)}`);
    return nobody(`its target is ${target}, and there are ${mules} mules`);
  }
  const named = target.startsWith('farm_') ? target.slice('farm_'.length) : undefined;
  const farm = word === 'farm' ? farms[Number(number) - 1] : farms.find((name) => name === named);
  if (farm !== undefined) return only(`farm ${farm}`);
  if (word === 'farm' || named !== undefined) {
    return nobody(`its target is ${target}, and there is no such farm`);
  }
  return nobody(`the target "${target}" is not one that Reeve knows`);
}
