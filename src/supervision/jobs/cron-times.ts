/**
 * When a cron entry runs, by uWSGI's rules: they are not those of crontab(5) everywhere.
 *
 * -N is each value that N divides, so that -1 is every one, and a step begins anew with each
 * hour, day, month. Where neither day nor week is negative, one of them is enough. 7 is Sunday, as
 * 0 is.
 */
import type { CronTimes } from './terms.ts';

/** A minute as the operator's clock shows it. */
export interface LocalMinute {
  readonly minute: number;
  readonly hour: number;
  /** Of the month, from 1. */
  readonly day: number;
  /** From 1. */
  readonly month: number;
  /** 0 is Sunday. */
  readonly week: number;
}

/** What the clock shows in a minute, counted from 1970. */
export type ToLocal = (epochMinute: number) => LocalMinute;

const MINUTES_IN_HOUR = 60;
const MINUTES_IN_DAY = 1_440;
const HOURS_IN_DAY = 24;
/** 29 February may be eight years away (1896 to 1904). */
const SEARCHED_DAYS = 366 * 8 + 2;

/** Whether the entry runs in this minute. */
export function runsIn(times: CronTimes, at: LocalMinute): boolean {
  const { minute, hour } = times;
  return matches(minute, at.minute) && matches(hour, at.hour) && isItsDay(times, at);
}

function isItsDay({ day, month, week }: CronTimes, at: LocalMinute): boolean {
  if (!matches(month, at.month)) return false;
  const isDay = matches(day, at.day);
  const isWeek = matches(
    week.map((value) => (value === 7 ? 0 : value)),
    at.week,
  );
  return isEitherEnough({ day, week }) ? isDay || isWeek : isDay && isWeek;
}

/** Whether a day of the month and a day of the week are named, so that one of them is enough. */
export function isEitherEnough({ day, week }: Pick<CronTimes, 'day' | 'week'>): boolean {
  return [...day, ...week].every((value) => value >= 0);
}

/** Whether a field of an entry is true of a value. */
export function matches(field: readonly number[], value: number): boolean {
  return field.some((each) => (each < 0 ? value % -each === 0 : value === each));
}

/** The first minute after `after` in which it runs; undefined: it never does. */
export function nextRun(times: CronTimes, after: number, toLocal: ToLocal): number | undefined {
  if (!isAnyOf(times.minute, MINUTES_IN_HOUR) || !isAnyOf(times.hour, HOURS_IN_DAY))
    return undefined;
  const last = after + SEARCHED_DAYS * MINUTES_IN_DAY;
  for (let minute = after + 1; minute <= last;) {
    const at = toLocal(minute);
    if (runsIn(times, at)) return minute;
    minute += stepFrom(times, at);
  }
  return undefined;
}

/** Whether one of the numbers from 0 to `count` - 1 matches: else years would be searched. */
function isAnyOf(field: readonly number[], count: number): boolean {
  return Array.from({ length: count }, (_, value) => value).some((value) => matches(field, value));
}

/** How far to go on from a minute in which it does not run; never past a change of the clock. */
function stepFrom(times: CronTimes, at: LocalMinute): number {
  if (!isItsDay(times, at)) {
    // The last two hours are looked at one by one, as that is where clocks are set.
    const left = MINUTES_IN_DAY - at.hour * MINUTES_IN_HOUR - at.minute;
    return left > 3 * MINUTES_IN_HOUR ? left - 2 * MINUTES_IN_HOUR : toNextQuarter(at);
  }
  return matches(times.hour, at.hour) ? 1 : toNextQuarter(at);
}

/** Clocks are set by hours, half hours and quarters. */
function toNextQuarter({ minute }: LocalMinute): number {
  return 15 - (minute % 15);
}
