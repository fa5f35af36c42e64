/** What the kernel's files say of limits on processes and threads. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { hierarchyOf } from '../../../src/systemd/cgroup-text.ts';
import { isFull, limitOfTasks, tasksOf } from '../../../src/systemd/limit-text.ts';

/** Files of a control group. */
function group(files: Readonly<Record<string, string>>): (name: string) => string | undefined {
  return (name) => files[name];
}

describe('a control group', () => {
  test('has a count, a limit, and how often that was reached', () => {
    const files = { 'pids.max': '60', 'pids.current': '41', 'pids.events': 'max 3' };
    assert.deepEqual(tasksOf(group(files)), { current: 41, max: 60, hits: 3 });
    assert.deepEqual(tasksOf(group({ 'pids.max': '60', 'pids.current': '41' })), {
      current: 41,
      max: 60,
      hits: 0,
    });
  });

  test('without a limit, or without a count of processes, says nothing', () => {
    assert.equal(tasksOf(group({ 'pids.max': 'max', 'pids.current': '41' })), undefined);
    assert.equal(tasksOf(group({})), undefined);
  });

  test('is full a little below its limit: what was refused may have ended', () => {
    assert.ok(isFull({ current: 60, max: 60 }));
    assert.ok(isFull({ current: 48, max: 60 }));
    assert.ok(!isFull({ current: 47, max: 60 }));
    assert.ok(!isFull({ current: 5, max: 8 }));
    assert.ok(isFull({ current: 9, max: 1 }), 'the limit was lowered');
  });
});

test('the limit of a user is the soft one, and may be none', () => {
  const line = (soft: string) =>
    `Max stack size            8388608              unlimited            bytes     \n` +
    `Max processes             ${soft.padEnd(20)} 96364                processes \n`;
  assert.equal(limitOfTasks(line('512')), 512);
  assert.equal(limitOfTasks(line('unlimited')), undefined);
});

describe('where processes are counted', () => {
  const two = '30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
  const one =
    '31 22 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n' +
    '32 22 0:28 /unit /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n';

  test('is version 2, version 1, or both on a machine that has both', () => {
    const ours = { mount: { root: '/', mountPoint: '/sys/fs/cgroup' }, group: '/a.service' };
    const old = { mount: { root: '/unit', mountPoint: '/sys/fs/cgroup/pids' }, group: '/unit/b' };
    assert.deepEqual(hierarchyOf('pids', two, '0::/a.service\n'), [ours]);
    assert.deepEqual(hierarchyOf('pids', one, '8:pids:/unit/b\n7:cpu:/c\n'), [old]);
    assert.deepEqual(hierarchyOf('pids', one, '8:cpu,pids:/unit/b\n'), [old]);
    assert.deepEqual(hierarchyOf('pids', two + one, '8:pids:/unit/b\n0::/a.service\n'), [
      ours,
      old,
    ]);
  });

  test('is nowhere without a mount', () => {
    assert.deepEqual(hierarchyOf('pids', '', '8:pids:/unit/b\n0::/a.service\n'), []);
  });
});
