/** Where the control socket lies. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { controlPlace, instanceName } from '../../../../src/master/operator/control-place.ts';

function placeOf(changes: Partial<Parameters<typeof controlPlace>[0]> = {}): string {
  const place = controlPlace({
    option: '',
    environment: {},
    isRoot: false,
    pidfile: '',
    startDirectory: '/srv/demo',
    name: 'blog',
    ...changes,
  });
  return place.kind === 'off' ? 'off' : place.path;
}

describe('the control socket lies', () => {
  test('where the option says', () => {
    assert.equal(placeOf({ option: 'run/control' }), '/srv/demo/run/control');
    assert.equal(placeOf({ option: 'off', isRoot: true }), 'off');
  });

  test("in the unit's runtime directory, of several the first", () => {
    const environment = { RUNTIME_DIRECTORY: '/run/blog:/run/other' };
    assert.equal(placeOf({ environment, isRoot: true }), '/run/blog/control.sock');
  });

  test("in a directory of its own below root's or the user's", () => {
    assert.equal(placeOf({ isRoot: true }), '/run/reeve/blog/control.sock');
    const environment = { XDG_RUNTIME_DIR: '/run/user/1000' };
    assert.equal(placeOf({ environment }), '/run/user/1000/reeve/blog/control.sock');
  });

  test('beside the pidfile, and else nowhere', () => {
    assert.equal(placeOf({ pidfile: 'app.pid' }), '/srv/demo/app.pid.control');
    assert.equal(placeOf(), 'off');
  });
});

test('an instance is called as its runtime directory, else as its first file', () => {
  assert.equal(instanceName({ RUNTIME_DIRECTORY: '/run/reeve/blog' }, ['/etc/x.ini']), 'blog');
  assert.equal(instanceName({}, ['/etc/reeve/shop.front.ini']), 'shop.front');
  assert.equal(instanceName({}, ['/etc/a b\n.ini']), 'a_b_');
  assert.equal(instanceName({}, []), 'reeve');
});
