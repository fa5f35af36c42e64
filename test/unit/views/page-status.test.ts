/** What the status page is told: on the machine itself, and in the network. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pageStatusOf } from '../../../src/views/page-status.ts';
import {
  generationView,
  requestTimes,
  runningRequest,
  snapshot,
  workerView,
} from '../../support/snapshots.ts';

const secret = 'token=s3cr3t';
const base = snapshot([]).totals;
const shop = snapshot(
  [
    generationView([
      workerView(1, { running: [runningRequest({ uri: `/report?${secret}`, seconds: 12 })] }),
      workerView(2, { starts: 3 }),
    ]),
  ],
  {
    totals: { ...base, times: requestTimes(7, 2), workerDeaths: 2 },
    reloads: [{ atMs: 1, outcome: 'failed', generation: null, sentence: '/srv/shop.py raised' }],
  },
);
const finding = { severity: 'fault', sentence: 'all run /report', advice: 'see' } as const;
const point = { atMs: 1, requestsPerSecond: 4, p95: 0.2, queued: 0, busy: 1, memoryBytes: 9 };
const facts = { name: 'shop', version: '1.2.3', findings: [finding], history: [point] };

test('the machine itself sees paths without queries, and why something is wrong', () => {
  const status = pageStatusOf(shop, { ...facts, audience: 'local' });
  assert.deepEqual(
    status.slots.map(({ worker, state, request }) => [worker, state, request]),
    [
      ['1.1', 'busy', 'GET /report'],
      ['1.2', 'idle', ''],
    ],
  );
  assert.equal(status.reloads[0]?.sentence, '/srv/shop.py raised');
  assert.deepEqual(status.findings, [finding]);
  assert.doesNotMatch(JSON.stringify(status), /s3cr3t/);
});

test('the network sees figures: no paths, no sentences of the application', () => {
  const status = pageStatusOf(shop, { ...facts, audience: 'network' });
  assert.doesNotMatch(JSON.stringify(status), /report|srv|s3cr3t/);
  assert.deepEqual([status.slots[0]?.state, status.slots[0]?.seconds], ['busy', 12]);
  assert.deepEqual([status.workers.restarts, status.workers.deaths], [2, 2]);
  assert.deepEqual([status.isCut, status.findings], [true, null]);
});

test('nothing else is told', () => {
  const status = pageStatusOf(shop, { ...facts, audience: 'local' });
  const names = new Set<string>();
  JSON.stringify(status, (name, value: unknown) => {
    if (!/^\d*$/.test(name)) names.add(name);
    return value;
  });
  assert.deepEqual([...names].toSorted(), [
    ...['advice', 'all', 'atMs', 'busy', 'connections', 'counts', 'crons'],
    ...['cronsRunning', 'daemons', 'daemonsUp', 'deaths', 'findings', 'generation'],
    'history',
    ...['isCut', 'isReady', 'jobs', 'memoryBytes', 'name', 'oldestMs', 'outcome', 'p95'],
    ...['phase', 'queue', 'queued', 'reason', 'reloads', 'request', 'requestsPerSecond'],
    ...['restarts', 'run'],
    ...['seconds', 'sentence', 'severity', 'slots', 'state', 'status', 'takenAtMs'],
    ...['tasksPutAside', 'tasksQueued', 'thread', 'timeBoundsSeconds', 'times'],
    ...['totals', 'up', 'version', 'wait', 'worker', 'workers'],
  ]);
});
