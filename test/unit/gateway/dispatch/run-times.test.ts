/** How long requests run: one against its limit, those of an application, and whether they wait. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { RunTime, ServiceTimes, ThreadUse } from '../../../../src/gateway/dispatch/run-times.ts';

describe('the time that harakiri counts', () => {
  test('a request runs from its start on', () => {
    const time = new RunTime();
    time.start(1000);
    assert.equal(time.ranMs(1500), 500);
  });
  test('while its client holds it back its time stands still', () => {
    const time = new RunTime();
    time.start(1000);
    time.hold(1100);
    time.hold(1200);
    assert.equal(time.ranMs(9000), 100);
    assert.ok(time.isHeld);
    time.goOn(9000);
    time.goOn(9100);
    assert.equal(time.ranMs(9300), 400);
    assert.equal(time.sinceStartMs(9300), 8300);
  });
  test('the next request starts anew', () => {
    const time = new RunTime();
    time.start(1000);
    time.hold(1100);
    time.start(5000);
    assert.ok(!time.isHeld);
    assert.equal(time.ranMs(5010), 10);
  });
});

describe('the requests that may be in one pipeline', () => {
  test('nothing is known of an application before its first request', () => {
    const times = new ServiceTimes();
    assert.equal(times.aheadOf(0), 0);
    times.observe(0, 300);
    assert.equal(times.aheadOf(0), 13);
    assert.equal(times.aheadOf(1), 0);
  });
  test('one slow request among quick ones is forgotten, however slow it was', () => {
    const times = new ServiceTimes();
    times.observe(0, 300);
    times.observe(0, 60_000_000);
    assert.equal(times.aheadOf(0), 0);
    for (let quick = 0; quick < 500; quick += 1) times.observe(0, 300);
    assert.equal(times.aheadOf(0), 13);
  });
  test('of longer ones fewer are in it, and of long ones none', () => {
    const ahead = [100, 1000, 2000, 2001].map((micros) => {
      const times = new ServiceTimes();
      times.observe(0, micros);
      return times.aheadOf(0);
    });
    assert.deepEqual(ahead, [40, 4, 2, 0]);
  });
});

function observe(use: ThreadUse, hasWaited: boolean | undefined, times: number): void {
  for (let time = 0; time < times; time += 1) use.observe(0, hasWaited);
}

describe('that requests never wait', () => {
  test('it is assumed of an unknown application, until one sees that nothing will be known', () => {
    const use = new ThreadUse();
    assert.equal(use.neverWaits(0), true);
    observe(use, undefined, 255);
    assert.equal(use.neverWaits(0), true);
    observe(use, undefined, 1);
    assert.equal(use.neverWaits(0), false);
  });
  test('a few that wait do not matter, most do', () => {
    const use = new ThreadUse();
    observe(use, true, 3);
    assert.equal(use.neverWaits(0), true);
    observe(use, true, 5);
    assert.equal(use.neverWaits(0), false);
    observe(use, false, 40);
    assert.equal(use.neverWaits(0), true);
  });
  test('each application is known by itself', () => {
    const use = new ThreadUse();
    observe(use, true, 20);
    assert.equal(use.neverWaits(0), false);
    assert.equal(use.neverWaits(1), true);
  });
});
