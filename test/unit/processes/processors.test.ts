/** What /proc says of processors. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readProcessors } from '../../../src/processes/processors.ts';

describe('a process may run on', () => {
  for (const [list, count] of [
    ['0', 1],
    ['0-3', 4],
    ['0-3,8,10-11', 7],
  ] as const) {
    test(list, () => assert.equal(readProcessors(`Cpus_allowed_list:\t${list}\n`), count));
  }
  test('nobody knows what, where there is no such line', () => {
    assert.equal(readProcessors('Name:\tx\n'), undefined);
  });
});
