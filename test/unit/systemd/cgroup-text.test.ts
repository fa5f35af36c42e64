/** What the kernel's files say of control groups. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  cgroupMount,
  groupDirectory,
  hasController,
  oomKills,
  ownGroup,
  pidsOf,
  serviceOf,
} from '../../../src/systemd/cgroup-text.ts';

describe('the mount of cgroup v2', () => {
  test('is found among the others', () => {
    const mountinfo =
      '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n' +
      '30 22 0:26 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n' +
      '53 93 0:38 / /sys/fs/c\\040group rw,nosuid - cgroup2 cgroup rw\n';
    assert.deepEqual(cgroupMount(mountinfo), { root: '/', mountPoint: '/sys/fs/c group' });
  });

  test('is absent where there is only version 1', () => {
    assert.equal(
      cgroupMount('30 22 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw,memory\n'),
      undefined,
    );
    assert.equal(cgroupMount(''), undefined);
  });
});

test("the process's group is that of version 2", () => {
  const text = '4:memory:/system.slice\n1:cpu:/\n0::/system.slice/blog.service\n';
  assert.equal(ownGroup(text), '/system.slice/blog.service');
  assert.equal(ownGroup('4:memory:/system.slice\n'), undefined);
});

test('a group belongs to the service that is innermost in its path', () => {
  assert.equal(serviceOf('/system.slice/blog.service/main'), 'blog.service');
  assert.equal(serviceOf('/user.slice/user@1.service/app.slice/blog.service'), 'blog.service');
  assert.equal(serviceOf('/user.slice/session-1.scope'), '');
});

describe('the directory of a group', () => {
  test('lies below the mount point', () => {
    const mount = { root: '/', mountPoint: '/sys/fs/cgroup' };
    assert.equal(groupDirectory('/a/b.service', mount), '/sys/fs/cgroup/a/b.service');
    assert.equal(groupDirectory('/', mount), '/sys/fs/cgroup');
  });

  test('is counted from the group that is mounted', () => {
    const mount = { root: '/machine/one', mountPoint: '/sys/fs/cgroup' };
    assert.equal(groupDirectory('/machine/one/a', mount), '/sys/fs/cgroup/a');
    assert.equal(groupDirectory('/machine/two', mount), undefined);
    assert.equal(groupDirectory('/machine', mount), undefined);
  });
});

test('pids are numbers, without those that another namespace hides', () => {
  assert.deepEqual(pidsOf('12\n0\n345\n'), [12, 345]);
  assert.deepEqual(pidsOf(''), []);
});

test('a controller is a whole word', () => {
  assert.equal(hasController('cpu memory pids\n', 'memory'), true);
  assert.equal(hasController('hugetlb memory2\n', 'memory'), false);
});

test('how many processes of a group were killed for want of memory', () => {
  const events = 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n';
  assert.equal(oomKills(events), 2);
  assert.equal(oomKills('oom 1\noom_kill 0\n'), 0);
  assert.equal(oomKills(''), 0);
});
