/** The supervision core at a stop: who is asked to leave when. No process, no sleep. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kinds, plan, rest, servingWorld } from './world.ts';

describe('a stop', () => {
  test('drains the gateway, then the workers, and ends with 0', () => {
    const world = servingWorld();
    world.takeEffects();
    world.post({ kind: 'stop' });
    assert.deepEqual(kinds(world.takeEffects()), ['drain-gateway']);
    rest(world);
    assert.equal(world.fleet.phase, 'ended');
    assert.equal(world.fleet.exitCode, 0);
    assert.equal(world.processes.length, 0);
  });

  test('asks workers to leave a second before mercy ends, though a request still runs', () => {
    const world = servingWorld();
    world.post({ kind: 'stop' });
    world.takeEffects();
    world.pass(plan.mercyMs - 1_001);
    assert.deepEqual(world.takeEffects(), []);
    world.pass(1);
    const asked = world
      .takeEffects()
      .flatMap((effect) => (effect.kind === 'switch' ? effect.drain : []));
    assert.equal(asked.length, plan.workers);
  });

  test('kills what is left when mercy ends', () => {
    const world = servingWorld();
    world.post({ kind: 'stop' });
    world.pass(plan.mercyMs);
    assert.ok(kinds(world.takeEffects()).includes('kill-worker'));
  });

  test('asked for twice ends at once', () => {
    const world = servingWorld();
    world.post({ kind: 'stop' });
    world.post({ kind: 'stop' });
    assert.ok(world.processes.every((process) => process.isLeaving));
  });
});
