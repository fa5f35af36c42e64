/** The busiest minute, from what gateways answer about once a second. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Traffic, type Alive } from '../../../../src/master/reporting/traffic.ts';

/** An answer a second: so many requests since the gateway began, and what threads have run. */
function alive(requests: number, busyMs: number): Alive {
  const load = { intervalMs: 1_000, busyMs, queued: 0, waitedMaxMs: 0, idle: [] };
  return { type: 'alive', number: 1, running: 0, queued: 0, busy: 0, requests, load };
}

/** Each second some requests, for so many seconds, from a time on. */
function goesOn(
  traffic: Traffic,
  fromMs: number,
  {
    seconds,
    perSecond,
    busyMs,
    epoch = 1,
    before = 0,
  }: Readonly<Record<string, number>> & {
    readonly seconds: number;
    readonly perSecond: number;
    readonly busyMs: number;
  },
): void {
  for (let second = 1; second <= seconds; second += 1) {
    const requests = before + second * perSecond;
    traffic.take(epoch, alive(requests, busyMs), fromMs + second * 1_000);
  }
}

describe('the busiest minute', () => {
  test('is not known before one has passed', () => {
    const traffic = new Traffic();
    goesOn(traffic, 0, { seconds: 59, perSecond: 1, busyMs: 10 });
    assert.equal(traffic.busiest, undefined);
  });

  test('is the one in which workers had most to do, not the one with most requests', () => {
    const traffic = new Traffic();
    goesOn(traffic, 0, { seconds: 60, perSecond: 9, busyMs: 100 });
    goesOn(traffic, 60_000, { seconds: 60, perSecond: 3, busyMs: 500, before: 540 });
    goesOn(traffic, 120_000, { seconds: 60, perSecond: 5, busyMs: 20, before: 720 });
    const busiest = { endedAtMs: 120_000, ms: 60_000, requests: 180, busyMs: 30_000 };
    assert.deepEqual(traffic.busiest, busiest);
  });

  test('counts a gateway that was started again from 0', () => {
    const traffic = new Traffic();
    goesOn(traffic, 0, { seconds: 30, perSecond: 2, busyMs: 0 });
    goesOn(traffic, 30_000, { seconds: 30, perSecond: 1, busyMs: 0 });
    assert.equal(traffic.busiest?.requests, 90);
  });

  test('adds up two gateways', () => {
    const traffic = new Traffic();
    for (let second = 1; second <= 60; second += 1) {
      traffic.take(1, alive(second, 5), second * 1_000);
      traffic.take(2, alive(second, 7), second * 1_000);
    }
    assert.deepEqual(traffic.busiest, {
      endedAtMs: 60_000,
      ms: 60_000,
      requests: 119,
      busyMs: 713,
    });
  });
});
