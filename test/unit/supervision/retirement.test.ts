/** Workers that are replaced although they serve: one at a time, and never for fewer of them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { serving } from '../../../src/supervision/fleet.ts';
import { plan, rest, servingWorld, type World } from './world.ts';

/** The slots of the workers that serve. */
function slots(world: World): number[] {
  const workers = serving(world.fleet)?.workers ?? [];
  return workers.filter((worker) => worker.enabled).map((worker) => worker.slot);
}

function workers(world: World): World['processes'] {
  return world.processes.filter((process) => process.kind === 'worker');
}

/** All that is on its way arrives, and what starts gets ready; what leaves still runs a request. */
function restWithLongRequests(world: World): void {
  for (let turns = 0; turns < 20; turns += 1) {
    world.deliver();
    const next = world.processes.find(({ isReady, isLeaving }) => !isReady && !isLeaving);
    if (next !== undefined) world.advance(next);
  }
}

function wearOutAll(world: World): void {
  for (const process of workers(world)) world.wearOut(process);
}

describe('a worker that has had enough', () => {
  test('serves until another serves in its place, also where it is the only one', () => {
    for (const count of [1, 3]) {
      const world = servingWorld({ workers: count });
      const [first] = workers(world);
      world.wearOut(first!);
      assert.equal(workers(world).length, count + 1);
      assert.equal(slots(world).length, count);
      world.deliver();
      world.takeEffects();
      world.advance(world.find('worker', 1, count + 1)!);
      const [enable, , drain] = world.takeEffects();
      assert.deepEqual(enable?.kind === 'switch' && enable.enable, [
        { generation: 1, slot: count + 1 },
      ]);
      assert.deepEqual(drain?.kind === 'switch' && drain.drain, [{ generation: 1, slot: 1 }]);
      rest(world);
      assert.equal(slots(world).length, count);
      assert.ok(!workers(world).includes(first!));
    }
  });

  test('is one of many that are replaced one after the other', () => {
    const world = servingWorld({ workers: 4 });
    const before = workers(world);
    wearOutAll(world);
    for (let turns = 0; turns < 100; turns += 1) {
      assert.ok(slots(world).length >= 4, 'the fleet shrinks');
      assert.ok(workers(world).length <= 5, 'two are replaced at a time');
      const isMoving = world.processes.find(({ isReady, isLeaving }) => isLeaving || !isReady);
      world.deliver();
      if (isMoving !== undefined) world.advance(isMoving);
    }
    assert.equal(slots(world).length, 4);
    assert.ok(!workers(world).some((process) => before.includes(process)));
    const reasons = world.effects.filter((each) => each.kind === 'say');
    assert.equal(reasons.filter(({ sentence }) => /it has grown/.test(sentence)).length, 4);
  });

  test('may run a request as long as it likes, until a stop or a reload', () => {
    for (const [end, role] of [
      [{ kind: 'stop' }, 'a stop'],
      [{ kind: 'reload', plan }, 'a reload'],
    ] as const) {
      const world = servingWorld({ workers: 1 });
      world.wearOut(workers(world)[0]!);
      restWithLongRequests(world);
      const old = world.find('worker', 1, 1)!;
      assert.ok(old.isLeaving);
      world.pass(100 * plan.mercyMs);
      assert.ok(!old.isKilled, 'cut while nothing forces it');
      world.post(end);
      restWithLongRequests(world);
      world.pass(plan.mercyMs + 1);
      assert.ok(old.isKilled, `not within the mercy of ${role}`);
    }
  });

  test('with a long request lets the next be replaced after the mercy, up to all of them', () => {
    const world = servingWorld({ workers: 2 });
    wearOutAll(world);
    restWithLongRequests(world);
    assert.equal(workers(world).length, 3);
    world.pass(plan.mercyMs);
    restWithLongRequests(world);
    assert.equal(workers(world).length, 4);
    wearOutAll(world);
    world.pass(10 * plan.mercyMs);
    restWithLongRequests(world);
    assert.equal(workers(world).length, 4, 'more than twice the plan');
    assert.equal(slots(world).length, 2);
  });

  test('serves on while the system refuses another', () => {
    const world = servingWorld();
    world.isFull = true;
    wearOutAll(world);
    rest(world);
    assert.deepEqual(slots(world), [1, 2]);
    world.isFull = false;
    world.pass(60_000);
    rest(world);
    assert.equal(slots(world).length, 2);
  });

  test('that ends by itself meanwhile leaves as many as there should be', () => {
    const world = servingWorld();
    world.wearOut(world.find('worker', 1, 1)!);
    world.end(world.find('worker', 1, 1)!);
    rest(world);
    assert.equal(slots(world).length, 2);
    assert.equal(workers(world).length, 2);
  });

  test('is forgotten where its news comes after its end', () => {
    const world = servingWorld();
    const old = world.find('worker', 1, 1)!;
    world.end(old);
    world.wearOut(old);
    rest(world);
    assert.deepEqual(slots(world), [1, 2]);
  });
});

describe('max-worker-lifetime', () => {
  test('replaces workers of one age one after the other', () => {
    const world = servingWorld({ workers: 3, lifetimeMs: 60_000 });
    const before = workers(world);
    world.pass(59_000);
    assert.equal(workers(world).length, 3);
    world.pass(1_001);
    assert.equal(workers(world).length, 4);
    rest(world);
    assert.ok(!workers(world).some((process) => before.includes(process)));
  });

  test('comes later for each further slot with a delta', () => {
    const world = servingWorld({ workers: 3, lifetimeMs: 60_000, lifetimeDeltaMs: 10_000 });
    const [first, second, third] = workers(world);
    world.pass(60_001);
    rest(world);
    assert.ok(!workers(world).includes(first!));
    assert.ok(workers(world).includes(second!));
    world.pass(10_000);
    rest(world);
    assert.ok(!workers(world).includes(second!));
    assert.ok(workers(world).includes(third!));
  });
});

describe('max-requests', () => {
  test('gets another worker at once where the old one still runs a long request', () => {
    const world = servingWorld();
    const { pid } = world.find('worker', 1, 1)!;
    const at = { generation: 1, slot: 1 };
    world.post({ kind: 'worker-due', ...at, pid, reason: 'it has been given 5 requests' });
    restWithLongRequests(world);
    assert.deepEqual(slots(world), [2, 3]);
    world.pass(100 * plan.mercyMs);
    assert.equal(world.find('worker', 1, 1)?.isKilled, false);
  });
});

describe('evil-reload-on-rss', () => {
  const killAbove = { everyMs: 3_000, residentBytes: 100_000, addressSpaceBytes: 0 };

  test('kills a worker above it, whatever it runs, and none that has its slot now', () => {
    const world = servingWorld({ killAbove });
    const { pid } = world.find('worker', 1, 2)!;
    world.find('worker', 1, 2)!.mayBeKilled = true;
    const measured = { addressSpaceBytes: 1, generation: 1 };
    world.post({
      kind: 'memory',
      workers: [
        { ...measured, slot: 1, pid: pid - 1, residentBytes: 99_999 },
        { ...measured, slot: 2, pid, residentBytes: 100_000 },
      ],
    });
    assert.equal(world.find('worker', 1, 1)?.isKilled, false);
    assert.equal(world.find('worker', 1, 2)?.isKilled, true);
    rest(world);
    assert.deepEqual(slots(world), [1, 2]);
    world.post({
      kind: 'memory',
      workers: [{ ...measured, slot: 2, pid, residentBytes: 100_000 }],
    });
    assert.equal(world.find('worker', 1, 2)?.isKilled, false);
  });
});
