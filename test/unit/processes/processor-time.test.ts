/** What the kernel tells of a process, from its texts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readCpuSeconds } from '../../../src/processes/processor-time.ts';

test('processor time is the sum of both kinds, whatever the name of the process is', () => {
  const rest = 'S 1 1 1 0 -1 4194560 2345 0 12 0 150 50 7 8 20 0 1 0 99';
  for (const name of ['reeve', 'a) b (c', ') R 1 2 3']) {
    assert.equal(readCpuSeconds(`12 (${name}) ${rest}`, 100), 2);
  }
});

test('of a process that has ended nothing is known', () => {
  for (const text of ['', '12 (reeve) Z']) assert.equal(readCpuSeconds(text, 100), undefined);
});
