/** What the workers of one place have done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Tally } from '../../../../src/gateway/dispatch/tally.ts';

test('requests are counted by thread and by application, also those between that had none', () => {
  const tally = new Tally();
  tally.ended(2, 1, 400, false);
  tally.ended(0, 1, 600, true);
  tally.sentBytes += 30;
  tally.overruns += 1;
  assert.deepEqual(tally.view, {
    requests: 2,
    failures: 1,
    overruns: 1,
    runMicros: 1_000,
    averageMicros: 400,
    sentBytes: 30,
    threads: [1, 0, 1],
    applications: [
      { requests: 0, failures: 0 },
      { requests: 2, failures: 1 },
    ],
  });
});
