/** When cron entries run: the rules of the real uwsgi for each kind of field, and a few runs. */

import assert from 'node:assert/strict';

import { readCron, type CronOption } from '../../src/config/values/crons.ts';
import { runsIn, type LocalMinute } from '../../src/supervision/jobs/cron-times.ts';
import { cannotJump, JumpingDate } from '../support/jumping-date.ts';
import { story, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';
import { cannotCompare, whileServing, type ServerName } from './servers.ts';

/** uWSGI's own function, called in its process. A struct tm begins with these seven numbers. */
const asksTheRules = `
import ctypes, json
rule = ctypes.CDLL(None).uwsgi_cron_task_needs_execution
def application(environ, start_response):
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/":
        return [b"serves"]
    with open("questions.json") as file:
        asked = json.load(file)
    moments = []
    for minute, hour, day, month, week in asked["moments"]:
        moments.append((ctypes.c_int * 16)(0, minute, hour, day, month, 126, week))
    return [b"\\n".join(b"".join(b"1" if rule(moment, *fields) else b"0" for moment in moments)
                       for fields in asked["entries"])]
`;

const fields: readonly (readonly number[])[] = [
  [-1, -7, -60, 0, 30, 60],
  [-1, -5, -24, 0, 12],
  [-1, -10, -32, 0, 1, 15, 31],
  [-1, -3, -13, 2, 12],
  [-1, -2, -8, 0, 3, 7],
];

function product(lists: readonly (readonly number[])[]): number[][] {
  return lists.reduce<number[][]>(
    (begun, list) => begun.flatMap((entry) => list.map((value) => [...entry, value])),
    [[]],
  );
}

function minuteAt(dateMs: number): LocalMinute {
  const date = new Date(dateMs);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    week: date.getUTCDay(),
  };
}

/** All over a year; each third at minute 0 of midnight or noon, where most entries run. */
const moments = Array.from({ length: 150 }, (_, at) => {
  const dateMs = Date.parse('2026-01-01T00:00Z') + at * 58.5 * 3_600_000;
  const hour = at % 2 === 0 ? 0 : 12;
  return minuteAt(at % 3 === 0 ? new Date(dateMs).setUTCHours(hour, 0) : dateMs + at * 60_000);
});

story(
  'the rules of cron are those of uwsgi, for each kind of field',
  async (place) => {
    const entries = product(fields);
    const asked = moments.map((at) => [at.minute, at.hour, at.day, at.month, at.week]);
    place.write('questions.json', JSON.stringify({ entries, moments: asked }));
    place.write('app.py', asksTheRules);
    const ini = 'master = true\nmodule = app';
    const theirs = await whileServing('uwsgi', place, { ini }, async (daemon) => {
      return (await daemon.get('/rules', { timeoutMs: 60_000 })).text.split('\n');
    });
    const differing = entries.filter((entry, at) => oursOf(entry) !== theirs[at]);
    assert.deepEqual(differing.slice(0, 10), []);
    const met = theirs.filter((bits) => bits.includes('1') && bits.includes('0')).length;
    assert.ok(met > 1_000, `${met} of ${entries.length} entries run at some of the moments only`);
  },
  { skip: cannotCompare, timeoutMs: 120_000 },
);

function oursOf([minute, hour, day, month, week]: readonly number[]): string {
  const list = (value: number | undefined): number[] => (value === undefined ? [] : [value]);
  const times = {
    ...{ minute: list(minute), hour: list(hour), day: list(day) },
    ...{ month: list(month), week: list(week) },
  };
  return moments.map((at) => (runsIn(times, at) ? '1' : '0')).join('');
}

/** Of each kind some; `unique` goes on for ever, so that it runs once. */
const lines: readonly (readonly [CronOption, times: string])[] = [
  ['cron', '-1 -1 -1 -1 -1'],
  ['cron', '0 -1 -1 -1 -1'],
  ['cron', '-20 12 -1 -1 -1'],
  ['cron', '40 -6 -1 -1 -1'],
  ['cron', '-1 -1 15 -1 1'],
  ['cron', '-1 -1 13 -1 7'],
  ['cron', '-1 -1 13 -1 0'],
  ['cron', '-1 -1 -1 -3 -1'],
  ['cron2', 'minute=-10,week=1'],
  ['cron2', 'month=4,day=-2'],
  ['cron2', 'hour=18'],
  ['unique-cron', '-1 -1 -1 -1 -1'],
];
// A Monday, a Sunday and a Thursday.
const dates = ['2027-03-01T12:40:05Z', '2027-06-13T18:00:05Z', '2028-04-06T12:20:05Z'];

function commandOf(at: number, option: CronOption, runs: string): string {
  return `echo ${at} >> ${runs}${option === 'unique-cron' ? '; exec sleep 7030' : ''}`;
}

/** What is due at a date, by its place in `lines`. */
function dueAt(date: string, position: number): number[] {
  return lines.flatMap(([option, times], at) => {
    if (option === 'unique-cron') return position === 0 ? [at] : [];
    const read = readCron(option, { text: `${times} true`, origin: '' }, 0);
    assert.equal(read.kind, 'cron');
    const isDue = read.kind === 'cron' && runsIn(read.cron.times, minuteAt(Date.parse(date)));
    return isDue ? [at] : [];
  });
}

async function runsOf(name: ServerName, place: Place): Promise<void> {
  const date = new JumpingDate(place);
  const runs = place.path('runs');
  place.write('runs', '');
  date.goTo(dates[0] ?? '');
  const entries = lines.map(
    ([option, times], at) => `${option} = ${times} ${commandOf(at, option, runs)}`,
  );
  const options = {
    ...{ app: 'hello', ini: ['master = true', 'worker-reload-mercy = 1', ...entries].join('\n') },
    env: { TZ: 'UTC', ...date.environment },
  };
  await whileServing(name, place, options, async () => {
    const expected: number[] = [];
    for (const [position, next] of dates.entries()) {
      if (position > 0) date.goTo(next);
      expected.push(...dueAt(next, position));
      await until(`${name} has run what is due at ${next}: ${expected.join(' ')}`, () => {
        const noted = place.read('runs').split('\n').filter(Boolean).map(Number);
        if (String(sorted(noted)) === String(sorted(expected))) return true;
        throw new Error(`it has run ${noted.join(' ')}`);
      });
    }
  });
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((one, other) => one - other);
}

for (const name of ['uwsgi', 'reeve'] as const) {
  story(
    `cron, cron2 and unique-cron run at the same minutes: ${name}`,
    (place) => runsOf(name, place),
    { skip: cannotCompare || cannotJump, timeoutMs: 120_000 },
  );
}
