/** The states of a worker, in chosen orders of events and in thousands of random ones. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { afterWorkerEvent, rightsIn } from '../../../../src/gateway/dispatch/worker-states.ts';
import type { WorkerEvent, WorkerState } from '../../../../src/gateway/dispatch/worker-states.ts';
import { chances } from '../../../support/chances.ts';

const events: readonly WorkerEvent[] = ['enable', 'near', 'far', 'drain', 'overrun', 'exit'];

/** The state of a worker after these events. */
function stateAfter(...happened: readonly WorkerEvent[]): WorkerState {
  return happened.reduce<WorkerState>(afterWorkerEvent, 'expected');
}

describe('a worker', () => {
  test('gets nothing before the switch to its generation', () => {
    assert.equal(rightsIn[stateAfter()].takesRequests, false);
    assert.equal(rightsIn[stateAfter('near')].takesRequests, false);
    assert.equal(stateAfter('enable'), 'serving');
  });
  test('that is drained before it was enabled never serves', () => {
    assert.equal(stateAfter('drain', 'enable'), 'draining');
  });
  test('with an overrun is not sent away: the master ends it', () => {
    assert.equal(stateAfter('enable', 'drain', 'overrun'), 'overrun');
    assert.equal(rightsIn.overrun.isLeaving, false);
  });
  test('whose max-requests is near takes requests, and none ahead', () => {
    assert.equal(stateAfter('enable', 'near'), 'nearing');
    assert.equal(stateAfter('enable', 'near', 'far'), 'serving');
  });
});

test('in any order of events no state comes back that was left for good', () => {
  for (let seed = 1; seed <= 3000; seed += 1) {
    const chance = chances(seed);
    const happened: WorkerEvent[] = [];
    let state: WorkerState = 'expected';
    for (let step = 0; step < 30; step += 1) {
      const event = events[chance(events.length)] ?? 'exit';
      happened.push(event);
      const before: WorkerState = state;
      state = afterWorkerEvent(state, event);
      const order = `${happened.join(', ')}: ${state}`;
      const has = (one: WorkerEvent): boolean => happened.includes(one);
      const { takesRequests, takesAhead, isLeaving } = rightsIn[state];
      const isLost = has('drain') || has('overrun') || has('exit');

      assert.equal(takesRequests, has('enable') && !isLost, order);
      assert.ok(!takesAhead || takesRequests, order);
      assert.equal(isLeaving, has('drain') && !has('overrun') && !has('exit'), order);
      if (has('exit')) assert.equal(state, 'exited', order);
      else if (has('overrun')) assert.equal(state, 'overrun', order);
      if (rightsIn[before].isLeaving) assert.ok(!takesRequests, order);
    }
  }
});
