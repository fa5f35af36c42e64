/** When the stacks of what does not finish its start are asked for. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plan, servingWorld, World } from './world.ts';

describe('a child that does not finish its start', () => {
  /** What is looked at from now on, after which time, until it is killed. */
  function looks(world: World): readonly (readonly [string, number, string])[] {
    world.takeEffects();
    world.pass(plan.startTimeoutMs);
    return world.takeEffects().flatMap((effect) => {
      if (effect.kind !== 'show-stacks') return [];
      const whose = effect.worker === undefined ? 'spawner' : `worker ${effect.worker.slot}`;
      return [[whose, Math.round(effect.waitedMs), effect.isLast ? 'last' : 'first'] as const];
    });
  }
  const firstMs = Math.round(plan.startTimeoutMs / 3);
  const lastMs = plan.startTimeoutMs - 2000;

  test('is looked at after a third of its time, and shortly before its end', () => {
    const world = new World();
    world.post({ kind: 'start', plan });
    assert.deepEqual(looks(world), [
      ['spawner', firstMs, 'first'],
      ['spawner', lastMs, 'last'],
    ]);
  });

  test('is a worker where the spawner is ready: the first one, and not each of them', () => {
    const world = new World();
    world.post({ kind: 'start', plan });
    world.advance(world.find('gateway')!);
    world.advance(world.find('spawner')!);
    world.deliver();
    assert.deepEqual(looks(world), [
      ['worker 1', firstMs, 'first'],
      ['worker 1', lastMs, 'last'],
    ]);
  });

  test('is not looked at once it has finished', () => {
    assert.deepEqual(looks(servingWorld()), []);
  });
});
