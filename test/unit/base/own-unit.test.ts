/** The unit that a process is in, as the kernel's list of control groups names it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ownInstance, unitInCgroups } from '../../../src/base/own-unit.ts';

test('the service is named last, whatever is below or beside it', () => {
  const slice = '/system.slice/system-reeve.slice';
  assert.equal(unitInCgroups(`0::${slice}/reeve@blog.service\n`), 'reeve@blog.service');
  assert.equal(unitInCgroups(`0::${slice}/reeve@blog.service/master\n`), 'reeve@blog.service');
  // Beside version 2 there are hierarchies of version 1, of which systemd keeps one.
  assert.equal(unitInCgroups('9:name=systemd:/\n0::/system.slice/app.service\n'), 'app.service');
  assert.equal(unitInCgroups('9:name=systemd:/system.slice/app.service\n0::/\n'), 'app.service');
  const user = '0::/user.slice/user-0.slice/user@0.service/app.slice/app.service\n';
  assert.equal(unitInCgroups(user), 'app.service');
  assert.equal(unitInCgroups('0::/user.slice/session-1.scope\n'), '');
  assert.equal(unitInCgroups(''), '');
});

test('an instance of ours is named by its unit', () => {
  assert.equal(ownInstance('reeve@my-blog.service'), 'my-blog');
  assert.equal(ownInstance('reeve.service'), undefined);
  assert.equal(ownInstance('blog.service'), undefined);
});
