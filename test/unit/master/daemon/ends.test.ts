/** How the end of a child is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Ends } from '../../../../src/master/daemon/ends.ts';

test('a signal has the name that people know', () => {
  const ends = new Ends(() => 0);
  const howOf = (signal: number) => ends.describe({ code: -1, signal }).how;
  assert.deepEqual(
    [6, 9, 29, 34].map(howOf),
    ['SIGABRT', 'SIGKILL', 'SIGIO', 'signal 34'].map((name) => `was killed by ${name}`),
  );
});
