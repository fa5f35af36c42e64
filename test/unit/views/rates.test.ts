/** Rates between two snapshots, and the quantiles of their histograms. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { RequestTimesView } from '../../../src/protocol/gateway-views.ts';
import type { TotalsView } from '../../../src/protocol/snapshot.ts';
import { quantile, ratesBetween } from '../../../src/views/rates.ts';
import { bytes, duration, perSecond } from '../../../src/views/words.ts';

/** Powers of two, so that sums are exact. */
const bounds = [0.25, 0.5, 1];

function row(status: RequestTimesView['status'], run: number[], wait: number[]): RequestTimesView {
  const times = (counts: number[]) => ({ counts, seconds: 0 });
  return { mount: '', route: '', status, run: times(run), wait: times(wait), bodyBytes: 0 };
}

function totals(...times: RequestTimesView[]): TotalsView {
  const reloads = { started: 1, reloaded: 0, failed: 0, refused: 0 };
  const others = { overruns: 0, droppedLogLines: 0, workerStarts: 1, workerDeaths: 0 };
  return { timeBoundsSeconds: bounds, times, ...others, gatewayStarts: 1, reloads };
}

describe('a quantile', () => {
  test('lies in its bucket, as if times were spread evenly there', () => {
    assert.equal(quantile([8, 0, 0, 0], bounds, 0.5), 0.125);
    assert.equal(quantile([0, 8, 0, 0], bounds, 0.5), 0.375);
    assert.equal(quantile([4, 4, 0, 0], bounds, 0.5), 0.25);
    assert.equal(quantile([0, 0, 4, 4], bounds, 0.25), 0.75);
  });
  test('is none without requests, and beyond every bound in the last bucket', () => {
    assert.equal(quantile([0, 0, 0, 0], bounds, 0.5), null);
    assert.equal(quantile([1, 0, 0, 9], bounds, 0.95), Infinity);
  });
});

describe('rates', () => {
  const before = { atMs: 1_000, totals: totals(row('2xx', [4, 0, 0, 0], [4, 0, 0, 0])) };

  test('are what has been counted in between, in all rows', () => {
    const after = totals(
      row('2xx', [4, 8, 0, 0], [12, 0, 0, 0]),
      row('5xx', [0, 0, 2, 0], [0, 0, 0, 2]),
    );
    const rates = ratesBetween(before, { atMs: 3_000, totals: after });
    assert.deepEqual(rates, {
      seconds: 2,
      requests: 10,
      requestsPerSecond: 5,
      errorsPerSecond: 1,
      p50: 0.25 + (0.25 * 5) / 8,
      p95: 0.875,
      waitP95: Infinity,
    });
  });
  test('of nothing are zero, without times', () => {
    const rates = ratesBetween(before, { ...before, atMs: 2_000 });
    assert.deepEqual([rates?.requestsPerSecond, rates?.p50, rates?.p95], [0, null, null]);
  });
  test('are none where counts went back, no time has passed, or nothing is counted', () => {
    const fewer = totals(row('2xx', [3, 0, 0, 0], [3, 0, 0, 0]));
    assert.equal(ratesBetween(before, { atMs: 2_000, totals: fewer }), undefined);
    assert.equal(ratesBetween(before, before), undefined);
    assert.equal(ratesBetween(before, { atMs: 2_000, totals: undefined }), undefined);
  });
});

test('figures are short', () => {
  const times = [null, 0, 0.0004, 0.0025, 0.042, 3.44, 75, 150, 8_000, 200_000, Infinity];
  const words = ['-', '0 us', '400 us', '2.5 ms', '42 ms', '3.4 s', '75 s', '2 min', '2 h', '2 d'];
  assert.deepEqual(times.map(duration), [...words, '>60 s']);
  assert.deepEqual([0, 0.25, 99.94, 1234.5, undefined].map(perSecond), [
    ...['0', '0.3', '99.9', '1235', '-'],
  ]);
  assert.deepEqual([null, 2048, 50_000_000, 5_000_000_000].map(bytes), [
    ...['-', '2 KiB', '47.7 MiB', '4.7 GiB'],
  ]);
});
