/** How much may wait in files, in all. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inUnits, roomFor, spoolLimit } from '../../../../src/gateway/spool/limit.ts';
import type { SpoolState, SpoolUse } from '../../../../src/gateway/spool/limit.ts';

const MIB = 1024 * 1024;

function state(usedMib: number, freeMib: number, optionMib = 0): SpoolState {
  return { optionBytes: optionMib * MIB, usedBytes: usedMib * MIB, freeBytes: freeMib * MIB };
}

function room(use: SpoolUse, moreMib: number, now: SpoolState, wholeMib = moreMib) {
  return roomFor({ use, moreBytes: moreMib * MIB, wholeBytes: wholeMib * MIB }, now);
}

test('without spool-max the limit is half of what would be free, however much is used of it', () => {
  for (const usedMib of [0, 10, 50]) {
    assert.equal(spoolLimit(state(usedMib, 100 - usedMib)), 50 * MIB);
  }
});

test('the limit shrinks when others fill the disk, and grows when they delete files', () => {
  assert.equal(spoolLimit(state(10, 20)), 15 * MIB);
  assert.equal(room('body', 1, state(10, 5)), 'spool-full');
  assert.equal(room('body', 1, state(10, 90)), undefined);
});

test('spool-max counts as it is written', () => {
  assert.equal(spoolLimit(state(0, 1, 500)), 500 * MIB);
  assert.equal(room('body', 400, state(0, 1, 500)), undefined);
});

test('responses leave a quarter to bodies', () => {
  assert.equal(room('response', 76, state(0, 0, 100)), 'too-large');
  assert.equal(room('response', 1, state(75, 0, 100), 60), 'spool-full');
  assert.equal(room('body', 25, state(75, 0, 100)), undefined);
});

test('what cannot fit at any time is told from what has to wait', () => {
  assert.equal(room('body', 60, state(0, 100)), 'too-large');
  assert.equal(room('body', 10, state(45, 55)), 'spool-full');
  assert.equal(room('body', 1, state(49.5, 50.5), 50.5), 'too-large');
  assert.equal(room('body', 10, state(0, 5)), 'disk-full');
});

test('sizes are shown in the unit that says most', () => {
  assert.deepEqual([100, 1536, 20 * MIB, 3 * 1024 * MIB].map(inUnits), [
    '100 bytes',
    '1.5 KiB',
    '20.0 MiB',
    '3.0 GiB',
  ]);
});
