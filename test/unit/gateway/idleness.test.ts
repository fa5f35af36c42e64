/** When a gateway is idle, and when it gives back the memory that a load needed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Idleness, QuietMemory } from '../../../src/gateway/idleness.ts';

test('is over the limit only when nothing was asked for so long', () => {
  const idleness = new Idleness(3_000);
  assert.equal(idleness.look({ open: 0, requests: 0 }, 50_000), false);
  assert.equal(idleness.look({ open: 0, requests: 0 }, 52_999), false);
  assert.equal(idleness.look({ open: 0, requests: 0 }, 53_000), true);
});

test('a request that came and went between two looks counts', () => {
  const idleness = new Idleness(3_000);
  idleness.look({ open: 0, requests: 0 }, 0);
  assert.equal(idleness.look({ open: 0, requests: 1 }, 2_900), false);
  assert.equal(idleness.look({ open: 0, requests: 1 }, 5_800), false);
  assert.equal(idleness.look({ open: 0, requests: 1 }, 5_900), true);
});

test('a request that runs or waits keeps it from being idle for as long as it takes', () => {
  const idleness = new Idleness(3_000);
  idleness.look({ open: 1, requests: 0 }, 0);
  assert.equal(idleness.look({ open: 1, requests: 0 }, 60_000), false);
  assert.equal(idleness.look({ open: 0, requests: 0 }, 62_000), false);
  assert.equal(idleness.look({ open: 0, requests: 0 }, 63_000), true);
});

const megabyte = 1024 * 1024;

/** A gateway that has `megabytes` and falls back to 30 each time. */
function world() {
  const state = { megabytes: 60, times: 0 };
  const memory = new QuietMemory({
    residentBytes: () => state.megabytes * megabyte,
    giveBack: () => {
      state.times += 1;
      state.megabytes = 30;
    },
  });
  const look = (seconds: number, requests: number, open = 0): number => {
    memory.look({ open, requests }, seconds * 1_000);
    return state.times;
  };
  return { state, look };
}

test('memory is given back once after a load, not while requests come or run', () => {
  const { look } = world();
  assert.equal(look(0, 1), 0);
  assert.equal(look(4, 2), 0);
  assert.equal(look(8, 2, 1), 0);
  assert.equal(look(12, 2), 0);
  assert.equal(look(13, 2), 1);
  assert.equal(look(100, 2), 1);
});

test('a growth that is small is left alone, a large one is given back', () => {
  const { state, look } = world();
  look(0, 1);
  assert.equal(look(5, 1), 1);
  state.megabytes = 45;
  assert.equal(look(100, 1), 1);
  state.megabytes = 46;
  assert.equal(look(101, 1), 2);
});

test('a request now and then does not have it done each time', () => {
  const { state, look } = world();
  look(0, 1);
  assert.equal(look(5, 1), 1);
  state.megabytes = 60;
  assert.equal(look(24, 1), 1);
  assert.equal(look(25, 1), 2);
});
