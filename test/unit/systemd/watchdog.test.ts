/** When systemd's watchdog is told, and how often gateways are asked for it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { beatTimes, Watchdog, watchdogTimes } from '../../../src/systemd/watchdog.ts';

describe('the environment', () => {
  test('names half of WATCHDOG_USEC', () => {
    assert.deepEqual(watchdogTimes({ WATCHDOG_USEC: '30000000' }, 7), { everyMs: 15_000 });
    const ours = { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' };
    assert.deepEqual(watchdogTimes(ours, 7), { everyMs: 15_000 });
  });

  test("may mean another process, or be nobody's", () => {
    assert.equal(watchdogTimes({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, 7), undefined);
    assert.equal(watchdogTimes({}, 7), undefined);
    assert.equal(watchdogTimes({ WATCHDOG_USEC: '0' }, 7), undefined);
    assert.equal(watchdogTimes({ WATCHDOG_USEC: 'soon' }, 7), undefined);
  });
});

test('gateways are replaced in less time than systemd allows', () => {
  assert.deepEqual(beatTimes(undefined), { everyMs: 1_000, deafAfterMs: 10_000 });
  assert.deepEqual(beatTimes({ everyMs: 15_000 }), { everyMs: 1_000, deafAfterMs: 10_000 });
  assert.deepEqual(beatTimes({ everyMs: 1_000 }), { everyMs: 250, deafAfterMs: 1_000 });
});

describe('the watchdog', () => {
  /** The times at which it is told, for a beat each second from 0 to `seconds`. */
  function pingsAt(seconds: number, isHealthy: (atMs: number) => boolean, startMs = 0): number[] {
    const pings: number[] = [];
    let nowMs = 0;
    const watchdog = new Watchdog({ everyMs: 5_000 }, () => pings.push(nowMs));
    for (; nowMs <= seconds * 1_000; nowMs += 1_000) {
      if (nowMs >= startMs) watchdog.started(nowMs);
      watchdog.afterStep(nowMs, isHealthy(nowMs), 1_000);
    }
    return pings;
  }

  test('is told nothing before READY=1, then at half of its time or sooner', () => {
    assert.deepEqual(
      pingsAt(20, () => true, 6_000),
      [10_000, 14_000, 18_000],
    );
  });

  test('is told nothing while a gateway does not answer, and at once when it does again', () => {
    assert.deepEqual(
      pingsAt(12, (atMs) => atMs < 5_000 || atMs > 10_000),
      [4_000, 11_000],
    );
  });
});
