/** Cron entries: what the options cron, unique-cron and cron2 ask for. */

import { isEitherEnough, matches } from '../../supervision/jobs/cron-times.ts';
import type { CronEntry, CronTimes } from '../../supervision/jobs/terms.ts';
import type { Written } from '../../tables/kinds.ts';
import type { Settings } from '../../tables/options/options.ts';
import { commandName, numbering } from './daemons.ts';
import { keyValues } from './key-values.ts';

export type ReadCron =
  | { readonly kind: 'cron'; readonly cron: CronEntry }
  | { readonly kind: 'problem'; readonly sentence: string };

export const cronOptions = ['cron', 'unique-cron', 'cron2'] as const;
export type CronOption = (typeof cronOptions)[number];

/** All of them, with names that differ; those that cannot be read are left out. */
export function cronsOf(settings: Settings): readonly CronEntry[] {
  const numbered = numbering();
  return cronOptions.flatMap((option) =>
    settings[option].flatMap((written) => {
      const read = readCron(option, written, settings['cron-harakiri']);
      if (read.kind === 'problem') return [];
      const { key, name } = read.cron;
      return [{ ...read.cron, key: numbered(key), name: numbered(name) }];
    }),
  );
}

/** `limitSeconds`: the option cron-harakiri. */
export function readCron(option: CronOption, written: Written, limitSeconds: number): ReadCron {
  const { text } = written;
  if (option === 'cron2') return readPairs(written, limitSeconds);
  const [, fields = '', command = ''] = /^\s*((?:\S+\s+){5})(\S.*)$/s.exec(text) ?? [];
  const words = fields.trim().split(/\s+/);
  const times = timesOf(words);
  if (command === '' || typeof times === 'string') {
    const form =
      'it needs minute, hour, day, month, week day (numbers, -1 for every) and a command';
    return { kind: 'problem', sentence: typeof times === 'string' && command ? times : form };
  }
  const isUnique = option === 'unique-cron';
  return entryOf(option, written, { times, command, isUnique, limitMs: limitSeconds * 1000 });
}

const pairNames = [
  'minute',
  'hour',
  'day',
  'month',
  'week',
  'unique',
  'harakiri',
  'legion',
] as const;

/** cron2: names and values, a space and the command; the command alone is run every minute. */
function readPairs(written: Written, limitSeconds: number): ReadCron {
  const [, first = '', rest = ''] = /^\s*(\S+)\s+(\S.*)$/s.exec(written.text) ?? [];
  if (rest === '') {
    const sentence = 'it needs times, a space and a command: minute=-10,unique=1 COMMAND';
    return { kind: 'problem', sentence };
  }
  const hasTimes = first.includes('=');
  const pairs = hasTimes ? keyValues(first, pairNames) : {};
  if (typeof pairs === 'string') return { kind: 'problem', sentence: pairs };
  const { minute = '-1', hour = '-1', day = '-1', month = '-1', week = '-1' } = pairs;
  if (pairs.legion !== undefined) {
    const sentence = 'legion is not there; let keepalived or a systemd timer decide where it runs';
    return { kind: 'problem', sentence };
  }
  const times = timesOf([minute, hour, day, month, week]);
  if (typeof times === 'string') return { kind: 'problem', sentence: times };
  const seconds =
    pairs.harakiri === undefined ? limitSeconds : Number.parseInt(pairs.harakiri, 10) || 0;
  return entryOf('cron2', written, {
    times,
    command: hasTimes ? rest : written.text.trim(),
    isUnique: (Number.parseInt(pairs.unique ?? '0', 10) || 0) !== 0,
    limitMs: seconds * 1000,
  });
}

function entryOf(
  option: string,
  { text, origin }: Written,
  entry: Pick<CronEntry, 'times' | 'command' | 'isUnique' | 'limitMs'>,
): ReadCron {
  const name = commandName(entry.command);
  return { kind: 'cron', cron: { ...entry, key: `${option} ${text}`, name, origin } };
}

/** A field is a number, or several with a semicolon between them. */
function timesOf(words: readonly string[]): CronTimes | string {
  const lists = words.map((word) => word.split(';'));
  const wrong = lists.flat().find((word) => !/^[+-]?\d{1,9}$/.test(word.trim()));
  if (wrong !== undefined) return `"${wrong}" is not a number; -1 stands for every, -5 for */5`;
  const [minute = [], hour = [], day = [], month = [], week = []] = lists.map((list) =>
    list.map(Number),
  );
  return { minute, hour, day, month, week };
}

const ranges: Readonly<Record<keyof CronTimes, readonly [least: number, most: number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  month: [1, 12],
  week: [0, 7],
};
const fieldNames = ['minute', 'hour', 'day', 'month', 'week'] as const;

/** February has 29 days in some years. */
const DAYS_OF_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Why it would never run: "minute is 120, and there are 0 to 59"; undefined where it does. */
export function impossibleTime(times: CronTimes): string | undefined {
  const cannotBe = (name: keyof CronTimes): boolean =>
    times[name].every((value) => !canBe(name, value));
  // Where one of them is enough, the other may be anything.
  const isEither = isEitherEnough(times);
  const isSpare = (name: keyof CronTimes): boolean =>
    isEither && ((name === 'day' && !cannotBe('week')) || (name === 'week' && hasDay(times)));
  const field = fieldNames.find((name) => cannotBe(name) && !isSpare(name));
  if (field !== undefined) {
    const [least, most] = ranges[field];
    return `${field} is ${times[field].join(';')}, and there are ${least} to ${most}`;
  }
  if (hasDay(times) || isSpare('day')) return undefined;
  return `day is ${times.day.join(';')}, and month ${times.month.join(';')} has no such day`;
}

/** Whether one of its months has one of its days. */
function hasDay({ day, month }: CronTimes): boolean {
  return DAYS_OF_MONTHS.some(
    (count, index) =>
      matches(month, index + 1) &&
      Array.from({ length: count }, (_, before) => before + 1).some((each) => matches(day, each)),
  );
}

function canBe(name: keyof CronTimes, value: number): boolean {
  const [least, most] = ranges[name];
  if (value >= 0) return value >= least && value <= most;
  // A step as long as the field has room only for its 0.
  return least === 0 || -value <= most;
}

/** A step that is longer than its field, so that it means "at 0"; undefined where there is none. */
export function longStep(times: CronTimes): string | undefined {
  const longest = { minute: 60, hour: 24 } as const;
  for (const name of ['minute', 'hour'] as const) {
    const step = times[name].find((value) => -value >= longest[name]);
    if (step !== undefined) {
      const each = name === 'minute' ? 'hour' : 'day';
      return `${name} = ${step} means at ${name} 0 of each ${each}, as in uWSGI: a step ends with the ${each}`;
    }
  }
  return undefined;
}
