/** What the master knows of a worker whose spawner is lost. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  becomeOrphan,
  forkedWorker,
  noteStart,
} from '../../../../src/master/children/forked-worker.ts';

describe('a worker whose spawner is lost before it has reported the fork', () => {
  test('is known by what it has said itself, before or afterwards', () => {
    const before = forkedWorker('a');
    noteStart(before, 7);
    assert.equal(before.pid, undefined, 'the report of the fork is still to come');
    becomeOrphan(before);
    assert.equal(before.pid, 7);
    const afterwards = forkedWorker('b');
    becomeOrphan(afterwards);
    noteStart(afterwards, 8);
    assert.equal(afterwards.pid, 8);
  });
  test('keeps the pid that was reported', () => {
    const worker = forkedWorker('c');
    worker.pid = 9;
    becomeOrphan(worker);
    noteStart(worker, 10);
    assert.equal(worker.pid, 9);
  });
});
