/** What a worker's death costs: how soon the next one is there. No process, no sleep. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serving } from '../../../src/supervision/fleet.ts';
import { kinds, plan, rest, servingWorld, type World } from './world.ts';

function isWhole(world: World): boolean {
  return serving(world.fleet)?.workers.every((worker) => worker.enabled) === true;
}

describe('a worker that dies', () => {
  test('is replaced at once', () => {
    const world = servingWorld();
    world.pass(60_000);
    world.takeEffects();
    world.end(world.find('worker', 1, 1)!);
    assert.deepEqual(kinds(world.takeEffects()), ['fork-worker']);
    rest(world);
    assert.ok(isWhole(world));
  });

  test('again and again before it is ready waits longer each time, at most 30 s', () => {
    const world = servingWorld();
    world.end(world.find('worker', 1, 1)!);
    const pauses: number[] = [];
    for (let tries = 0; tries < 14; tries += 1) {
      world.deliver();
      world.end(world.find('worker', 1, 1)!);
      const diedAtMs = world.nowMs;
      while (world.find('worker', 1, 1) === undefined) world.pass(50);
      pauses.push(world.nowMs - diedAtMs);
    }
    assert.ok(pauses[0]! < pauses[3]!);
    assert.ok(pauses.every((pause) => pause <= 30_050));
    assert.ok(pauses.at(-1)! > 29_000);
  });

  test('of its requests is replaced at once, as often as it happens', () => {
    const world = servingWorld();
    for (let times = 0; times < 20; times += 1) {
      const worker = world.find('worker', 1, 1)!;
      world.work(worker);
      world.deliver();
      world.takeEffects();
      world.end(worker);
      assert.deepEqual(kinds(world.takeEffects()), ['fork-worker']);
      rest(world);
    }
    assert.ok(isWhole(world));
  });

  test('of a request is replaced without a pause also where the gateway reports it late', () => {
    const world = servingWorld();
    for (let times = 0; times < 20; times += 1) {
      const { pid } = world.find('worker', 1, 1)!;
      for (const isIdle of times % 4 === 3 ? [true, false] : [false]) {
        const next = world.find('worker', 1, 1)!;
        world.end(next);
        if (!isIdle) world.post({ kind: 'worker-begun', generation: 1, slot: 1, pid: next.pid });
        assert.ok(isIdle || world.find('worker', 1, 1) !== undefined, 'it waits');
        rest(world);
      }
      assert.notEqual(world.find('worker', 1, 1)?.pid, pid);
    }
    assert.ok(isWhole(world));
  });

  test('idle, right after it was ready, waits longer each time', () => {
    const world = servingWorld();
    const pauses: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      world.end(world.find('worker', 1, 1)!);
      const diedAtMs = world.nowMs;
      while (world.find('worker', 1, 1) === undefined) world.pass(50);
      pauses.push(world.nowMs - diedAtMs);
      rest(world);
    }
    assert.equal(pauses[0], 0);
    assert.ok(pauses.every((pause, at) => at < 2 || pause > 1.5 * (pauses[at - 1] ?? 0)));
  });

  test('before it is ready waits though the one before it had worked', () => {
    const world = servingWorld();
    const first = world.find('worker', 1, 1)!;
    world.work(first);
    world.deliver();
    world.end(first);
    world.deliver();
    world.end(world.find('worker', 1, 1)!);
    assert.equal(world.find('worker', 1, 1), undefined);
    // News of the first one is not news of the second.
    world.post({ kind: 'worker-begun', generation: 1, slot: 1, pid: first.pid });
    assert.equal(world.find('worker', 1, 1), undefined);
    world.pass(100);
    assert.ok(world.find('worker', 1, 1) !== undefined);
  });

  test('of a request in a rolling reload does not undo the reload', () => {
    const world = servingWorld({ reloadMode: 'rolling' });
    world.post({ kind: 'reload', plan: { ...plan, reloadMode: 'rolling' } });
    world.deliver();
    world.advance(world.find('spawner', 2)!);
    world.deliver();
    const comer = world.find('worker', 2, 1)!;
    world.advance(comer);
    world.work(comer);
    world.deliver();
    world.end(comer);
    rest(world);
    assert.ok(!kinds(world.takeEffects()).includes('reload-failed'));
    assert.equal(serving(world.fleet)?.number, 2);
    assert.ok(isWhole(world));
  });

  test('because it overran is killed only after its other requests had their mercy', () => {
    const world = servingWorld();
    const { pid } = world.find('worker', 1, 1)!;
    world.post({ kind: 'worker-overran', generation: 1, slot: 1, pid, othersRunning: 1 });
    assert.ok(!kinds(world.takeEffects()).includes('kill-worker'));
    world.pass(plan.mercyMs);
    assert.ok(kinds(world.takeEffects()).includes('kill-worker'));
    rest(world);
    assert.ok(isWhole(world));
  });
});
