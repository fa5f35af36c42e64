/** How long a request has run, as harakiri counts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RunTime } from '../../../../src/gateway/dispatch/run-times.ts';

test('a request runs from its start on', () => {
  const time = new RunTime();
  time.start(1000);
  assert.equal(time.ranMs(1500), 500);
});
test('while its client holds it back its time stands still', () => {
  const time = new RunTime();
  time.start(1000);
  time.hold(1100);
  time.hold(1200);
  assert.equal(time.ranMs(9000), 100);
  assert.ok(time.isHeld);
  time.goOn(9000);
  time.goOn(9100);
  assert.equal(time.ranMs(9300), 400);
  assert.equal(time.sinceStartMs(9300), 8300);
});
test('the next request starts anew', () => {
  const time = new RunTime();
  time.start(1000);
  time.hold(1100);
  time.start(5000);
  assert.ok(!time.isHeld);
  assert.equal(time.ranMs(5010), 10);
});
