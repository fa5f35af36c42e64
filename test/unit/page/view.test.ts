/** The status page: words and curves from what it was told. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { curvePath, pageView, type Told } from '../../../src/page/view.ts';
import { pageStatusOf, type PageFacts } from '../../../src/views/page-status.ts';
import type { WholeSnapshot } from '../../../src/protocol/snapshot.ts';
import {
  generationView,
  requestTimes,
  runningRequest,
  snapshot,
  workerView,
} from '../../support/snapshots.ts';

const now = 1_800_000_000_000;

function told(
  atMs: number,
  quick: number,
  change: Partial<WholeSnapshot> = {},
  findings: PageFacts['findings'] = null,
  history: PageFacts['history'] = [],
): Told {
  const running = [runningRequest({ uri: '/report', seconds: 12 })];
  const generations = [generationView([workerView(1, { running }), workerView(2)])];
  const totals = { ...snapshot([]).totals, times: requestTimes(quick) };
  const status = snapshot(generations, { totals, ...change });
  const facts = { name: 'shop', version: '1', findings, history, audience: 'local' } as const;
  return { atMs, status: pageStatusOf(status, facts) };
}

function card(history: readonly Told[], label: string) {
  const last = history.at(-1);
  assert.ok(last);
  const found = pageView(history, last).cards.find((each) => each.label === label);
  assert.ok(found, label);
  return found;
}

describe('the view', () => {
  test('has rates of the last two seconds, and before that the times since the start', () => {
    const first = [told(0, 100)];
    assert.deepEqual(
      [card(first, 'Requests').value, card(first, 'Latency, p95').note],
      ['-/s', 'p50 3.8 ms, since the start'],
    );
    const second = [...first, told(2_000, 150)];
    assert.deepEqual(
      [card(second, 'Requests').value, card(second, 'Latency, p95').note],
      ['25.0/s', 'p50 3.8 ms'],
    );
    assert.equal(card([...second, told(4_000, 150)], 'Requests').value, '0/s');
  });
  test('has curves of the last minutes at once, and then what is now', () => {
    const point = { atMs: now, requestsPerSecond: 4, p95: 0.2, queued: 3, busy: 2, memoryBytes: 9 };
    const history = [{ ...point, requestsPerSecond: null, p95: null }, point];
    const first = told(0, 100, {}, null, history);
    assert.deepEqual(card([first], 'Requests').points, [null, 4, null]);
    assert.deepEqual(card([first], 'Latency, p95').points, [null, 0.2, null]);
    assert.deepEqual(card([first], 'Queue').points, [3, 3, 0]);
    assert.deepEqual(card([first], 'Slots busy').points, [2, 2, 1]);
    const second = [first, told(2_000, 150, {}, null, history)];
    assert.deepEqual(card(second, 'Requests').points, [null, 4, 25]);
  });
  test('says what runs, the longest first, and what happened last, the newest first', () => {
    const reloads = [
      { atMs: now - 600_000, outcome: 'started', generation: 1, sentence: 'ready' },
      { atMs: now - 30_000, outcome: 'failed', generation: null, sentence: 'no module' },
    ] as const;
    const last = told(0, 0, { reloads });
    const view = pageView([last], last);
    assert.deepEqual(view.running, [
      { slot: '1.1 thread 0', time: '12 s', request: 'GET /report', mood: 'warn' },
    ]);
    assert.deepEqual(
      view.reloads.map(({ ago, outcome, mood }) => [ago, outcome, mood]),
      [
        ['30 s ago', 'failed', 'bad'],
        ['10 min ago', 'started', 'plain'],
      ],
    );
    assert.equal(view.slotsTitle, '1 of 2 slots busy');
  });
  test('has what is found, that nothing is, or nothing where it is not known', () => {
    const found = [{ severity: 'warning', sentence: 'memory grows', advice: 'see' }] as const;
    const views = [null, [], found].map((findings) => {
      const last = told(0, 0, {}, findings);
      return pageView([last], last).findings;
    });
    assert.deepEqual(views, [
      null,
      [{ sentence: 'Nothing is wrong.', advice: '', mood: 'good' }],
      [{ sentence: 'memory grows', advice: 'see', mood: 'warn' }],
    ]);
  });
  test('says why it is not ready, and that a queue is long', () => {
    const ready = { isReady: false, reason: 'it is suspended' };
    const last = told(0, 0, { ready, queue: { running: 1, queued: 40, oldestMs: 3_400 } });
    const view = pageView([last], last);
    assert.deepEqual([view.state, view.mood], ['it is suspended', 'bad']);
    const queue = card([last], 'Queue');
    assert.deepEqual([queue.value, queue.mood], ['40', 'bad']);
    assert.match(queue.note, /the oldest for 3.4 s/);
  });
});

describe('a curve', () => {
  const size = { width: 29, height: 12 };

  test('has its newest value at the right, and its highest at the top', () => {
    assert.equal(curvePath([0, 5, 10], size), 'M27.0 11.0h0.1L28.0 6.0L29.0 1.0');
  });
  test('is broken where there was no value, and is none without any', () => {
    assert.equal(curvePath([10, null, 10], size), 'M27.0 1.0h0.1M29.0 1.0h0.1');
    assert.equal(curvePath([null, null], size), '');
    assert.equal(curvePath([0], size), 'M29.0 11.0h0.1');
  });
});
