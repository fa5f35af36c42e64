/** When cron entries run: uWSGI's rules, as a table. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { impossibleTime, longStep, readCron } from '../../../../src/config/values/crons.ts';
import { nextRun, runsIn, type LocalMinute } from '../../../../src/supervision/jobs/cron-times.ts';
import type { CronTimes } from '../../../../src/supervision/jobs/terms.ts';

/** Minutes in UTC. */
function utc(minute: number): LocalMinute {
  const date = new Date(minute * 60_000);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    week: date.getUTCDay(),
  };
}

function minuteOf(text: string): number {
  return Date.parse(`${text}:00Z`) / 60_000;
}

function timesOf(fields: string): CronTimes {
  const read = readCron('cron', { text: `${fields} true`, origin: '' }, 0);
  if (read.kind === 'problem') throw new Error(read.sentence);
  return read.cron.times;
}

function next(fields: string, after: string): string | undefined {
  const minute = nextRun(timesOf(fields), minuteOf(after), utc);
  return minute === undefined ? undefined : new Date(minute * 60_000).toISOString().slice(0, 16);
}

// 2026-11-29 is a Sunday.
const table = [
  ['-1 -1 -1 -1 -1', '2026-11-29T15:37', '2026-11-29T15:38'],
  ['-5 -1 -1 -1 -1', '2026-11-29T15:37', '2026-11-29T15:40'],
  ['-7 -1 -1 -1 -1', '2026-11-29T15:57', '2026-11-29T16:00'],
  ['0 3 -1 -1 -1', '2026-11-29T15:37', '2026-11-30T03:00'],
  ['0;30 -1 -1 -1 -1', '2026-11-29T15:05', '2026-11-29T15:30'],
  ['15 -6 -1 -1 -1', '2026-11-29T15:37', '2026-11-29T18:15'],
  ['0 0 1 -1 -1', '2026-11-29T15:37', '2026-12-01T00:00'],
  ['0 0 -10 -1 -1', '2026-11-29T15:37', '2026-11-30T00:00'],
  ['0 0 -1 -3 -1', '2026-11-29T15:37', '2026-12-01T00:00'],
  ['0 12 -1 -1 1', '2026-11-29T15:37', '2026-11-30T12:00'],
  ['0 12 -1 -1 7', '2026-11-29T15:37', '2026-12-06T12:00'],
  ['0 12 -1 -1 0', '2026-11-29T15:37', '2026-12-06T12:00'],
  ['0 12 -1 -1 -2', '2026-11-29T15:37', '2026-12-01T12:00'],
  // Day and week: one of them is enough …
  ['0 12 15 -1 1', '2026-11-29T15:37', '2026-11-30T12:00'],
  ['0 12 15 -1 7', '2026-11-29T15:37', '2026-12-06T12:00'],
  // … also with Sunday as 0, and with a day that there never is.
  ['0 12 1 -1 0', '2026-11-29T15:37', '2026-12-01T12:00'],
  ['0 12 15 -1 0', '2026-11-29T15:37', '2026-12-06T12:00'],
  ['0 12 0 -1 3', '2026-11-29T15:37', '2026-12-02T12:00'],
  // A step is no day.
  ['0 12 -5 -1 3', '2026-11-29T15:37', '2026-12-30T12:00'],
  ['0 0 29 2 -1', '2026-11-29T15:37', '2028-02-29T00:00'],
  ['59 23 31 12 -1', '2026-12-31T23:59', '2027-12-31T23:59'],
  ['-1440 -1 -1 -1 -1', '2026-11-29T15:37', '2026-11-29T16:00'],
  ['120 -1 -1 -1 -1', '2026-11-29T15:37', undefined],
  ['0 0 31 2 -1', '2026-11-29T15:37', undefined],
] as const;

describe('the next run', () => {
  for (const [fields, after, expected] of table) {
    test(`of ${fields} after ${after} is ${expected ?? 'never'}`, () => {
      assert.equal(next(fields, after), expected);
    });
  }

  test('is the first minute that matches, for many entries', () => {
    const fields = ['-13', '-1', '7', '0;45'];
    const hours = ['-1', '-5', '2', '23'];
    const weeks = ['-1', '3', '0', '7'];
    for (const minute of fields) {
      for (const hour of hours) {
        for (const week of weeks) {
          const times = timesOf(`${minute} ${hour} -1 -1 ${week}`);
          const from = minuteOf('2026-11-28T22:11');
          let expected = from + 1;
          while (!runsIn(times, utc(expected))) expected += 1;
          assert.equal(nextRun(times, from, utc), expected, `${minute} ${hour} ${week}`);
        }
      }
    }
  });

  test('comes in the hour that a clock repeats, and not in one that it leaves out', () => {
    // A clock that is set from 2:00 to 3:00 at minute 120, and from 3:00 to 2:00 at minute 1560.
    const shifted = (minute: number): LocalMinute => {
      const isSummer = minute >= 120 && minute < 1_560;
      return utc(minuteOf('2026-03-29T00:00') + minute + (isSummer ? 60 : 0));
    };
    const times = timesOf('30 2 -1 -1 -1');
    assert.equal(nextRun(times, 0, shifted), 1_530);
    assert.equal(nextRun(times, 1_530, shifted), 1_590);
  });
});

describe('entries that make no sense', () => {
  test('are named', () => {
    assert.match(impossibleTime(timesOf('120 -1 -1 -1 -1')) ?? '', /minute is 120/);
    assert.match(impossibleTime(timesOf('0 0 0 -1 -1')) ?? '', /day is 0/);
    assert.match(impossibleTime(timesOf('0 0 0 -1 9')) ?? '', /day is 0/);
    assert.equal(impossibleTime(timesOf('0 0 -1 -1 7')), undefined);
    assert.equal(impossibleTime(timesOf('0 0 0 -1 3')), undefined);
    assert.equal(impossibleTime(timesOf('0 0 5 -1 9')), undefined);
    assert.equal(impossibleTime(timesOf('0 0 29 2 -1')), undefined);
    assert.equal(impossibleTime(timesOf('0 0 -30 -2 -1')), undefined);
    assert.equal(impossibleTime(timesOf('0 0 31 4 1')), undefined);
    const noSuchDay = 'day is 31, and month 4;6 has no such day';
    assert.equal(impossibleTime(timesOf('0 0 31 4;6 -1')), noSuchDay);
    assert.match(impossibleTime(timesOf('0 0 30 2 9')) ?? '', /week is 9/);
    assert.match(impossibleTime(timesOf('0 0 -31 2 -1')) ?? '', /month 2 has no such day/);
    assert.match(longStep(timesOf('-1440 -1 -1 -1 -1')) ?? '', /minute 0 of each hour/);
    assert.equal(longStep(timesOf('-30 -12 -1 -1 -1')), undefined);
  });

  test('are refused where they are no numbers, or have no command', () => {
    const sentences = [
      readCron('cron', { text: '* * * * * true', origin: '' }, 0),
      readCron('cron', { text: '1 2 3 true', origin: '' }, 0),
      readCron('cron', { text: '1 2 3 4 5', origin: '' }, 0),
      readCron('cron2', { text: 'minute=1', origin: '' }, 0),
      readCron('cron2', { text: 'minutes=1 true', origin: '' }, 0),
      readCron('cron2', { text: 'legion=a,minute=1 true', origin: '' }, 0),
    ].map((read) => (read.kind === 'problem' ? read.sentence : ''));
    assert.match(sentences[0] ?? '', /"\*" is not a number; -1 stands for every/);
    for (const sentence of sentences) assert.notEqual(sentence, '');
  });
});

describe('cron2', () => {
  test('has names, a limit of its own, and every minute where nothing is named', () => {
    const read = readCron(
      'cron2',
      { text: 'minute=-10,unique=1,harakiri=7 a b=c', origin: '' },
      60,
    );
    assert.ok(read.kind === 'cron');
    assert.deepEqual(read.cron.times.minute, [-10]);
    assert.equal(read.cron.isUnique, true);
    assert.equal(read.cron.limitMs, 7_000);
    assert.equal(read.cron.command, 'a b=c');
    const bare = readCron('cron2', { text: 'curl -f http://x', origin: '' }, 60);
    assert.ok(bare.kind === 'cron');
    assert.equal(bare.cron.command, 'curl -f http://x');
    assert.equal(bare.cron.limitMs, 60_000);
  });
});
