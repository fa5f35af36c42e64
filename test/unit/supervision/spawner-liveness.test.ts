/** Spawners that do not answer: who is replaced, who is not, what is said, and how a stop ends. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Effect } from '../../../src/supervision/events.ts';
import { serving } from '../../../src/supervision/fleet.ts';
import { replacesWorkers } from '../../../src/supervision/spawner-liveness.ts';
import { plan, rest, servingWorld, World } from './world.ts';

/** What was logged under this event. */
function said(effects: readonly Effect[], event: string): string[] {
  return effects.flatMap((effect) =>
    effect.kind === 'say' && effect.event === event ? [effect.sentence] : [],
  );
}

function kindsOf(world: World): string[] {
  return world.takeEffects().map((effect) => effect.kind);
}

/** Beats, while all that can go on goes on. */
function live(world: World, seconds: number): void {
  for (let second = 0; second < seconds; second += 1) {
    world.beats(1);
    rest(world);
  }
}

describe('a spawner that answers', () => {
  test('is asked rarely while it has nothing to do, and left alone', () => {
    const world = servingWorld();
    world.takeEffects();
    const { pid } = world.find('spawner')!;
    world.beats(120);
    const questions = kindsOf(world).filter((kind) => kind === 'ping-spawner').length;
    assert.ok(questions >= 16 && questions <= 24, `${questions} questions`);
    assert.equal(world.find('spawner')?.pid, pid);
  });

  test('is asked with each order, and its forks count as answers', () => {
    const world = servingWorld();
    world.beats(1);
    world.takeEffects();
    world.end(world.find('worker', 1, 1)!);
    assert.deepEqual(
      world
        .takeEffects()
        .map(({ kind }) => kind)
        .filter((kind) => kind !== 'say'),
      ['fork-worker', 'ping-spawner'],
    );
    // A large application: nine seconds for each fork, and the answer comes after the last.
    for (const slot of [1, 2, 1]) {
      for (let second = 0; second < 9; second += 1) {
        world.post({ kind: 'beat', deafAfterMs: 10_000 });
        world.pass(1_000);
      }
      world.post({ kind: 'forked', generation: 1, slot, pid: world.find('worker', 1, slot)!.pid });
    }
    assert.ok(!kindsOf(world).includes('kill-spawner'));
  });

  test('is not punished for a sleep of the master', () => {
    const world = servingWorld();
    world.beats(10);
    world.post({ kind: 'beat', deafAfterMs: 10_000 });
    world.nowMs += 3_600_000;
    world.post({ kind: 'beat', deafAfterMs: 10_000 });
    world.beats(3);
    assert.ok(!kindsOf(world).includes('kill-spawner'));
  });
});

describe('a spawner that ends', () => {
  test('after more than a second is replaced at once, however often', () => {
    const world = servingWorld();
    for (let times = 0; times < 9; times += 1) {
      world.beats(2);
      world.end(world.find('spawner')!);
      world.pass(0);
      assert.notEqual(world.find('spawner'), undefined, `loss ${times + 1}`);
      rest(world);
    }
  });

  test('within a second, again and again, is replaced with growing pauses', () => {
    const world = servingWorld();
    const pauses: number[] = [];
    for (let times = 0; times < 5; times += 1) {
      world.end(world.find('spawner')!);
      const lostAtMs = world.nowMs;
      while (world.find('spawner') === undefined) world.pass(50);
      pauses.push(world.nowMs - lostAtMs);
      rest(world);
    }
    assert.ok(pauses[4]! > pauses[3]! && pauses[3]! > pauses[2]!, pauses.join());
  });
});

describe('a spawner that does not answer', () => {
  test('is killed, and replaced while its workers serve', () => {
    const world = servingWorld();
    world.makeSpawnerDeaf();
    world.beats(21);
    assert.ok(serving(world.fleet)?.workers.every(({ enabled }) => enabled));
    const effects = world.takeEffects();
    assert.equal(said(effects, 'spawner.deaf').length, 1);
    assert.ok(effects.some(({ kind }) => kind === 'kill-spawner'));
    live(world, 3);
    assert.match(said(world.takeEffects(), 'spawner.exited').join(), /its workers go on serving/);
    assert.equal(serving(world.fleet)?.number, 2);
    assert.ok(serving(world.fleet)?.workers.every(({ enabled }) => enabled));
  });

  test('while workers die: they are reported after it, and no promise is made for them', () => {
    const world = servingWorld();
    world.beats(1);
    world.makeSpawnerDeaf();
    for (const slot of [1, 2]) world.end(world.find('worker', 1, slot)!);
    live(world, 25);
    const sentences = said(world.takeEffects(), 'worker.exited');
    assert.equal(sentences.length, 2);
    for (const sentence of sentences) assert.match(sentence, /when there is a spawner again/);
    assert.equal(serving(world.fleet)?.number, 2);
    assert.ok(serving(world.fleet)?.workers.every(({ enabled }) => enabled));
  });

  test('when it is to fork is killed ten seconds after the order', () => {
    const world = servingWorld();
    world.beats(1);
    world.makeSpawnerDeaf();
    world.post({ kind: 'scale', workers: 3 });
    world.beats(10);
    assert.ok(!kindsOf(world).includes('kill-spawner'));
    world.beats(1);
    assert.ok(kindsOf(world).includes('kill-spawner'));
  });

  test('again and again is replaced with growing pauses, up to half a minute', () => {
    const world = servingWorld();
    const pauses: number[] = [];
    for (let times = 0; times < 9; times += 1) {
      world.makeSpawnerDeaf();
      world.takeEffects();
      while (!kindsOf(world).includes('kill-spawner')) world.beats(1);
      world.end(world.find('spawner')!);
      const lostAtMs = world.nowMs;
      while (world.find('spawner') === undefined) world.pass(50);
      pauses.push(world.nowMs - lostAtMs);
      rest(world);
    }
    assert.equal(pauses[0], 0);
    assert.ok(pauses[1]! >= 800, pauses.join());
    assert.ok(pauses[2]! > pauses[1]! && pauses[3]! > pauses[2]!, pauses.join());
    assert.ok(
      pauses.every((pause) => pause <= 30_050),
      pauses.join(),
    );
  });

  test('at the first start is tried again, and given up with the reason', () => {
    const world = new World();
    world.isEveryNewSpawnerDeaf = true;
    world.post({ kind: 'start', plan });
    world.advance(world.find('gateway')!);
    for (let second = 0; second < 70 && world.fleet.phase !== 'ended'; second += 1) {
      const spawner = world.find('spawner');
      if (spawner !== undefined && !spawner.isReady) {
        spawner.isReady = true;
        world.post({ kind: 'imported', generation: 1 });
      }
      live(world, 1);
    }
    const failed = world.takeEffects().find(({ kind }) => kind === 'start-failed');
    assert.match(
      failed?.kind === 'start-failed' ? failed.sentence : '',
      /spawner.*has not answered/,
    );
  });

  test('in a reload fails it with the reason, and the old generation serves', () => {
    const world = servingWorld();
    world.post({ kind: 'reload', plan });
    const spawner = world.find('spawner', 2)!;
    spawner.isReady = true;
    spawner.isDeaf = true;
    world.post({ kind: 'imported', generation: 2 });
    live(world, 25);
    const failed = world.takeEffects().find(({ kind }) => kind === 'reload-failed');
    assert.match(
      failed?.kind === 'reload-failed' ? failed.sentence : '',
      /has not answered for 10 s/,
    );
    assert.equal(serving(world.fleet)?.number, 1);
  });
});

describe('a stop with a spawner that does not answer', () => {
  test('ends two seconds after mercy, and does not call its workers busy', () => {
    const world = servingWorld();
    world.makeSpawnerDeaf();
    world.post({ kind: 'stop' });
    rest(world);
    for (let second = 0; second < plan.mercyMs / 1000 + 2; second += 1) live(world, 1);
    rest(world);
    assert.equal(world.fleet.phase, 'ended');
    assert.equal(world.processes.length, 0);
    const sentences = said(world.takeEffects(), 'worker.killed');
    assert.ok(sentences.length > 0);
    for (const sentence of sentences) assert.match(sentence, /its spawner does not answer/);
  });

  test('asked for twice ends at once', () => {
    const world = servingWorld();
    world.makeSpawnerDeaf();
    world.post({ kind: 'stop' });
    world.post({ kind: 'stop' });
    rest(world);
    assert.equal(world.fleet.phase, 'ended');
  });

  test('that is deaf when it is to exit ends too', () => {
    const world = servingWorld();
    world.post({ kind: 'stop' });
    world.deliver();
    for (const slot of [1, 2]) world.end(world.find('worker', 1, slot)!);
    world.makeSpawnerDeaf();
    world.find('spawner')!.isLeaving = false;
    world.pass(5_000);
    rest(world);
    assert.equal(world.fleet.phase, 'ended');
  });
});

describe('a reload with a spawner of the old generation that does not answer', () => {
  for (const reloadMode of ['overlap', 'rolling', 'stop-first'] as const) {
    test(`leaves nothing of it behind (${reloadMode})`, () => {
      const world = servingWorld({ reloadMode });
      world.makeSpawnerDeaf();
      world.post({ kind: 'reload', plan: { ...plan, reloadMode } });
      live(world, 30);
      assert.equal(serving(world.fleet)?.number, 2);
      assert.equal(world.fleet.generations.length, 1);
      assert.equal(world.processes.length, plan.workers + 2);
    });
  }
});

describe('the watchdog', () => {
  test('is fed while a new spawner may come, and not when that takes too long', () => {
    const world = servingWorld();
    world.makeSpawnerDeaf();
    world.isEveryNewSpawnerDeaf = true;
    world.beats(21);
    assert.ok(replacesWorkers(world.fleet, world.nowMs));
    world.end(world.find('spawner', 1)!);
    live(world, 40);
    assert.ok(!replacesWorkers(world.fleet, world.nowMs));
    world.isEveryNewSpawnerDeaf = false;
    live(world, 60);
    assert.ok(replacesWorkers(world.fleet, world.nowMs), 'until workers are replaced after all');
  });

  test('is fed for workers that serve while the code on the disk does not load', () => {
    const world = servingWorld();
    world.isEveryNewGenerationBroken = true;
    world.end(world.find('spawner', 1)!);
    live(world, 120);
    assert.ok(world.fleet.noReplacementSinceMs !== undefined);
    assert.ok(replacesWorkers(world.fleet, world.nowMs));
  });
});
