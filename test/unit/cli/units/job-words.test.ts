/** What a unit does while systemd starts or stops it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { jobWords, unitFacts } from '../../../../src/cli/units/job-words.ts';

test('what is waited for is named with its unit', () => {
  assert.equal(jobWords('try-restart', 'shop.service'), 'restarting shop.service');
  assert.equal(jobWords('disable', 'shop.service'), 'stopping shop.service');
});

test("the unit's own status is shown", () => {
  const shown = 'SubState=start\nStatusText=loading shop (1 of 2 workers)\n';
  assert.equal(unitFacts(shown), 'loading shop (1 of 2 workers)');
  assert.equal(unitFacts('StatusText=a=b; c\nSubState=running\n'), 'a=b; c');
});

test('a unit without a status has none, and one that waits for its next start says so', () => {
  assert.equal(unitFacts('SubState=listening\n'), '');
  assert.equal(unitFacts(''), '');
  const failed = 'SubState=auto-restart\nStatusText=stopping\n';
  assert.equal(unitFacts(failed), 'it has failed, and systemd will start it again');
});
