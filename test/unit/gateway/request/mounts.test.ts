/** Which application a path belongs to. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { mountOf, mountTable } from '../../../../src/gateway/request/mounts.ts';

describe('with manage-script-name', () => {
  const table = mountTable(['', '/foo', '/foo/bar/'], 'manage-script-name');

  test('the longest mountpoint that ends at a slash wins', () => {
    assert.deepEqual(mountOf(table, '/foo/bar/x'), {
      application: 2,
      scriptName: '/foo/bar',
      pathInfo: '/x',
    });
    assert.equal(mountOf(table, '/foo/barx').application, 1);
  });
  test('a mountpoint does not match in the middle of a name', () => {
    assert.deepEqual(mountOf(table, '/foobar'), {
      application: 0,
      scriptName: '',
      pathInfo: '/foobar',
    });
  });
  test('the mountpoint itself has an empty path', () => {
    assert.equal(mountOf(table, '/foo').pathInfo, '');
  });
});

test('without manage-script-name a mountpoint is not looked at', () => {
  const table = mountTable(['/foo', '/bar'], 'default-only');
  assert.deepEqual(mountOf(table, '/bar/x'), {
    application: 0,
    scriptName: '',
    pathInfo: '/bar/x',
  });
});

test('with no application at all there is none to choose', () => {
  assert.equal(mountOf(mountTable([], 'manage-script-name'), '/x').application, -1);
});
