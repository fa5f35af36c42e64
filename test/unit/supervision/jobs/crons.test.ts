/** Which cron entries are started, with the clock and reloads against them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readCron } from '../../../../src/config/values/crons.ts';
import {
  lookAtCrons,
  noCrons,
  withEntries,
  withResult,
  type Crons,
  type CronStep,
} from '../../../../src/supervision/jobs/crons.ts';
import type { CronEntry } from '../../../../src/supervision/jobs/terms.ts';

function entry(option: 'cron' | 'unique-cron', text: string, limitSeconds = 0): CronEntry {
  const read = readCron(option, { text, origin: '' }, limitSeconds);
  if (read.kind === 'problem') throw new Error(read.sentence);
  return read.cron;
}

const everyMinute = entry('cron', '-1 -1 -1 -1 -1 true');

/** Looks at these minutes, one after the other; how often something was started in each look. */
function started(minutes: readonly number[], given = [everyMinute]): number[] {
  let crons = withEntries(noCrons, given);
  return minutes.map((minute) => {
    const look = lookAt(crons, minute);
    crons = look.crons;
    return look.steps.filter(({ kind }) => kind === 'run').length;
  });
}

function lookAt(crons: Crons, minute: number, nowMs = minute * 60_000) {
  const toLocal = (each: number) => ({
    minute: each % 60,
    hour: Math.floor(each / 60) % 24,
    day: 1 + Math.floor(each / 1_440),
    month: 1,
    week: 4,
  });
  return lookAtCrons(crons, { minute, nowMs, toLocal });
}

const kinds = (steps: readonly CronStep[]): string[] => steps.map(({ kind }) => kind);

describe('a cron entry', () => {
  test('runs once in each minute, however often it is looked at', () => {
    assert.deepEqual(started([10, 10, 10, 11, 11, 12]), [1, 0, 0, 1, 0, 1]);
  });

  test('does not run again in its minute when a reload brings it anew', () => {
    const first = lookAt(withEntries(noCrons, [everyMinute]), 10);
    const reloaded = withEntries(first.crons, [entry('cron', '-1 -1 -1 -1 -1 true')]);
    assert.deepEqual(kinds(lookAt(reloaded, 10).steps), []);
    assert.deepEqual(kinds(lookAt(reloaded, 11).steps), ['run']);
  });

  test('is made up for where the master was held up for a few minutes, once', () => {
    const at12 = entry('cron', '12 -1 -1 -1 -1 true');
    assert.deepEqual(started([11, 13, 13], [at12]), [0, 1, 0]);
    assert.deepEqual(started([10, 13]), [1, 1]);
  });

  test('is not made up for after hours in which the machine slept', () => {
    const at12 = entry('cron', '12 -1 -1 -1 -1 true');
    assert.deepEqual(started([11, 131], [at12]), [0, 0]);
  });

  test('does not run again when the clock is set back, unless that is by hours', () => {
    assert.deepEqual(started([100, 101, 40, 41, 101, 102]), [1, 1, 0, 0, 0, 1]);
    assert.deepEqual(started([500, 100, 101]), [1, 1, 1]);
  });

  test('that is unique waits for its last run; another one does not', () => {
    const unique = entry('unique-cron', '-1 -1 -1 -1 -1 true');
    const first = lookAt(withEntries(noCrons, [unique]), 10);
    const second = lookAt(first.crons, 11);
    assert.deepEqual(kinds(second.steps), ['skipped']);
    const result = { endedAtMs: 0, seconds: 1, isGood: true, how: '' };
    assert.deepEqual(kinds(lookAt(withResult(second.crons, 1, result), 12).steps), ['run']);
    assert.deepEqual(started([10, 11, 12]), [1, 1, 1]);
  });

  test('that runs for too long is named once', () => {
    const limited = entry('cron', '0 -1 -1 -1 -1 true', 5);
    const first = lookAt(withEntries(noCrons, [limited]), 60, 0);
    assert.deepEqual(kinds(lookAt(first.crons, 60, 4_999).steps), []);
    const late = lookAt(first.crons, 60, 5_000);
    assert.deepEqual(kinds(late.steps), ['overdue']);
    assert.deepEqual(kinds(lookAt(late.crons, 60, 9_000).steps), []);
  });

  test('that a reload removes is not started again, and its run ends in peace', () => {
    const first = lookAt(withEntries(noCrons, [everyMinute]), 10);
    const without = withEntries(first.crons, []);
    assert.equal(without.leaving.length, 1);
    assert.deepEqual(kinds(lookAt(without, 11).steps), []);
    const result = { endedAtMs: 0, seconds: 1, isGood: false, how: '' };
    assert.deepEqual(withResult(without, 1, result).leaving, []);
  });
});
