/** What values of farm, timer, rbtimer, touch-signal and fs-signal mean. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readFarm } from '../../../src/tables/jobs/farm-terms.ts';
import { readFile, readTimer } from '../../../src/tables/jobs/raisers.ts';

test('a farm has a name and mules that are there', () => {
  assert.deepEqual(readFarm('tasks:1,2', 2), { ok: true, farm: { name: 'tasks', mules: [1, 2] } });
  assert.deepEqual(readFarm('a b: 2 , 2,1', 2), {
    ok: true,
    farm: { name: 'a b', mules: [2, 1] },
  });
  for (const text of ['', 'tasks', 'tasks:', 'tasks:,', ':1', 'tasks:x', 'tasks:-1', 'a:b:1']) {
    const read = readFarm(text, 2);
    assert.match(read.ok ? '' : read.sentence, /it needs a name, a colon/, text);
  }
  const unknown = readFarm('tasks:1,3', 2);
  assert.equal(unknown.ok ? '' : unknown.sentence, 'there is no mule 3: there are 2 (mule, mules)');
  const none = readFarm('tasks:1', 0);
  assert.equal(none.ok ? '' : none.sentence, 'there is no mule 1: there are no mules');
  assert.equal(readFarm('tasks:0', 2).ok, false);
  assert.equal(readFarm(`${'x'.repeat(59)}:1`, 2).ok, false);
});

test('a timer has the number of a signal and seconds', () => {
  assert.deepEqual(readTimer(' 17  30 '), { ok: true, terms: { number: 17, seconds: 30 } });
  for (const text of ['', '17', '17 0', '17 x', 'x 30', '17 -1', '17 30 40', '256 1', '17 1.5']) {
    assert.equal(readTimer(text).ok, false, text);
  }
});

test('a watched file has a path, which may hold spaces, and the number of a signal', () => {
  assert.deepEqual(readFile('/srv/my prices 17'), {
    ok: true,
    terms: { path: '/srv/my prices', number: 17 },
  });
  for (const text of ['', '/srv/prices', '17', '/srv/prices 256', '/srv/prices x']) {
    assert.equal(readFile(text).ok, false, text);
  }
});
