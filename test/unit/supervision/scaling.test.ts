/** How many workers there are for a load: added soon, stopped late, and none of it twice. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { serving } from '../../../src/supervision/fleet.ts';
import {
  newScaling,
  scaled,
  type Load,
  type ScalingTerms,
} from '../../../src/supervision/scaling/cheaper.ts';
import { plan, rest, servingWorld, type World } from './world.ts';

const terms: ScalingTerms = {
  algorithm: 'spare',
  least: 1,
  most: 8,
  first: 1,
  threads: 1,
  step: 1,
  overload: 3,
  softBytes: 0,
  hardBytes: 0,
  busyness: {
    max: 50,
    min: 25,
    multiplier: 10,
    penalty: 2,
    backlogAlert: 33,
    backlogMultiplier: 3,
    backlogStep: 1,
    backlogNonzero: 60,
  },
};

/** A second in which requests needed so many workers; of more than there are, the rest waits. */
function second(needed: number, active: number): Load {
  const busy = Math.min(needed, active);
  const waits = Math.max(needed - active, 0);
  return {
    intervalMs: 1_000,
    busyMs: busy * 1_000,
    queued: Math.ceil(waits * 10),
    waitedMaxMs: waits > 0 ? 500 : 0,
  };
}

/** The numbers of workers after each second of such a load, and what was said of the changes. */
function course(given: Partial<ScalingTerms>, needed: readonly number[], from = 1) {
  const all = { ...terms, ...given };
  const scaling = newScaling(all, 0);
  const reasons: string[] = [];
  let [active, starts] = [from, 0];
  const numbers = needed.map((each, at) => {
    const { change, reason } = scaled(scaling, all, second(each, active), active, 1_000 * (at + 1));
    active += change;
    starts += Math.max(change, 0);
    if (change !== 0) reasons.push(reason);
    return active;
  });
  return { numbers, reasons, starts, last: numbers.at(-1) };
}

function times(count: number, of: (at: number) => number): number[] {
  return Array.from({ length: count }, (_, at) => of(at));
}

const algorithms = ['spare', 'spare2', 'backlog', 'busyness'] as const;

for (const algorithm of algorithms) {
  describe(algorithm, () => {
    test('starts workers for a load that lasts, and stops all that are too many after it', () => {
      const overload = algorithm === 'backlog' ? 3 : 1;
      const up = course(
        { algorithm, overload },
        times(40, () => 4.2),
      );
      // A backlog of two is none yet.
      assert.ok((up.last ?? 0) >= (algorithm === 'backlog' ? 4 : 5), `${up.last}`);
      const down = course(
        { algorithm, overload },
        times(300, (at) => (at < 40 ? 4.2 : 0)),
      );
      assert.equal(down.last, 1);
      assert.equal(down.starts, Math.max(...down.numbers) - 1, 'some were started twice');
    });

    test('starts no worker twice for a load that comes and goes every second', () => {
      const overload = algorithm === 'backlog' ? 3 : 1;
      const swing = course(
        { algorithm, overload },
        times(300, (at) => (at % 2 === 0 ? 5 : 0)),
      );
      const most = Math.max(...swing.numbers);
      assert.ok(most > 1, 'it is not seen');
      assert.ok(swing.starts <= most + 2, `${swing.starts} starts for ${most} workers`);
    });

    test('keeps between the least and the most, and says why', () => {
      const load = times(200, (at) => (at % 40 < 20 ? 20 : 0));
      const { numbers, reasons } = course({ algorithm, least: 2, most: 4, overload: 1 }, load, 2);
      assert.ok(Math.min(...numbers) >= 2 && Math.max(...numbers) === 4);
      assert.ok(reasons.length > 0 && reasons.every((reason) => reason !== ''));
    });
  });
}

describe('backlog', () => {
  test('stops workers as soon where many requests may wait as where few may', () => {
    const load = times(60, (at) => (at < 20 ? 20 : 0));
    const many = course({ algorithm: 'backlog', overload: 100 }, load);
    assert.ok(Math.max(...many.numbers) > 5, 'none were started');
    assert.equal(many.last, 1);
  });
});

describe('cheaper', () => {
  test('adds as many as cheaper-step at a time, after cheaper-overload seconds', () => {
    const steps = course(
      { step: 3, overload: 4 },
      times(5, () => 1),
    );
    assert.deepEqual(steps.numbers, [1, 1, 1, 4, 4]);
  });

  test('adds one at once when a request has waited for a second', () => {
    const scaling = newScaling(terms, 0);
    const load = { ...second(1, 1), waitedMaxMs: 1_000 };
    const { change, reason } = scaled(scaling, terms, load, 1, 1_000);
    assert.equal(change, 1);
    assert.match(reason, /waited up to 1000 ms/);
  });

  test('with spare2 keeps as many free as cheaper says', () => {
    const { last } = course(
      { algorithm: 'spare2', least: 3, most: 10 },
      times(60, () => 2),
      3,
    );
    assert.equal(last, 5);
  });

  test('with manual changes nothing by itself', () => {
    assert.equal(
      course(
        { algorithm: 'manual' },
        times(60, () => 8),
      ).last,
      1,
    );
  });

  test('adds none above the soft limit of memory, and stops one above the hard limit', () => {
    const limits = { ...terms, softBytes: 100, hardBytes: 200, overload: 1 };
    const scaling = newScaling(limits, 0);
    scaling.residentBytes = 150;
    assert.equal(scaled(scaling, limits, second(5, 2), 2, 1_000).change, 0);
    scaling.residentBytes = 200;
    const { change, reason } = scaled(scaling, limits, second(5, 2), 2, 2_000);
    assert.equal(change, -1);
    assert.match(reason, /cheaper-rss-limit-hard/);
    assert.equal(scaled(scaling, limits, second(5, 1), 1, 3_000).change, 0);
  });

  test('with threads counts the threads of a worker together', () => {
    assert.equal(
      course(
        { threads: 4 },
        times(60, () => 0.5),
      ).last,
      1,
    );
  });
});

describe('the fleet', () => {
  const scaling = { ...terms, overload: 1 };

  function slots(world: World): number[] {
    const workers = serving(world.fleet)?.workers ?? [];
    return workers.filter(({ enabled }) => enabled).map(({ slot }) => slot);
  }

  function report(world: World, load: Load, idle: readonly number[] = []): void {
    world.pass(1_000);
    const at = idle.map((slot) => ({ generation: serving(world.fleet)!.number, slot }));
    world.post({ kind: 'gateway-alive', epoch: 1, number: 0, load: { ...load, idle: at } });
    rest(world);
  }

  test('grows with the load, keeps its size in a reload, and shrinks by a worker that is idle', () => {
    const world = servingWorld({ workers: 1, scaling });
    for (let each = 0; each < 3; each += 1) report(world, second(9, slots(world).length));
    assert.deepEqual(slots(world), [1, 2, 3, 4]);
    world.post({ kind: 'reload', plan: { ...plan, workers: 1, scaling } });
    rest(world);
    assert.equal(serving(world.fleet)?.number, 2);
    assert.equal(slots(world).length, 4);
    for (let each = 0; each < 60 && slots(world).length === 4; each += 1) {
      report(world, second(0, 4), [2, 3]);
    }
    assert.deepEqual(slots(world), [1, 2, 4]);
    for (let each = 0; each < 60; each += 1) report(world, second(0, 3), []);
    assert.equal(slots(world).length, 3, 'one that is busy was stopped');
  });

  test('asleep has no worker, and as many as at the start when a request waits', () => {
    const world = servingWorld({ workers: 3 });
    world.post({ kind: 'sleep', why: 'no request for 5 s (idle)' });
    rest(world);
    assert.deepEqual(slots(world), []);
    assert.deepEqual(
      world.processes.map(({ kind }) => kind),
      ['gateway', 'spawner'],
    );
    world.post({ kind: 'wake' });
    rest(world);
    assert.deepEqual(slots(world), [1, 2, 3]);
  });

  test('that starts cheap is ready without a worker, also after a reload', () => {
    const world = servingWorld({ workers: 2, startsAsleep: true });
    assert.equal(world.fleet.phase, 'serving');
    assert.equal(world.find('worker'), undefined);
    for (const reloadMode of ['rolling', 'overlap', 'stop-first'] as const) {
      world.post({ kind: 'reload', plan: { ...plan, startsAsleep: true, reloadMode } });
      rest(world);
      assert.equal(world.find('worker'), undefined);
    }
    assert.equal(serving(world.fleet)?.number, 4);
    world.post({ kind: 'wake' });
    rest(world);
    assert.deepEqual(slots(world), [1, 2]);
    world.post({ kind: 'reload', plan: { ...plan, startsAsleep: true } });
    rest(world);
    assert.deepEqual(slots(world), [1, 2], 'a reload put it to sleep');
  });

  test('has a worker for a request that comes while a reload of a sleeping fleet goes on', () => {
    const world = servingWorld({ workers: 2 });
    world.post({ kind: 'sleep', why: 'idle' });
    rest(world);
    world.post({ kind: 'reload', plan });
    world.post({ kind: 'wake' });
    rest(world);
    assert.equal(serving(world.fleet)?.number, 2);
    assert.deepEqual(slots(world), [1, 2]);
  });

  test('takes a worker more or fewer, and never less than the least', () => {
    const world = servingWorld({ workers: 2, scaling: { ...scaling, least: 2, most: 3 } });
    const by = (change: number): number[] => {
      world.post({ kind: 'scale-by', change });
      rest(world);
      return slots(world);
    };
    assert.equal(by(1).length, 3);
    assert.equal(by(1).length, 3);
    assert.equal(by(-1).length, 2);
    assert.equal(by(-1).length, 2);
  });

  test('takes no more than its bound by hand, and no fewer than one', () => {
    const world = servingWorld({ workers: 2, mostByHand: 4 });
    const by = (change: number): number => {
      world.post({ kind: 'scale-by', change });
      rest(world);
      return slots(world).length;
    };
    assert.equal(by(100), 4);
    world.post({ kind: 'scale', workers: 6 });
    assert.equal(by(1), 6, 'what was scaled up otherwise stays');
    assert.equal(by(-100), 1);
  });
});
