/** The queue: its order, whatever is taken out of its middle or put back. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { JobQueue } from '../../../../src/gateway/dispatch/job-queue.ts';
import { chances } from '../../../support/chances.ts';

interface Job {
  turn: number;
}

/** A queue with as many jobs, and the jobs. */
function queueOf(count: number) {
  const queue = new JobQueue<Job>();
  const jobs = Array.from({ length: count }, (_, at) => ({ turn: at + 1 }));
  for (const job of jobs) queue.push(job);
  return { queue, jobs };
}

describe('a job', () => {
  test('that was taken out is not there any more', () => {
    const { queue, jobs } = queueOf(3);
    const [first, second, third] = jobs;
    assert.ok(first && second && third);
    assert.ok(queue.remove(second));
    assert.ok(!queue.remove(second));
    assert.deepEqual([queue.shift(), queue.shift()], [first, third]);
    assert.ok(!queue.remove(first));
    assert.equal(queue.first, undefined);
  });
  test('that never waited is not there', () => {
    const { queue } = queueOf(3);
    assert.ok(!queue.remove({ turn: 2 }));
    assert.ok(!queue.remove({ turn: 9 }));
    assert.equal(queue.length, 3);
  });
  test('that comes back is in front of all that came later', () => {
    const { queue, jobs } = queueOf(5);
    const taken = [queue.shift(), queue.shift(), queue.shift()];
    for (const job of taken.toReversed()) queue.putBack(job);
    assert.deepEqual(queue.takeAll(), jobs);
  });
});

test('in any order of events the oldest is the first', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const chance = chances(seed);
    const queue = new JobQueue<Job>();
    let waiting: Job[] = [];
    const taken: Job[] = [];
    let turn = 0;
    // In some orders the queue is long enough for its holes to be cut off.
    const length = seed % 6 === 0 ? 4000 : 40;
    for (let event = 0; event < 3 * length; event += 1) {
      const number = chance(event < length ? 6 : 12);
      if (number < 5) {
        turn += 1;
        const job = { turn };
        queue.push(job);
        waiting.push(job);
      } else if (number < 8 && waiting.length > 0) {
        const job = queue.shift();
        assert.equal(job, waiting.shift());
        taken.push(job);
      } else if (number < 11) {
        const at = chance(waiting.length + 1);
        const job = waiting[at];
        assert.equal(job !== undefined && queue.remove(job), job !== undefined);
        waiting = waiting.toSpliced(at, 1);
      } else {
        const [job] = taken.splice(chance(taken.length + 1), 1);
        if (job === undefined) continue;
        queue.putBack(job);
        const later = waiting.findIndex((each) => each.turn > job.turn);
        waiting.splice(later < 0 ? waiting.length : later, 0, job);
      }
      assert.equal(queue.length, waiting.length);
      assert.equal(queue.first, waiting[0]);
    }
    assert.deepEqual(queue.takeAll(), waiting, `order ${seed}`);
  }
});
