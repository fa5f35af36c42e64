/** A short run of each target from a seed that is printed, and what has failed once. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { fuzz, inputOf } from './fuzzing.ts';
import { targets } from './targets.ts';

const seed = Number(process.env['REEVE_FUZZ_SEED'] ?? Date.now() % 2 ** 32);

describe(`random input, REEVE_FUZZ_SEED=${seed}`, () => {
  for (const target of targets) {
    test(`breaks no promise of ${target.name}`, async () => {
      const { found } = await fuzz(target, { seed, rounds: 2000, seconds: 10 });
      assert.equal(found, undefined, JSON.stringify(found, undefined, 2));
    });
  }
});

test('a seed always stands for the same input', () => {
  for (const target of targets) {
    assert.ok(inputOf(target, 42).equals(inputOf(target, 42)));
    assert.ok(!inputOf(target, 42).equals(inputOf(target, 43)));
  }
});

test('every seed of a target keeps its promises', async () => {
  for (const target of targets) for (const bytes of target.seeds) await target.check(bytes);
});
