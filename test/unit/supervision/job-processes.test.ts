/** Mules and spoolers, without a process. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { serving } from '../../../src/supervision/fleet.ts';
import { plan, rest, servingWorld, World } from './world.ts';

const mule = { slot: 100_001, kind: 'mule', name: 'mule 1', mercyMs: plan.mercyMs } as const;
const spooler = {
  slot: 200_001,
  kind: 'spooler',
  name: 'spooler 1',
  mercyMs: plan.mercyMs,
} as const;
const withJobs = { ...plan, jobs: [mule, spooler] };

/** What was asked for about jobs since the last time. */
function asked(world: World): string[] {
  const kinds = ['fork-job', 'end-job', 'kill-worker'];
  return world
    .takeEffects()
    .filter(({ kind }) => kinds.includes(kind))
    .map((effect) => `${effect.kind} ${'slot' in effect ? effect.slot : ''}`);
}

function up(world: World, generation: number, slot: number): void {
  const pid = generation * 1_000 + (slot % 1_000) + (slot > 150_000 ? 500 : 0);
  world.post({ kind: 'forked', generation, slot, pid });
  world.post({ kind: 'job-up', generation, slot, pid });
}

function end(world: World, generation: number, slot: number, how = 'exited with code 0'): void {
  const job = world.fleet.generations
    .find(({ number }) => number === generation)
    ?.jobs.find(({ terms }) => terms.slot === slot);
  world.post({ kind: 'worker-exited', generation, slot, pid: job?.pid ?? 0, how });
}

function running(): World {
  const world = servingWorld({ jobs: [mule, spooler] });
  assert.deepEqual(asked(world), ['fork-job 100001', 'fork-job 200001']);
  up(world, 1, mule.slot);
  up(world, 1, spooler.slot);
  world.takeEffects();
  return world;
}

describe('mules and spoolers', () => {
  test('are started when their generation serves, and do not hold it up', () => {
    const world = servingWorld({ jobs: [mule] });
    assert.equal(serving(world.fleet)?.jobs[0]?.state, 'starting');
  });

  test('are started again when they end, with pauses that grow', () => {
    const world = running();
    end(world, 1, spooler.slot);
    assert.deepEqual(asked(world), ['fork-job 200001']);
    up(world, 1, spooler.slot);
    end(world, 1, spooler.slot);
    assert.deepEqual(asked(world), []);
    world.pass(100);
    assert.deepEqual(asked(world), ['fork-job 200001']);
  });

  test('roll with a reload: a spooler at once, a mule when the one before has ended', () => {
    const world = running();
    world.post({ kind: 'reload', plan: withJobs });
    rest(world);
    const first = asked(world);
    assert.ok(first.includes('end-job 100001') && first.includes('end-job 200001'));
    assert.equal(first.filter((each) => each === 'fork-job 200001').length, 1);
    assert.ok(!first.includes('fork-job 100001'));
    end(world, 1, mule.slot);
    assert.deepEqual(asked(world), ['fork-job 100001']);
    end(world, 1, spooler.slot);
    rest(world);
    assert.deepEqual(
      world.fleet.generations.map(({ number }) => number),
      [2],
    );
  });

  test('have the mercy of their generation, and are killed then', () => {
    const world = running();
    world.post({ kind: 'stop' });
    world.takeEffects();
    world.pass(plan.mercyMs - 1);
    assert.ok(!asked(world).some((each) => each.startsWith('kill-worker 2')));
    world.pass(1);
    assert.ok(asked(world).includes('kill-worker 200001'));
    end(world, 1, spooler.slot, 'was killed by SIGKILL');
    end(world, 1, mule.slot);
    rest(world);
    assert.equal(world.fleet.phase, 'ended');
  });

  test('a mule has the mercy of its own where that is shorter', () => {
    const brief = { ...mule, mercyMs: 1_000 };
    const world = servingWorld({ jobs: [brief] });
    up(world, 1, mule.slot);
    world.post({ kind: 'stop' });
    world.takeEffects();
    world.pass(999);
    assert.ok(!asked(world).includes('kill-worker 100001'));
    world.pass(1);
    assert.ok(asked(world).includes('kill-worker 100001'));
  });

  test('are asked to end, and followed by others, when their file is touched', () => {
    const world = running();
    world.post({ kind: 'renew-jobs', jobs: 'spooler' });
    assert.deepEqual(asked(world), ['end-job 200001']);
    end(world, 1, spooler.slot);
    assert.deepEqual(asked(world), ['fork-job 200001']);
  });
});
