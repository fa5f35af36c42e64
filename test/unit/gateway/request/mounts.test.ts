/** Which application a request belongs to, by its path, its name and its host. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { mountOf, mountTable, tableFor } from '../../../../src/gateway/request/mounts.ts';
import type { MountRules } from '../../../../src/gateway/request/mounts.ts';

const byPath: MountRules = { by: 'manage-script-name' };

describe('with manage-script-name', () => {
  const table = mountTable(['', '/foo', '/foo/bar/'], byPath);

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
    assert.equal(mountOf(table, '/foo/bar').pathInfo, '');
    assert.equal(mountOf(table, '/foo//x').pathInfo, '//x');
  });
});

describe('outside of every mountpoint', () => {
  const defaultOf = (mounts: readonly string[], rules: MountRules = byPath): number =>
    mountOf(mountTable(mounts, rules), '/elsewhere').application;

  test('the application without one answers, or that of /, wherever it stands', () => {
    assert.equal(defaultOf(['', '/foo']), 0);
    assert.equal(defaultOf(['/foo', '/']), 1);
  });
  test('else the first that is mounted at a path', () => {
    assert.equal(defaultOf(['shop', '/foo', '/bar']), 1);
    assert.equal(defaultOf(['shop']), -1);
  });
  test('none with no-default-app', () => {
    assert.equal(defaultOf(['/foo', '/bar'], { ...byPath, others: 'none' }), -1);
    assert.equal(defaultOf(['/foo', '/'], { ...byPath, others: 'none' }), 1);
  });
  test('none where there is no application at all', () => assert.equal(defaultOf([]), -1));
});

test('without manage-script-name a mountpoint is not looked at', () => {
  const table = mountTable(['/foo', '/bar'], { by: 'default-only' });
  assert.deepEqual(mountOf(table, '/bar/x'), {
    application: 0,
    scriptName: '',
    pathInfo: '/bar/x',
  });
});

test('a front server may name a mountpoint with and without its slash', () => {
  const { byName } = mountTable(['/foo/', '/foo', 'bar'], { by: 'default-only' });
  assert.deepEqual([byName.get('/foo/'), byName.get('/foo'), byName.get('bar')], [0, 0, 2]);
});

describe('with vhost', () => {
  const mounts = ['', 'Shop.example|', 'shop.example|/admin', 'x.example:81|', '/all'];
  const rules: MountRules = { by: 'manage-script-name', vhost: 'by-host' };
  const table = mountTable(mounts, rules);
  const chosen = (host: string, path: string) => mountOf(tableFor(table, host), path).application;

  test('a mount is for its host, in capitals or not, and at every port', () => {
    for (const host of ['shop.example', 'SHOP.example', 'shop.example:8080']) {
      assert.equal(chosen(host, '/x'), 1);
      assert.equal(chosen(host, '/admin/x'), 2);
    }
  });
  test('a mount with a port is for that port', () => {
    assert.equal(chosen('x.example:81', '/x'), 3);
    assert.equal(chosen('x.example', '/x'), 0);
  });
  test('a mount without a host is for every host, one of the host comes first', () => {
    assert.equal(chosen('shop.example', '/all/x'), 4);
    assert.equal(chosen('elsewhere', '/all'), 4);
    assert.equal(chosen('elsewhere', '/admin'), 0);
  });
  test('another host has the default application, where there is one', () => {
    assert.equal(chosen('', '/x'), 0);
    const none = mountTable(['a|', 'b|'], rules);
    assert.equal(mountOf(tableFor(none, 'c'), '/').application, -1);
  });
  test('a mount can be named with its host', () => {
    assert.equal(table.byName.get('shop.example|/admin'), 2);
    assert.equal(tableFor(table, 'shop.example').byName.get('/admin'), 2);
    assert.equal(tableFor(table, 'elsewhere').byName.get('/admin'), undefined);
  });
});
