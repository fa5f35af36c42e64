/** The last minutes of an instance: what each point says, and how many are kept. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  pointBetween,
  POINTS_MAX,
  withPoint,
  type HistoryPoint,
} from '../../../src/views/history.ts';
import {
  generationView,
  requestTimes,
  runningRequest,
  snapshot,
  workerView,
} from '../../support/snapshots.ts';

const NOW_MS = 1_800_000_000_000;

function asked(atMs: number, requests: number) {
  const running = [runningRequest({ uri: '/', seconds: 1 })];
  const generations = [generationView([workerView(1, { running }), workerView(2)])];
  const totals = { ...snapshot([]).totals, times: requestTimes(requests) };
  const queue = { running: 1, queued: 3, oldestMs: 10 };
  return { atMs, snapshot: snapshot(generations, { totals, queue, takenAtMs: NOW_MS + atMs }) };
}

test('a point has rates since the one before, and what is now', () => {
  const point = pointBetween(asked(0, 100), asked(5_000, 150));
  assert.deepEqual(
    [point.atMs, point.requestsPerSecond, point.queued, point.busy],
    [NOW_MS + 5_000, 10, 3, 1],
  );
  assert.equal(typeof point.p95, 'number');
});

test('the first has no rates, nor has one after which another master counts', () => {
  for (const before of [undefined, asked(0, 100)]) {
    const { requestsPerSecond, p95, queued } = pointBetween(before, asked(5_000, 10));
    assert.deepEqual([requestsPerSecond, p95, queued], [null, null, 3]);
  }
});

test('the last ten minutes are kept, the oldest first', () => {
  let points: readonly HistoryPoint[] = [];
  for (let at = 0; at < POINTS_MAX + 5; at += 1) {
    points = withPoint(points, { ...pointBetween(undefined, asked(0, 0)), atMs: at });
  }
  assert.equal(points.length, POINTS_MAX);
  assert.deepEqual([points[0]?.atMs, points.at(-1)?.atMs], [5, POINTS_MAX + 4]);
});
