/** A reload that loses a spawner or a gateway on its way. No process, no sleep. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { serving } from '../../../src/supervision/fleet.ts';
import { plan, rest, servingWorld } from './world.ts';

describe('a reload that loses a process', () => {
  test('in rolling mode goes on when the gateway is lost before it told a worker to leave', () => {
    const world = servingWorld({ reloadMode: 'rolling' });
    world.post({ kind: 'reload', plan: { ...plan, reloadMode: 'rolling' } });
    world.advance(world.find('spawner', 2)!);
    world.deliver();
    world.advance(world.find('worker', 2, 1)!);
    world.end(world.find('gateway')!);
    const startedAtMs = world.nowMs;
    rest(world);
    assert.equal(serving(world.fleet)?.number, 2);
    assert.equal(world.nowMs, startedAtMs, 'without waiting for mercy');
  });

  test('replaces a lost spawner by all workers, though the second one failed to start', () => {
    const world = servingWorld({ workers: 3 });
    world.end(world.find('spawner', 1)!);
    world.advance(world.find('spawner', 2)!);
    world.deliver();
    world.advance(world.find('worker', 2, 1)!);
    while (world.find('worker', 1, 1) !== undefined) world.advance(world.find('worker', 1, 1)!);
    world.deliver();
    world.end(world.find('worker', 2, 2)!);
    for (let turns = 0; turns < 3; turns += 1) {
      rest(world);
      world.pass(1_000);
    }
    const { number, workers } = serving(world.fleet)!;
    assert.equal(number, 2);
    assert.deepEqual(
      workers.map(({ enabled }) => enabled),
      [true, true, true],
    );
  });

  test('in stop-first mode whose spawner is lost lets clients wait, three times', () => {
    const world = servingWorld({ reloadMode: 'stop-first' });
    world.post({ kind: 'reload', plan: { ...plan, reloadMode: 'stop-first' } });
    while (world.find('worker') !== undefined) world.advance(world.find('worker')!);
    const states: string[] = [];
    world.takeEffects();
    for (let times = 0; times < 4; times += 1) {
      world.end(world.find('spawner', 2 + times)!);
      world.pass(1_000);
      states.push(
        world
          .takeEffects()
          .flatMap((effect) => (effect.kind === 'application' ? [effect.state] : []))
          .join(),
      );
    }
    assert.deepEqual(states, ['', '', 'awaited', 'awaited']);
    rest(world);
    assert.ok(serving(world.fleet)?.workers.every(({ enabled }) => enabled));
    assert.ok(world.takeEffects().some((e) => e.kind === 'application' && e.state === 'present'));
  });
});
