/** The counts of gateways, added up so that none of them goes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RequestTotals } from '../../../../src/master/reporting/request-totals.ts';
import type { GatewayStatus } from '../../../../src/protocol/control-messages.ts';

/** What a gateway's process says that has answered so many requests. */
function report(pid: number, answered: number, mount = ''): GatewayStatus {
  const run = { counts: [answered, 0], seconds: answered / 10 };
  const wait = { counts: [0, answered], seconds: answered };
  const times = [{ mount, route: '', status: '2xx', run, wait, bodyBytes: answered } as const];
  return {
    type: 'status',
    number: 1,
    running: 0,
    queued: 0,
    oldestMs: 0,
    waitedMaxMs: 0,
    connections: 0,
    requests: answered,
    droppedLogLines: answered,
    spool: { bytes: 0, files: 0, limitBytes: 0, directory: '' },
    pid,
    counts: { times, overruns: answered, signalsDropped: 0 },
    quarantine: [],
    signalsWaiting: 0,
    growth: [],
    workers: [],
  };
}

/** How many requests each mount has had. */
function answered(totals: RequestTotals): Record<string, number | undefined> {
  return Object.fromEntries(totals.all.times.map(({ mount, run }) => [mount, run.counts[0]]));
}

test('the last report of a process counts, once', () => {
  const totals = new RequestTotals();
  totals.take(1, report(10, 3));
  totals.take(1, report(10, 5));
  assert.deepEqual(answered(totals), { '': 5 });
  assert.deepEqual([totals.all.overruns, totals.all.droppedLogLines], [5, 5]);
});

test('a gateway that is started again begins at 0, and the counts go on', () => {
  const totals = new RequestTotals();
  totals.take(1, report(10, 5));
  totals.take(1, report(11, 7));
  totals.take(1, report(11, 8));
  assert.deepEqual(answered(totals), { '': 13 });
});

test('two gateways of a reload add up, also when the old one has gone', () => {
  const totals = new RequestTotals();
  totals.take(1, report(10, 5));
  totals.take(2, report(11, 2));
  totals.take(1, report(10, 6));
  assert.deepEqual(answered(totals), { '': 8 });
  totals.forget(1);
  totals.forget(9);
  assert.deepEqual(answered(totals), { '': 8 });
  totals.take(2, report(11, 4, '/shop'));
  assert.deepEqual(answered(totals), { '': 6, '/shop': 4 });
  const [first] = totals.all.times;
  assert.deepEqual(
    [first?.run.seconds, first?.wait, first?.bodyBytes],
    [0.6, { counts: [0, 6], seconds: 6 }, 6],
  );
});
