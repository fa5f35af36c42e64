/** Gateways that do not answer: who is replaced, who is not, and when it is hopeless. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { allAnswer } from '../../../src/supervision/gateway-liveness.ts';
import { rest, servingWorld, type World } from './world.ts';

const deafAfterMs = 10_000;

function beats(world: World, seconds: number): void {
  world.beats(seconds, deafAfterMs);
}

function kindsOf(world: World): string[] {
  return world.takeEffects().map((effect) => effect.kind);
}

describe('a gateway that answers', () => {
  test('is asked again at each beat and left alone', () => {
    const world = servingWorld();
    const { pid } = world.find('gateway')!;
    beats(world, 60);
    assert.equal(world.find('gateway')?.pid, pid);
    assert.equal(kindsOf(world).filter((kind) => kind === 'ping-gateway').length, 60);
    assert.ok(allAnswer(world.fleet, world.nowMs, deafAfterMs));
  });
});

describe('a gateway that does not answer', () => {
  test('is killed after its time, started again, opened, and hears', () => {
    const world = servingWorld();
    beats(world, 3);
    world.makeGatewayDeaf();
    world.takeEffects();
    beats(world, 10);
    assert.ok(!kindsOf(world).includes('kill-gateway'));
    assert.ok(!allAnswer(world.fleet, world.nowMs, deafAfterMs), 'the watchdog is not fed');
    beats(world, 1);
    assert.ok(kindsOf(world).includes('kill-gateway'));
    rest(world);
    const brief = world.takeEffects().find((effect) => effect.kind === 'brief-gateway');
    assert.equal(brief?.kind === 'brief-gateway' && brief.open, true);
    beats(world, 20);
    assert.ok(!kindsOf(world).includes('gateway-lost'));
    assert.ok(allAnswer(world.fleet, world.nowMs, deafAfterMs));
  });

  test('is not punished for a sleep of the master', () => {
    const world = servingWorld();
    beats(world, 3);
    world.post({ kind: 'beat', deafAfterMs });
    world.nowMs += 3_600_000;
    world.post({ kind: 'beat', deafAfterMs });
    world.deliver();
    beats(world, 3);
    assert.ok(!kindsOf(world).includes('kill-gateway'));
  });

  test('and whose successor does not answer either is lost', () => {
    const world = servingWorld();
    beats(world, 1);
    world.makeGatewayDeaf();
    beats(world, 12);
    rest(world);
    world.makeGatewayDeaf();
    world.takeEffects();
    beats(world, 12);
    rest(world);
    assert.ok(kindsOf(world).includes('gateway-lost'));
    assert.ok(!allAnswer(world.fleet, world.nowMs, deafAfterMs));
  });

  test('and whose successor does not come up keeps the watchdog waiting', () => {
    const world = servingWorld();
    beats(world, 1);
    world.makeGatewayDeaf();
    beats(world, 12);
    world.end(world.find('gateway')!);
    assert.ok(allAnswer(world.fleet, world.nowMs, deafAfterMs), 'the next one has its time');
    world.pass(deafAfterMs + 1);
    assert.ok(!allAnswer(world.fleet, world.nowMs, deafAfterMs));
    rest(world);
    assert.ok(allAnswer(world.fleet, world.nowMs, deafAfterMs));
  });

  test('and whose successor hangs while it starts is lost, once', () => {
    const world = servingWorld();
    beats(world, 1);
    world.makeGatewayDeaf();
    beats(world, 12);
    world.end(world.find('gateway')!);
    world.takeEffects();
    beats(world, 10);
    assert.ok(!kindsOf(world).includes('gateway-lost'), 'it has its time');
    beats(world, 10);
    assert.equal(kindsOf(world).filter((kind) => kind === 'gateway-lost').length, 1);
    rest(world);
    beats(world, 2);
    assert.ok(allAnswer(world.fleet, world.nowMs, deafAfterMs), 'until it answers after all');
  });

  test('and whose successor starts while the master sleeps is not lost', () => {
    const world = servingWorld();
    beats(world, 1);
    world.makeGatewayDeaf();
    beats(world, 12);
    world.end(world.find('gateway')!);
    beats(world, 1);
    world.takeEffects();
    world.nowMs += 16_000;
    beats(world, 3);
    assert.ok(!kindsOf(world).includes('gateway-lost'));
  });

  test('while all of it leaves is not replaced: mercy ends that', () => {
    const world = servingWorld();
    beats(world, 1);
    world.makeGatewayDeaf();
    world.post({ kind: 'stop' });
    world.takeEffects();
    beats(world, 4);
    assert.ok(!kindsOf(world).includes('kill-gateway'));
  });
});

describe('a gateway that ends again and again', () => {
  test('is lost after five times in a row, and tried again all the same', () => {
    const world = servingWorld();
    for (let times = 0; times < 5; times += 1) {
      assert.ok(!kindsOf(world).includes('gateway-lost'), `after ${times} times`);
      world.end(world.find('gateway')!);
      world.pass(30_000);
    }
    assert.ok(kindsOf(world).includes('gateway-lost'));
    assert.ok(!allAnswer(world.fleet, world.nowMs, deafAfterMs));
    rest(world);
    world.pass(2_000);
    beats(world, 2);
    assert.ok(allAnswer(world.fleet, world.nowMs, deafAfterMs), 'until it answers again');
  });
});

describe('a gateway that is not ready in time', () => {
  test('is started again and opened, as it was before', () => {
    const world = servingWorld();
    world.end(world.find('gateway')!);
    world.pass(30_000);
    world.end(world.find('gateway')!);
    world.pass(1_000);
    world.takeEffects();
    rest(world);
    const brief = world.takeEffects().find((effect) => effect.kind === 'brief-gateway');
    assert.equal(brief?.kind === 'brief-gateway' && brief.open, true);
  });
});
