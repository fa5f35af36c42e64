/** Limits of memory and processors, as the files of control groups have them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { bytesIn, processorsIn } from '../../../src/systemd/resource-limits.ts';

describe('a limit', () => {
  for (const [text, bytes] of [
    ['536870912', 536_870_912],
    ['max', undefined],
    ['9223372036854771712', undefined],
    ['', undefined],
  ] as const) {
    test(`of memory: "${text}"`, () => assert.equal(bytesIn(text), bytes));
  }
  for (const [text, processors] of [
    ['150000 100000', 1.5],
    ['20000 100000', 0.2],
    ['max 100000', undefined],
    ['-1 100000', undefined],
    ['', undefined],
  ] as const) {
    test(`of processors: "${text}"`, () => assert.equal(processorsIn(text), processors));
  }
});
