/** More or fewer workers while it serves. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { serving } from '../../../src/supervision/fleet.ts';
import { scaleRefusal } from '../../../src/supervision/scale.ts';
import { plan, rest, servingWorld, type World } from './world.ts';

/** The slots of the workers that serve. */
function slots(world: World): number[] {
  const workers = serving(world.fleet)?.workers ?? [];
  return workers.filter((worker) => worker.enabled).map((worker) => worker.slot);
}

describe('scale', () => {
  test('forks more workers, which then serve', () => {
    const world = servingWorld();
    world.post({ kind: 'scale', workers: 4 });
    rest(world);
    assert.deepEqual(slots(world), [1, 2, 3, 4]);
  });

  test('asks the highest slots to leave, and kills none before its mercy ends', () => {
    const world = servingWorld({ workers: 4 });
    world.takeEffects();
    world.post({ kind: 'scale', workers: 2 });
    const drained = world.takeEffects().flatMap((e) => (e.kind === 'switch' ? e.drain : []));
    assert.deepEqual(
      drained.map(({ slot }) => slot),
      [3, 4],
    );
    assert.deepEqual(slots(world), [1, 2]);
    world.pass(plan.mercyMs - 1);
    assert.ok(!world.takeEffects().some((effect) => effect.kind === 'kill-worker'));
    rest(world);
    assert.equal(serving(world.fleet)?.workers.length, 2);
  });

  test('up again while some are leaving brings them back when they have left', () => {
    const world = servingWorld({ workers: 3 });
    world.post({ kind: 'scale', workers: 1 });
    world.post({ kind: 'scale', workers: 3 });
    rest(world);
    assert.deepEqual(slots(world), [1, 2, 3]);
  });

  test('outlives the loss of the spawner, and ends with the next reload', () => {
    const world = servingWorld();
    world.pass(60_000);
    world.post({ kind: 'scale', workers: 3 });
    rest(world);
    world.end(world.find('spawner', 1)!);
    rest(world);
    assert.equal(serving(world.fleet)?.number, 2);
    assert.deepEqual(slots(world), [1, 2, 3]);
    world.post({ kind: 'reload', plan });
    rest(world);
    assert.deepEqual(slots(world), [1, 2]);
  });

  test('is refused while a reload is under way, and where nothing has workers', () => {
    const world = servingWorld();
    assert.equal(scaleRefusal(world.fleet), undefined);
    world.post({ kind: 'reload', plan });
    assert.match(scaleRefusal(world.fleet) ?? '', /reload is under way/);
    assert.match(scaleRefusal(servingWorld({ workers: 0 }).fleet) ?? '', /only files/);
  });
});
