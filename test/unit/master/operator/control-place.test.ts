/** Where the control socket may lie, best first. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isPrivateIn } from '../../../../src/base/own-unit.ts';
import { controlPlaces } from '../../../../src/master/operator/control-place.ts';

function placesOf(changes: Partial<Parameters<typeof controlPlaces>[0]> = {}): readonly string[] {
  const places = controlPlaces({
    option: '',
    environment: {},
    uid: 33,
    isTmpPrivate: false,
    pidfile: '',
    startDirectory: '/srv/demo',
    name: 'blog',
    ...changes,
  });
  return places.map(({ path }) => path);
}

describe('the control socket lies', () => {
  test('where the option says, or nowhere', () => {
    assert.deepEqual(placesOf({ option: 'run/control' }), ['/srv/demo/run/control']);
    assert.deepEqual(placesOf({ option: 'off', uid: 0 }), []);
  });

  test("in the unit's runtime directory, of several the first", () => {
    const environment = { RUNTIME_DIRECTORY: '/run/blog:/run/other' };
    assert.equal(placesOf({ environment })[0], '/run/blog/control.sock');
    const ours = { RUNTIME_DIRECTORY: '/run/reeve/x' };
    assert.equal(placesOf({ environment: ours, uid: 0 })[0], '/run/reeve/x/control.sock');
  });

  test('under its own name in a runtime directory that units may share', () => {
    const environment = { RUNTIME_DIRECTORY: '/run/uwsgi' };
    assert.equal(placesOf({ environment })[0], '/run/uwsgi/blog.control');
    assert.deepEqual(placesOf({ environment, uid: 0 }).slice(0, 2), [
      '/run/reeve/blog/control.sock',
      '/run/uwsgi/blog.control',
    ]);
  });

  test("in a directory of its own in root's folder, or in one of the user's", () => {
    assert.deepEqual(placesOf({ uid: 0 }), [
      '/run/reeve/blog/control.sock',
      '/tmp/reeve-0/blog/control.sock',
    ]);
    assert.deepEqual(placesOf({ environment: { XDG_RUNTIME_DIR: '/run/user/1000' } }), [
      '/run/user/1000/reeve/blog/control.sock',
      '/run/user/33/reeve/blog/control.sock',
      '/tmp/reeve-33/blog/control.sock',
    ]);
  });

  test('beside the pidfile, before a /tmp that only its unit sees', () => {
    const pidfile = 'app.pid';
    const beside = '/srv/demo/app.pid.control';
    assert.deepEqual(placesOf({ pidfile }).slice(-2), ['/tmp/reeve-33/blog/control.sock', beside]);
    assert.deepEqual(placesOf({ pidfile, isTmpPrivate: true }).slice(-2), [
      beside,
      '/tmp/reeve-33/blog/control.sock',
    ]);
  });
});

test('PrivateTmp= is seen by where /tmp is mounted from', () => {
  const line = (root: string, point: string) => `36 25 8:1 ${root} ${point} rw - ext4 /dev/sda1 rw`;
  const ofUnit = line('/tmp/systemd-private-0f-shop.service-x/tmp', '/tmp');
  assert.ok(isPrivateIn(`${line('/', '/')}\n${ofUnit}\n`));
  assert.ok(!isPrivateIn(`${line('/', '/')}\n${line('/', '/tmp')}\n`));
  assert.ok(!isPrivateIn(line('/tmp/systemd-private-x/tmp', '/mnt')));
});
