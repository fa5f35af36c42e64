/** What the system refuses to start: it is named, tried again with pauses, and the rest serves. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { serving } from '../../../src/supervision/fleet.ts';
import { allAnswer } from '../../../src/supervision/gateway-liveness.ts';
import { plan, rest, servingWorld, World } from './world.ts';

const deafAfterMs = 10_000;

/** Lets time pass in small steps, as the master lives it; returns what it said. */
function live(world: World, seconds: number): string[] {
  for (let step = 0; step < seconds * 10; step += 1) {
    if (step % 10 === 0) world.post({ kind: 'beat', deafAfterMs });
    world.pass(100);
    rest(world);
  }
  return world.takeEffects().flatMap((effect) => ('sentence' in effect ? [effect.sentence] : []));
}

/** A world that serves, has for two seconds, and can start nothing any more. */
function fullWorld(changes: Partial<typeof plan> = {}): World {
  const world = servingWorld(changes);
  live(world, 2);
  world.isFull = true;
  return world;
}

describe('a start that the system refuses', () => {
  test('is tried five times and ends with 71 and its error', () => {
    const world = new World();
    world.isFull = true;
    world.post({ kind: 'start', plan });
    for (let step = 0; step < 100; step += 1) {
      rest(world);
      world.pass(100);
    }
    const failed = world.takeEffects().filter((effect) => effect.kind === 'start-failed');
    assert.deepEqual(
      failed.map(({ exitCode, errno }) => [exitCode, errno]),
      [[71, 11]],
    );
    assert.equal(world.fleet.phase, 'ended');
    assert.equal(world.fleet.exitCode, 71);
  });
});

describe('a worker that the system refuses', () => {
  test('is tried with growing pauses while the others serve, and is there in the end', () => {
    const world = fullWorld();
    world.end(world.find('worker', 1, 1)!);
    rest(world);
    const said = live(world, 60).filter((sentence) => sentence.startsWith('worker 1 could not'));
    assert.deepEqual(said.slice(0, 3), [
      'worker 1 could not be started; starting another in 200 ms',
      'worker 1 could not be started; starting another in 400 ms',
      'worker 1 could not be started; starting another in 800 ms',
    ]);
    assert.ok(said.length < 12, `${said.length} times in a minute`);
    assert.equal(serving(world.fleet)?.workers[1]?.state, 'up');
    world.isFull = false;
    live(world, 31);
    assert.equal(serving(world.fleet)?.workers[0]?.state, 'up');
  });
});

describe('a reload that the system refuses', () => {
  for (const [what, gateway] of [
    ['spawner', 1],
    ['gateway', 2],
  ] as const) {
    test(`for want of a ${what} is backed out with 71`, () => {
      const world = fullWorld();
      world.post({ kind: 'reload', plan: { ...plan, gateway } });
      rest(world);
      const failed = world.takeEffects().filter((effect) => effect.kind === 'reload-failed');
      assert.deepEqual(
        failed.map(({ sentence, exitCode }) => [sentence, exitCode]),
        [[`the ${what} could not be started`, 71]],
      );
      assert.equal(serving(world.fleet)?.number, 1);
      assert.deepEqual(
        world.fleet.gateways.map(({ epoch }) => epoch),
        [1],
      );
    });
  }
});

describe('a gateway that the system refuses', () => {
  test('is tried every five seconds at least, and counts as lost only after half a minute', () => {
    const world = fullWorld();
    world.end(world.find('gateway')!);
    const said = live(world, 25);
    const tries = said.filter((sentence) => sentence.startsWith('the gateway could not'));
    assert.ok(tries.length >= 8 && tries.length <= 12, `${tries.length} tries`);
    assert.match(tries.at(-1) ?? '', /another is started in 5000 ms$/);
    assert.ok(allAnswer(world.fleet, world.nowMs, deafAfterMs), 'the service is left alone');
    const lost = live(world, 15).filter((sentence) => sentence.includes('again and again'));
    assert.deepEqual(lost, ['the gateway could not be started, again and again for 30 s']);
    world.isFull = false;
    live(world, 6);
    assert.equal(world.fleet.gateways[0]?.listening, true);
    assert.equal(world.fleet.gateways[0]?.refusedSinceMs, undefined);
  });
});
