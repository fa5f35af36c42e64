/** What reeve why finds, for the status page: between two of its questions. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Findings } from '../../../../src/master/monitoring/findings.ts';
import type { WholeSnapshot } from '../../../../src/protocol/snapshot.ts';
import type { Evidence } from '../../../../src/protocol/stacks-view.ts';
import {
  generationView,
  runningRequest,
  snapshot,
  workerView,
} from '../../../support/snapshots.ts';

const evidence: Evidence = {
  ...{ atMs: 0, requests: [], lines: [], fullDisks: [] },
  machine: {
    ...{ processors: 2, load: 0 },
    ...{ waitsForProcessor: null, waitsForMemory: null, waitsForDisk: null },
  },
};

/** The only slot has run /report for a long time, and others wait. */
function busy(atMs: number): WholeSnapshot {
  const running = [runningRequest({ uri: '/report?token=s3cr3t', seconds: 12 })];
  return snapshot([generationView([workerView(1, { running })])], {
    takenAtMs: 1_800_000_000_000 + atMs,
    queue: { running: 1, queued: 40, oldestMs: 9_000 },
  });
}

/** What is found at each of these times. */
async function foundAt(...timesMs: number[]): Promise<readonly (string | undefined)[]> {
  const findings = new Findings();
  const found: (string | undefined)[] = [];
  for (const atMs of timesMs) {
    const all = await findings.of(busy(atMs), () => Promise.resolve(evidence));
    found.push(all?.map(({ sentence }) => sentence).join(';'));
  }
  return found;
}

test('two looks are needed, not too close and not too far from each other', async () => {
  const [first, second, soon, late] = await foundAt(0, 2_000, 2_100, 200_000);
  assert.equal(first, undefined);
  assert.match(second ?? '', /\/report/);
  assert.doesNotMatch(second ?? '', /s3cr3t/);
  assert.equal(soon, second);
  assert.equal(late, undefined);
});

test('a date that was set back is no look', async () => {
  assert.deepEqual(await foundAt(10_000, 0), [undefined, undefined]);
});
