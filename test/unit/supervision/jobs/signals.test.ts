/** Which signals are raised by themselves, whatever clock and reloads do; and who gets them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  RAISERS_MAX,
  dueCrons,
  dueTimers,
  inForceAfter,
  nextTimerAtMs,
  noSignals,
  recipientsOf,
  withCron,
  withFile,
  withTimer,
  type SignalTable,
} from '../../../../src/supervision/jobs/signals.ts';

/** A table with these timers, in force from 0 on: each as number, seconds[, iterations]. */
function withTimers(...timers: readonly (readonly [number, number, number?])[]): SignalTable {
  let table: SignalTable | undefined = noSignals;
  for (const [number, seconds, iterations = 0] of timers) {
    table = withTimer(table, { number, seconds, iterations });
    assert.ok(table !== undefined);
  }
  return inForceAfter(noSignals, table, 0);
}

/** What is raised at each of these times, one after the other. */
function raisedAt(table: SignalTable, timesMs: readonly number[]): (readonly number[])[] {
  return timesMs.map((atMs) => {
    const due = dueTimers(table, atMs);
    table = due.table;
    return due.numbers;
  });
}

const toLocal = (minute: number) => ({ minute: minute % 60, hour: 0, day: 1, month: 1, week: 4 });

describe('a timer', () => {
  test('is due after its time, and again after it', () => {
    const times = [999, 1000, 1001, 2000, 2999, 3000];
    assert.deepEqual(raisedAt(withTimers([7, 1]), times), [[], [7], [], [7], [], [7]]);
  });

  test('with iterations is due so often', () => {
    const table = withTimers([7, 1, 2]);
    assert.deepEqual(raisedAt(table, [1000, 2000, 3000, 4000]), [[7], [7], [], []]);
  });

  test('that each worker registers is one', () => {
    assert.deepEqual(raisedAt(withTimers([7, 1], [7, 1], [8, 1]), [1000]), [[7, 8]]);
  });

  test('of no time or less is never due', () => {
    assert.equal(nextTimerAtMs(withTimers([7, 0], [7, -1])), undefined);
  });

  test('that was missed for long is due once', () => {
    assert.deepEqual(raisedAt(withTimers([7, 1]), [60_500, 60_600, 61_500]), [[7], [], [7]]);
  });

  test('goes on through a reload as it was, and what is new begins then', () => {
    const old = withTimers([7, 10]);
    const added = withTimer(withTimer(noSignals, { number: 7, seconds: 10, iterations: 0 })!, {
      number: 8,
      seconds: 10,
      iterations: 0,
    });
    const table = inForceAfter(old, added!, 4000);
    assert.deepEqual(raisedAt(table, [10_000, 14_000, 20_000]), [[7], [8], [7]]);
  });

  test('one too many is refused', () => {
    let table: SignalTable = withTimers();
    for (let each = 1; each <= RAISERS_MAX; each += 1) {
      table = withTimer(table, { number: 1, seconds: each, iterations: 0 })!;
    }
    assert.equal(withTimer(table, { number: 1, seconds: 99, iterations: 0 }), undefined);
    assert.deepEqual(withTimer(table, { number: 1, seconds: 9, iterations: 0 }), table);
  });
});

describe('a cron entry of the application', () => {
  const every = withCron(noSignals, { number: 3, fields: [-1, -1, -1, -1, -1] })!;

  test('is raised once in each minute, also when a reload brings it anew', () => {
    const first = dueCrons(every, 10, toLocal);
    assert.deepEqual(first.numbers, [3]);
    assert.deepEqual(dueCrons(first.table, 10, toLocal).numbers, []);
    const reloaded = inForceAfter(first.table, every, 0);
    assert.deepEqual(dueCrons(reloaded, 10, toLocal).numbers, []);
    assert.deepEqual(dueCrons(reloaded, 11, toLocal).numbers, [3]);
  });

  test('has steps as in an ini', () => {
    const table = withCron(noSignals, { number: 3, fields: [-15, -1, -1, -1, -1] })!;
    const minutes = [0, 1, 15, 29, 30, 45].map((each) => dueCrons(table, each, toLocal).numbers);
    assert.deepEqual(minutes, [[3], [], [3], [], [3], [3]]);
  });
});

test('a file monitor that each worker registers is one', () => {
  const file = { number: 3, path: '/f' };
  assert.equal(withFile(withFile(noSignals, file)!, file)!.files.length, 1);
});

const others = { mules: 2, spoolers: 1, farms: ['tasks', 'mail'] };

test('a target is any worker, certain workers, or nobody', () => {
  const workers = [
    { slot: 1, wanted: true, enabled: true },
    { slot: 2, wanted: true, enabled: false },
    { slot: 3, wanted: false, enabled: false },
  ];
  const reached = (target: string, by: readonly number[] = [0]): string => {
    const recipients = recipientsOf({ target, by }, workers, others);
    return recipients.kind === 'workers' ? recipients.slots.join() : recipients.kind;
  };
  const targets = ['', 'worker', 'worker0', 'workers', 'active-workers', 'worker2', 'worker4'];
  const expected = ['any-worker', 'any-worker', 'any-worker', '1,2', '1', '2', 'nobody'];
  assert.deepEqual(
    targets.map((each) => reached(each)),
    expected,
  );
  assert.deepEqual([reached('', [1, 2]), reached('', [1])], ['any-worker', '1']);
  assert.deepEqual(
    ['bogus', 'worker-1', 'workerx', 'Workers'].map((each) => reached(each)),
    Array(4).fill('nobody'),
  );
});

test('a target is one mule, each mule, one of a farm, or one of the spoolers', () => {
  const reached = (target: string, there = others): string => {
    const recipients = recipientsOf({ target, by: [0] }, [], there);
    if (recipients.kind === 'jobs') return recipients.places.join();
    return recipients.kind === 'nobody' ? recipients.why : recipients.kind;
  };
  const cases = [
    ['mule', 'mules'],
    ['mule0', 'mules'],
    ['mule2', 'mule 2'],
    ['mules', 'mule 1,mule 2'],
    ['farm_mail', 'farm mail'],
    ['farm2', 'farm mail'],
    ['spooler', 'spoolers'],
    ['mule3', 'its target is mule3, and there are 2 mules'],
    ['farm_post', 'its target is farm_post, and there is no such farm'],
    ['farm3', 'its target is farm3, and there is no such farm'],
    ['farm', 'its target is farm, and there is no such farm'],
    ['mulex', 'the target "mulex" is not one that Reeve knows'],
    ['mules2', 'the target "mules2" is not one that Reeve knows'],
  ] as const;
  for (const [target, expected] of cases) assert.equal(reached(target), expected, target);
  const alone = { mules: 0, spoolers: 0, farms: [] };
  assert.equal(reached('mules', alone), 'there are no mules');
  assert.equal(reached('spooler', alone), 'there is no spooler');
});
