/** When connections are looked at, with time passed in. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ShortLivedConnections } from '../../../../src/gateway/socket/short-lived.ts';

/** Connections with names, and a timer that rings when it is told to. */
function scene() {
  const looked: string[] = [];
  const timers: (() => void)[] = [];
  const connections = new ShortLivedConnections({
    after: (_waitMs, due) => {
      timers.push(due);
      return () => undefined;
    },
  });
  return {
    looked,
    timers,
    connections,
    named: (name: string) => ({ look: () => void looked.push(name) }),
    ring: () => timers.shift()?.(),
  };
}

describe('connections that last', () => {
  test('are looked at from the second ring on after they came', () => {
    const { connections, named, ring, looked } = scene();
    connections.add(named('one'));
    ring();
    assert.deepEqual(looked, []);
    connections.add(named('two'));
    ring();
    assert.deepEqual(looked, ['one']);
    ring();
    assert.deepEqual(looked, ['one', 'one', 'two']);
  });

  test('are not looked at once they have gone, whenever that was', () => {
    const { connections, named, ring, looked } = scene();
    const [early, late] = [named('early'), named('late')];
    connections.add(early);
    connections.add(late);
    connections.delete(early);
    ring();
    connections.delete(late);
    ring();
    assert.deepEqual(looked, []);
  });

  test('have one timer, which ends with the last of them', () => {
    const { connections, named, ring, timers } = scene();
    const all = ['one', 'two', 'three'].map(named);
    for (const each of all) connections.add(each);
    assert.equal(timers.length, 1);
    ring();
    ring();
    assert.equal(timers.length, 1);
    for (const each of all) connections.delete(each);
    ring();
    assert.equal(timers.length, 0);
    connections.add(named('four'));
    assert.equal(timers.length, 1);
  });

  test('may go, and others come, while they are looked at', () => {
    const { connections, named, ring, looked } = scene();
    const gone = named('gone');
    const first = {
      look: () => {
        for (const each of [first, gone]) connections.delete(each);
        connections.add(named('new'));
      },
    };
    connections.add(first);
    connections.add(gone);
    ring();
    ring();
    assert.deepEqual(looked, []);
    ring();
    assert.deepEqual(looked, ['new']);
  });
});
