/** When the requests of an application are known to keep their thread running. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ThreadUse } from '../../../../src/gateway/dispatch/thread-use.ts';

function observe(use: ThreadUse, hasWaited: boolean | undefined, times: number): void {
  for (let time = 0; time < times; time += 1) use.observe(0, hasWaited);
}

test('it is assumed of an unknown application, until one sees that nothing will be known', () => {
  const use = new ThreadUse();
  assert.equal(use.neverWaits(0), true);
  observe(use, undefined, 255);
  assert.equal(use.neverWaits(0), true);
  observe(use, undefined, 1);
  assert.equal(use.neverWaits(0), false);
});
test('a few that wait do not matter, most do', () => {
  const use = new ThreadUse();
  observe(use, true, 3);
  assert.equal(use.neverWaits(0), true);
  observe(use, true, 5);
  assert.equal(use.neverWaits(0), false);
  observe(use, false, 40);
  assert.equal(use.neverWaits(0), true);
});
test('each application is known by itself', () => {
  const use = new ThreadUse();
  observe(use, true, 20);
  assert.equal(use.neverWaits(0), false);
  assert.equal(use.neverWaits(1), true);
});
