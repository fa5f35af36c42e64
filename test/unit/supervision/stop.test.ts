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

describe('a stop with a delay', () => {
  test('serves on until the delay has passed, and then drains', () => {
    const world = servingWorld();
    world.takeEffects();
    world.post({ kind: 'stop', delayMs: 5_000 });
    assert.deepEqual(kinds(world.takeEffects()), []);
    world.pass(4_999);
    assert.equal(world.fleet.phase, 'serving');
    world.pass(1);
    assert.equal(world.fleet.phase, 'stopping');
    assert.ok(kinds(world.takeEffects()).includes('drain-gateway'));
    rest(world);
    assert.equal(world.fleet.phase, 'ended');
  });

  test('asked for twice drains at once', () => {
    const world = servingWorld();
    world.post({ kind: 'stop', delayMs: 5_000 });
    world.post({ kind: 'stop', delayMs: 5_000 });
    assert.equal(world.fleet.phase, 'stopping');
    world.pass(5_000);
    rest(world);
    assert.equal(world.fleet.phase, 'ended');
  });

  test('lets a worker that dies be replaced, and no reload begin', () => {
    const world = servingWorld();
    world.post({ kind: 'stop', delayMs: 60_000 });
    const worker = world.find('worker');
    assert.ok(worker !== undefined);
    world.end(worker);
    world.pass(1_000);
    rest(world);
    assert.equal(world.processes.filter(({ kind }) => kind === 'worker').length, plan.workers);
    world.post({ kind: 'reload', plan: { ...plan, configuration: 2 } });
    assert.equal(world.fleet.generations.length, 1);
  });

  test('is none while nothing serves, and none for a stop at once', () => {
    const world = servingWorld();
    world.post({ kind: 'stop', delayMs: 5_000 });
    world.post({ kind: 'stop-now' });
    assert.equal(world.fleet.lingersUntilMs, undefined);
    rest(world);
    assert.equal(world.fleet.phase, 'ended');
  });
});
