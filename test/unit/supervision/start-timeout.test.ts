/** A child that does not start, or end, in time: the log names what it lacked. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { plan, servingWorld } from './world.ts';
import type { World } from './world.ts';

/** A reload whose new spawner has imported; its first worker is forked, or not yet. */
function reloading(given: Partial<typeof plan> = {}): World {
  const world = servingWorld();
  world.post({ kind: 'reload', plan: { ...plan, ...given } });
  world.advance(world.find('spawner', 2)!);
  return world;
}

/** Why the reload has failed, when the time to start is over. */
function reason(world: World): string {
  world.takeEffects();
  world.pass(plan.startTimeoutMs + 1);
  for (const each of world.processes.filter(({ isKilled }) => isKilled)) world.end(each);
  const failed = world.takeEffects().find(({ kind }) => kind === 'reload-failed');
  return failed?.kind === 'reload-failed' ? failed.sentence : 'it has not failed';
}

function load(world: World): void {
  const { pid } = world.find('worker', 2, 1)!;
  world.post({ kind: 'worker-loaded', generation: 2, slot: 1, pid });
  world.find('worker', 2, 2)!.isReady = true;
  const other = world.find('worker', 2, 2)!.pid;
  world.post({ kind: 'worker-connected', generation: 2, slot: 2, pid: other });
}

describe('a worker that has not started in time', () => {
  test('was held up after its fork', () => {
    const world = reloading();
    world.deliver();
    assert.match(reason(world), /worker \d \(pid \d+\) did not begin to work within 20 s .*fork/);
  });
  test('with lazy-apps has not loaded the application', () => {
    const world = reloading({ loadsInWorkers: true });
    world.deliver();
    assert.match(reason(world), /^the application did not load within 20 s \(start-timeout\)$/);
  });
  test('was ready, and its gateway had no descriptor for it', () => {
    const world = reloading();
    world.deliver();
    load(world);
    assert.match(reason(world), /worker 1 .* was not connected .*no descriptor left/);
  });
  test('was ready, and its gateway is stopped', () => {
    const world = reloading();
    world.deliver();
    load(world);
    world.makeGatewayDeaf();
    world.beats(3, 60_000);
    assert.match(reason(world), /worker 1 .* was not connected .*the gateway does not answer/);
  });
  test('no stacks are shown of one that is ready', () => {
    const world = reloading();
    world.deliver();
    load(world);
    world.takeEffects();
    world.pass(plan.startTimeoutMs - 1);
    assert.deepEqual(
      world.takeEffects().filter(({ kind }) => kind === 'show-stacks'),
      [],
    );
  });
});

test('a spawner that does not end when it was asked is reported, and killed', () => {
  const world = servingWorld();
  world.post({ kind: 'stop' });
  for (const each of world.processes.filter(({ kind }) => kind !== 'spawner')) world.end(each);
  world.takeEffects();
  world.pass(6_000);
  const effects = world.takeEffects();
  assert.ok(effects.some(({ kind }) => kind === 'kill-spawner'));
  const said = effects.flatMap((effect) => (effect.kind === 'say' ? [effect.sentence] : []));
  assert.match(said.join(), /the spawner of generation 1 has not ended 5 s after it was asked/);
});
