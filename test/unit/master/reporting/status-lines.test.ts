/** The line that systemd shows, and the progress that it is given time for. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isProgressing } from '../../../../src/master/daemon/progress.ts';
import { statusLine } from '../../../../src/master/reporting/status-lines.ts';
import { Traffic } from '../../../../src/master/reporting/traffic.ts';
import { plan, rest, servingWorld, World } from '../../supervision/world.ts';

const counts = { running: 1, queued: 3, busy: 1, perSecond: 122.6 };

function line(world: World, changes: Partial<Parameters<typeof statusLine>[0]> = {}): string {
  return statusLine({
    fleet: world.fleet,
    nowMs: world.nowMs,
    counts,
    draining: undefined,
    application: 'flask-app',
    reloadFailure: '',
    jobs: '',
    ...changes,
  });
}

describe('the line of status', () => {
  test('tells how far a start is', () => {
    const world = new World();
    world.post({ kind: 'start', plan: { ...plan, workers: 4 } });
    assert.equal(line(world), 'loading flask-app (0 of 4 workers)');
    world.advance(world.find('spawner')!);
    world.deliver();
    world.advance(world.find('worker', 1, 1)!);
    world.advance(world.find('worker', 1, 2)!);
    assert.equal(line(world), 'loading flask-app (2 of 4 workers)');
  });

  test('tells what serves', () => {
    const world = servingWorld({ workers: 4 });
    assert.equal(line(world), 'serving: 4 workers, 1 busy, queue 3, 123 req/s');
    world.end(world.find('worker', 1, 1)!);
    assert.match(line(world), /^serving: 3 of 4 workers, /);
    assert.match(line(servingWorld({ workers: 1 })), /^serving: 1 worker, /);
    assert.equal(line(servingWorld({ workers: 0 })), 'serving: files, 123 req/s');
  });

  test('tells that no worker runs until the next request', () => {
    const world = servingWorld({ startsAsleep: true });
    assert.equal(line(world), 'serving: no worker until the next request, 123 req/s');
  });

  test('tells of a reload that comes up, and why the last one did not', () => {
    const world = servingWorld();
    world.post({ kind: 'reload', plan });
    assert.match(line(world), /^serving: 2 workers, .*; loading flask-app \(0 of 2 workers\)$/);
    rest(world);
    const failed = line(world, { reloadFailure: 'no such module' });
    assert.match(failed, /; generation 2 serves, the last reload failed: no such module$/);
  });

  test('does not tell what a deaf gateway said before it was', () => {
    const world = servingWorld({ workers: 4 });
    const beat = (): void => {
      world.post({ kind: 'beat', deafAfterMs: 10_000 });
      world.deliver();
      world.pass(1_000);
    };
    world.makeGatewayDeaf();
    beat();
    beat();
    assert.match(line(world), /^serving: 4 workers, /, 'one late answer is none');
    beat();
    assert.equal(line(world), 'not serving: the gateway has not answered for 3 s');
    for (let times = 0; times < 8; times += 1) beat();
    assert.match(line(world), /^not serving: the gateway is being replaced, for 1 s$/);
    rest(world);
    assert.match(line(world), /^serving: 4 workers, /);
  });

  test('tells that no worker can be replaced, until the next spawner has forked one', () => {
    const world = servingWorld();
    world.makeSpawnerDeaf();
    world.beats(9);
    const late =
      /^serving: 2 workers, .*; no worker can be replaced: the spawner has not answered for 4 s$/;
    assert.match(line(world), late);
    world.beats(8);
    world.isEveryNewSpawnerDeaf = true;
    world.end(world.find('spawner')!);
    world.beats(2);
    assert.match(
      line(world),
      /; no worker can be replaced: there has been no spawner for \d+ s; load/,
    );
    assert.match(
      line(world, { fleet: { ...world.fleet, isCodeBroken: true } }),
      /: there has been no spawner for \d+ s, as the application does not load any more; load/,
    );
    world.find('spawner')!.isDeaf = false;
    rest(world);
    world.beats(1);
    assert.doesNotMatch(line(world), /replaced/);
  });

  test('tells what a stop waits for', () => {
    const world = servingWorld();
    world.post({ kind: 'stop' });
    assert.equal(line(world), 'stopping');
    world.nowMs += 2_500;
    assert.equal(line(world, { draining: 3 }), 'draining: 3 requests, 3 s left');
  });
});

describe('progress', () => {
  const all = {
    spawnerPid: () => 1,
    gatewayPid: () => 2,
    isRunning: () => true,
    areJobsEnding: () => false,
  };

  test('is an import that is young and whose process runs', () => {
    const world = new World();
    world.post({ kind: 'start', plan });
    assert.equal(isProgressing(world.fleet, world.nowMs, all), true);
    const stopped = { ...all, isRunning: (pid: number) => pid !== 1 };
    assert.equal(isProgressing(world.fleet, world.nowMs, stopped), false);
    assert.equal(isProgressing(world.fleet, world.nowMs + plan.startTimeoutMs, all), false);
  });

  test('is nothing while all serves, and a stop within its mercy', () => {
    const world = servingWorld();
    assert.equal(isProgressing(world.fleet, world.nowMs, all), false);
    world.post({ kind: 'stop' });
    assert.equal(isProgressing(world.fleet, world.nowMs + plan.mercyMs, all), true);
    assert.equal(isProgressing(world.fleet, world.nowMs + plan.mercyMs + 10_000, all), false);
  });
});

test('requests a second are counted between answers, and from 0 for a new gateway', () => {
  const traffic = new Traffic();
  const load = { intervalMs: 0, busyMs: 0, queued: 0, waitedMaxMs: 0, idle: [] };
  const alive = (requests: number, number: number) =>
    ({ type: 'alive', number, running: 0, queued: 0, busy: 0, requests, load }) as const;
  traffic.take(1, alive(100, 1), 1_000);
  traffic.take(1, alive(150, 2), 2_000);
  assert.equal(traffic.counts.perSecond, 50);
  traffic.take(1, alive(10, 1), 3_000);
  assert.equal(traffic.counts.perSecond, 0);
  traffic.keep([2]);
  assert.equal(traffic.counts.busy, 0);
});
