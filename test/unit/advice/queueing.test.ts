/** Erlang's formula, against values that are known of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { busySlots, fittingSlots, waitingWith } from '../../../src/advice/queueing.ts';

test("Little's law: arrivals a second times their time are the busy slots", () => {
  assert.equal(busySlots({ perSecond: 40, runSeconds: 0.125 }), 5);
});

describe('a request waits', () => {
  for (const [what, slots, perSecond, expected] of [
    // M/M/1: utilisation / (1 - utilisation) × the time that it runs.
    ['for as long as it runs with one slot that is half busy', 1, 0.5, 1],
    ['nine times as long as it runs with one that is 90 % busy', 1, 0.9, 9],
    // Erlang C of 2 slots and 1 erlang is 1/3; of 10 slots and 7 erlangs 0.2217.
    ['a third of its time with two slots, half busy', 2, 1, 1 / 3],
    ['a fourteenth of it with ten, 70 % busy', 10, 7, 0.0739],
    ['for ever where more comes than they can run', 2, 2, Infinity],
  ] as const) {
    test(what, () => {
      const { seconds, utilisation } = waitingWith(slots, { perSecond, runSeconds: 1 });
      assert.equal(utilisation, perSecond / slots);
      if (expected === Infinity) assert.equal(seconds, Infinity);
      else assert.ok(Math.abs(seconds - expected) < 0.001, `${seconds}, not ${expected}`);
    });
  }
});

test('the fewest slots are found with which requests hardly wait', () => {
  const slots = [0, 0.01, 1, 5, 50].map(
    (perSecond) => fittingSlots({ perSecond, runSeconds: 1 }).slots,
  );
  assert.deepEqual(slots, [1, 1, 3, 8, 67]);
});

test('more than any configuration can have ends the search', () => {
  assert.equal(fittingSlots({ perSecond: 1e9, runSeconds: 1 }).slots, 5_000);
});
