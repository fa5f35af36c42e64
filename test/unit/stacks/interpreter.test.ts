/** Whether C code holds the interpreter, from what the kernel shows. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isHeld, isHeldAsleep, isMoving } from '../../../src/stacks/interpreter.ts';

const main = 10;

function movements(...all: readonly (readonly [id: number, processorMs: number, turns: number])[]) {
  return new Map(all.map(([id, processorMs, turns]) => [id, { processorMs, turns }]));
}

describe('the interpreter is held in C code', () => {
  test('where the main thread computes and does not answer', () => {
    assert.equal(isHeld(main, movements([main, 40, 3], [11, 2, 20], [12, 0, 0])), true);
  });

  test('where another thread computes, and the main one wakes again and again', () => {
    assert.equal(isHeld(main, movements([main, 1, 20], [11, 90, 2])), true);
  });

  test('not where it has not computed long enough to be sure: the machine is busy', () => {
    assert.equal(isHeld(main, movements([main, 20, 3], [11, 0, 0])), false);
  });

  test('not where the main thread waits in C code, while another may run Python', () => {
    assert.equal(isHeld(main, movements([main, 0, 1], [11, 90, 2])), false);
  });

  test('not where two threads compute: they take turns', () => {
    assert.equal(isHeld(main, movements([main, 50, 20], [11, 60, 20])), false);
  });

  test('not where nothing is known', () => {
    assert.equal(isHeld(main, movements()), false);
    assert.equal(isHeldAsleep(movements()), false);
  });

  test('and waits, where others wake again and again and none computes', () => {
    assert.equal(isHeldAsleep(movements([main, 0, 0], [11, 4, 300])), true);
    assert.equal(isHeldAsleep(movements([main, 0, 0], [11, 0, 3])), false);
    assert.equal(isHeldAsleep(movements([main, 0, 0], [11, 4, 300], [12, 40, 9])), false);
  });
});

test('a thread that is not known to wait counts as one that runs', () => {
  const activity = { processorNs: 5, turns: 1 };
  assert.equal(isMoving(activity, activity), false);
  assert.equal(isMoving(activity, { processorNs: 6, turns: 1 }), true);
  assert.equal(isMoving(activity, { processorNs: 5, turns: 2 }), true);
  assert.equal(isMoving(undefined, activity), true);
});
