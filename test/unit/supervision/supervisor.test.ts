/** The supervision core: what it does about each thing that can happen. No process, no sleep. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serving } from '../../../src/supervision/fleet.ts';
import { keepsTheRules } from './any-order.ts';
import { isWhole, kinds, plan, rest, servingWorld, World } from './world.ts';

describe('a suspension', () => {
  test('ends for a gateway that drains, at a stop and at a reload, before it drains', () => {
    const stopped = servingWorld();
    stopped.post({ kind: 'suspend' });
    stopped.takeEffects();
    stopped.post({ kind: 'stop' });
    assert.deepEqual(kinds(stopped.takeEffects()).slice(0, 2), ['suspend', 'drain-gateway']);
    assert.equal(stopped.fleet.suspended, false);

    const world = servingWorld();
    world.post({ kind: 'suspend' });
    world.takeEffects();
    world.post({ kind: 'reload', plan: { ...plan, gateway: plan.gateway + 1 } });
    rest(world);
    const said = world
      .takeEffects()
      .filter((effect) => effect.kind === 'suspend' || effect.kind === 'drain-gateway');
    assert.deepEqual(said, [
      { kind: 'suspend', epoch: plan.gateway, suspended: false },
      { kind: 'drain-gateway', epoch: plan.gateway },
    ]);
    assert.equal(world.fleet.suspended, true, 'the new gateway waits as it was told');
  });

  test('does not begin during a stop', () => {
    const world = servingWorld();
    world.post({ kind: 'stop' });
    world.takeEffects();
    world.post({ kind: 'suspend' });
    assert.ok(!kinds(world.takeEffects()).includes('suspend'));
  });
});

describe('a start', () => {
  test('opens the listeners only when every worker is ready', () => {
    const world = new World();
    world.post({ kind: 'start', plan });
    assert.deepEqual(kinds(world.takeEffects()), ['start-gateway', 'start-spawner']);
    world.advance(world.find('spawner')!);
    world.deliver();
    world.advance(world.find('gateway')!);
    world.advance(world.find('worker', 1, 1)!);
    assert.ok(!kinds(world.takeEffects()).includes('open-gateway'));
    world.advance(world.find('worker', 1, 2)!);
    assert.deepEqual(kinds(world.takeEffects()), ['application', 'switch', 'open-gateway']);
    assert.equal(world.fleet.phase, 'starting');
    world.deliver();
    assert.deepEqual(kinds(world.takeEffects()), ['ready']);
  });

  test('ends with 22 when the application does not load', () => {
    const world = new World();
    world.isEveryNewGenerationBroken = true;
    world.post({ kind: 'start', plan });
    rest(world);
    assert.equal(world.fleet.phase, 'ended');
    assert.equal(world.fleet.exitCode, 22);
    assert.equal(world.processes.length, 0);
    const failed = world.takeEffects().find((effect) => effect.kind === 'start-failed');
    assert.equal(failed?.kind === 'start-failed' && failed.isTimeout, false);
  });

  test('serves without the application when need-app is off, until a reload succeeds', () => {
    const world = new World();
    const lenient = { ...plan, needApplication: false };
    world.isEveryNewGenerationBroken = true;
    world.post({ kind: 'start', plan: lenient });
    rest(world);
    assert.equal(serving(world.fleet)?.application, 'absent');
    world.isEveryNewGenerationBroken = false;
    world.post({ kind: 'reload', plan: lenient });
    rest(world);
    assert.ok(isWhole(world));
  });

  test('gives up after five deaths within a minute, with growing pauses between', () => {
    const world = new World();
    world.post({ kind: 'start', plan });
    const startedAtMs: number[] = [];
    for (let tries = 0; tries < 5; tries += 1) {
      world.pass(10_000 * Number(world.find('spawner') === undefined));
      startedAtMs.push(serving(world.fleet)?.number ?? world.nowMs);
      world.end(world.find('spawner')!);
    }
    rest(world);
    assert.equal(world.fleet.exitCode, 22);
    assert.equal(world.fleet.phase, 'ended');
  });

  test('starts nothing but the gateway where there are only static files', () => {
    const world = servingWorld({ workers: 0 });
    assert.equal(world.fleet.phase, 'serving');
    assert.deepEqual(
      world.processes.map((process) => process.kind),
      ['gateway'],
    );
  });
});

describe('what a gateway says of a worker that has ended', () => {
  const at = { generation: 1, slot: 1 };

  for (const [what, news] of [
    ['an overrun', { kind: 'worker-overran', ...at, othersRunning: 0 }],
    ['max-requests', { kind: 'worker-due', ...at, reason: 'it has been given 5 requests' }],
  ] as const) {
    test(`does not cost the next one its life: ${what}`, () => {
      const world = servingWorld();
      world.pass(60_000);
      const { pid } = world.find('worker', 1, 1)!;
      world.end(world.find('worker', 1, 1)!);
      const next = world.find('worker', 1, 1)!;
      // Once before the master knows the next one's pid, and once when it serves.
      for (let times = 0; times < 2; times += 1) {
        world.post({ ...news, pid });
        rest(world);
        assert.ok(isWhole(world));
        assert.equal(world.find('worker', 1, 1)?.pid, next.pid);
      }
    });
  }
});

describe('a spawner that dies', () => {
  test('costs no worker; they are replaced one by one from a new one', () => {
    const world = servingWorld();
    world.pass(60_000);
    world.end(world.find('spawner', 1)!);
    assert.ok(isWhole(world));
    world.advance(world.find('spawner', 2)!);
    world.deliver();
    assert.equal(world.processes.filter((process) => process.kind === 'worker').length, 3);
    rest(world);
    assert.equal(serving(world.fleet)?.number, 2);
    assert.ok(isWhole(world));
    assert.equal(world.processes.length, 4);
  });

  test('is tried again for ever, with pauses, while the old workers serve', () => {
    const world = servingWorld();
    world.isEveryNewGenerationBroken = true;
    world.end(world.find('spawner', 1)!);
    for (let tries = 0; tries < 20; tries += 1) {
      rest(world);
      assert.ok(isWhole(world));
      world.pass(31_000);
    }
    world.isEveryNewGenerationBroken = false;
    world.pass(31_000);
    rest(world);
    world.pass(31_000);
    rest(world);
    assert.ok(serving(world.fleet)!.number > 2);
    assert.ok(isWhole(world));
  });
});

describe('a gateway that dies', () => {
  test('is started again and told of its workers', () => {
    const world = servingWorld();
    world.pass(60_000);
    world.takeEffects();
    world.end(world.find('gateway')!);
    rest(world);
    const brief = world.takeEffects().find((effect) => effect.kind === 'brief-gateway');
    assert.deepEqual(brief, {
      kind: 'brief-gateway',
      epoch: 1,
      enable: [
        { generation: 1, slot: 1 },
        { generation: 1, slot: 2 },
      ],
      drain: [],
      open: true,
      suspended: false,
      application: true,
    });
  });
});

describe('a reload', () => {
  test('lets the old generation serve until all of the new one is ready', () => {
    const world = servingWorld();
    world.post({ kind: 'reload', plan });
    world.advance(world.find('spawner', 2)!);
    world.deliver();
    world.advance(world.find('worker', 2, 1)!);
    assert.equal(serving(world.fleet)?.number, 1);
    assert.ok(isWhole(world));
    world.takeEffects();
    world.advance(world.find('worker', 2, 2)!);
    assert.deepEqual(kinds(world.takeEffects()).slice(0, 3), ['application', 'switch', 'reloaded']);
    rest(world);
    assert.equal(world.processes.length, 4);
  });

  test('that does not come up leaves the old one serving, and the next one works', () => {
    const world = servingWorld();
    world.isEveryNewGenerationBroken = true;
    world.post({ kind: 'reload', plan });
    rest(world);
    assert.ok(kinds(world.takeEffects()).includes('reload-failed'));
    assert.equal(serving(world.fleet)?.number, 1);
    assert.ok(isWhole(world));
    world.isEveryNewGenerationBroken = false;
    world.post({ kind: 'reload', plan });
    rest(world);
    assert.equal(serving(world.fleet)?.number, 3);
  });

  test('that takes longer than start-timeout fails', () => {
    const world = servingWorld();
    world.post({ kind: 'reload', plan });
    world.pass(plan.startTimeoutMs);
    rest(world);
    const failed = world.takeEffects().find((effect) => effect.kind === 'reload-failed');
    assert.match(failed?.kind === 'reload-failed' ? failed.sentence : '', /start-timeout/);
    assert.ok(isWhole(world));
  });

  test('asked for three times at once runs twice', () => {
    const world = servingWorld();
    for (let times = 0; times < 3; times += 1) world.post({ kind: 'reload', plan });
    rest(world);
    assert.equal(serving(world.fleet)?.number, 3);
  });

  test('with changed listeners brings a new gateway and drains the old one', () => {
    const world = servingWorld();
    world.post({ kind: 'reload', plan: { ...plan, gateway: 2 } });
    rest(world);
    assert.equal(world.find('gateway', 1), undefined);
    assert.ok(world.find('gateway', 2));
    assert.ok(kinds(world.takeEffects()).includes('forget-gateway'));
  });

  test('with changed listeners keeps the old workers until the old gateway needs them no more', () => {
    const world = servingWorld();
    world.post({ kind: 'reload', plan: { ...plan, gateway: 2 } });
    for (const kind of ['spawner', 'gateway'] as const) world.advance(world.find(kind, 2)!);
    world.deliver();
    world.takeEffects();
    for (const slot of [1, 2]) world.advance(world.find('worker', 2, slot)!);
    const effects = world.takeEffects();
    assert.ok(kinds(effects).includes('drain-gateway'));
    assert.ok(!effects.some((effect) => effect.kind === 'switch' && effect.drain.length > 0));
    world.post({ kind: 'gateway-drained', epoch: 1 });
    assert.ok(
      world.takeEffects().some((effect) => effect.kind === 'switch' && effect.drain.length > 0),
    );
  });

  test('in rolling mode never has more than one worker above the plan', () => {
    const world = servingWorld({ workers: 3, reloadMode: 'rolling' });
    world.post({ kind: 'reload', plan: { ...plan, workers: 3, reloadMode: 'rolling' } });
    for (let turns = 0; turns < 100; turns += 1) {
      world.deliver(1);
      const next = world.processes.find((process) => process.isLeaving || !process.isReady);
      if (next !== undefined) world.advance(next);
      const workers = world.processes.filter((process) => process.kind === 'worker');
      assert.ok(workers.length <= 4, `${workers.length} workers`);
    }
    assert.equal(serving(world.fleet)?.number, 2);
    assert.ok(isWhole(world));
  });

  test('that is brutal gives the old workers a second, and not their mercy', () => {
    const world = servingWorld({ mercyMs: 60_000 });
    world.post({ kind: 'reload', plan: { ...plan, mercyMs: 60_000, hurriesOld: true } });
    world.advance(world.find('spawner', 2)!);
    world.deliver();
    for (const slot of [1, 2]) world.advance(world.find('worker', 2, slot)!);
    assert.equal(serving(world.fleet)?.number, 2);
    world.pass(900);
    assert.equal(world.find('worker', 1, 1)?.isKilled, false);
    world.pass(200);
    assert.equal(world.find('worker', 1, 1)?.isKilled, true);
    assert.equal(serving(world.fleet)?.plan.mercyMs, 60_000, 'the new ones have theirs');
  });

  test('in stop-first mode imports nothing before the old workers have gone', () => {
    const world = servingWorld({ reloadMode: 'stop-first' });
    world.post({ kind: 'reload', plan: { ...plan, reloadMode: 'stop-first' } });
    assert.equal(world.find('spawner', 2), undefined);
    rest(world);
    assert.equal(serving(world.fleet)?.number, 2);
    assert.ok(isWhole(world));
  });
});

describe('any order of events', () => {
  // test/long goes on with thousands more.
  test('keeps the rules, and comes to rest whole (400 worlds)', () => keepsTheRules(1, 400));
});
