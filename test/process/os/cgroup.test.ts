/** Control groups as files: figures, and how one ends where the kernel has no cgroup.kill. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { hasAttribute } from '../../../src/systemd/file-attributes.ts';
import {
  killGroup,
  memoryOfGroup,
  openCgroups,
  pidsIn,
  removeGroup,
} from '../../../src/systemd/cgroup.ts';
import { directory } from './harness.ts';

describe('a control group', () => {
  test('has the memory that the kernel charges to it, or none is known', (t) => {
    const group = directory(t);
    assert.equal(memoryOfGroup(group), undefined);
    writeFileSync(join(group, 'memory.current'), '35651584\n');
    assert.equal(memoryOfGroup(group), 35_651_584);
  });

  test('is ended process by process where the kernel has no cgroup.kill', async (t) => {
    const group = directory(t);
    const child = spawn('sleep', ['600']);
    t.after(() => child.kill('SIGKILL'));
    writeFileSync(join(group, 'cgroup.procs'), `${child.pid}\n`);
    assert.deepEqual(pidsIn(group), [child.pid]);
    const ended = once(child, 'exit');
    killGroup(group);
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  });

  test('is removed when it is empty, and that it was removed is no error', (t) => {
    const group = join(directory(t), 'group');
    mkdirSync(join(group, 'inner'), { recursive: true });
    assert.equal(removeGroup(group), false);
    assert.equal(removeGroup(join(group, 'inner')), true);
    assert.equal(removeGroup(group), true);
    assert.equal(removeGroup(group), true);
  });

  test('is not taken where nobody has delegated one', () => {
    // What runs the tests is no unit with Delegate=yes; its group must stay as it is.
    const opened = openCgroups(undefined);
    assert.equal(opened.kind, 'off');
  });
});

test('an attribute that is not there is not there', (t) => {
  assert.equal(hasAttribute(directory(t), 'user.delegate', '1'), false);
  assert.equal(hasAttribute('/no/such/file', 'user.delegate', '1'), false);
});
