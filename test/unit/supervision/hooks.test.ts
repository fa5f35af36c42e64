/** hook-master-start: a generation takes over only when its hooks have run. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { serving } from '../../../src/supervision/fleet.ts';
import { plan, rest, servingWorld, World } from './world.ts';

function asksForHooks(world: World): number[] {
  return world
    .takeEffects()
    .flatMap((effect) => (effect.kind === 'run-hooks' ? [effect.generation] : []));
}

describe('a generation with hooks for its start', () => {
  test('asks for them once all of its workers are there, and serves when they have run', () => {
    const world = servingWorld();
    world.takeEffects();
    world.post({ kind: 'reload', plan: { ...plan, hasHooks: true } });
    rest(world);
    assert.deepEqual(asksForHooks(world), [2]);
    assert.equal(serving(world.fleet)?.number, 1);
    world.post({ kind: 'hooks-ended', generation: 2, sentence: '' });
    rest(world);
    assert.equal(serving(world.fleet)?.number, 2);
    assert.deepEqual(asksForHooks(world), []);
  });

  test('goes where one fails, and the old one serves', () => {
    const world = servingWorld();
    world.post({ kind: 'reload', plan: { ...plan, hasHooks: true } });
    rest(world);
    world.takeEffects();
    world.post({ kind: 'hooks-ended', generation: 2, sentence: 'it failed' });
    const failed = world.takeEffects().find((effect) => effect.kind === 'reload-failed');
    assert.equal(failed?.exitCode, 69);
    rest(world);
    assert.equal(serving(world.fleet)?.number, 1);
    assert.equal(world.processes.filter(({ number }) => number === 2).length, 0);
  });

  test('in rolling mode asks before the first old worker is taken back', () => {
    const world = servingWorld({ reloadMode: 'rolling' });
    world.takeEffects();
    world.post({ kind: 'reload', plan: { ...plan, reloadMode: 'rolling', hasHooks: true } });
    rest(world);
    assert.deepEqual(asksForHooks(world), [2]);
    assert.equal(
      world.processes.filter(({ kind, number }) => kind === 'worker' && number === 1).length,
      2,
    );
    world.post({ kind: 'hooks-ended', generation: 2, sentence: 'it failed' });
    rest(world);
    assert.equal(serving(world.fleet)?.number, 1);
  });

  test('ends a first start with 69 where one fails', () => {
    const world = new World();
    world.post({ kind: 'start', plan: { ...plan, hasHooks: true } });
    rest(world);
    world.takeEffects();
    world.post({ kind: 'hooks-ended', generation: 1, sentence: 'it failed' });
    const failed = world.takeEffects().find((effect) => effect.kind === 'start-failed');
    assert.equal(failed?.exitCode, 69);
    rest(world);
    assert.equal(world.fleet.phase, 'ended');
    assert.equal(world.processes.length, 0);
  });

  test('ends a first start with 69 where a hook of the spawner or of a worker fails', () => {
    const world = new World();
    world.post({ kind: 'start', plan });
    const sentence = 'it failed';
    world.post({ kind: 'import-failed', generation: 1, sentence, isHook: true });
    world.takeEffects();
    world.end(world.find('spawner')!);
    const failed = world.takeEffects().find((effect) => effect.kind === 'start-failed');
    assert.equal(failed?.exitCode, 69);
  });
});
