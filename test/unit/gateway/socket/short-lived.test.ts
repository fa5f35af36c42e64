/** When a connection gets a socket, with time passed in. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ShortLivedConnections } from '../../../../src/gateway/socket/short-lived.ts';

/** Connections with names, and a timer that rings when it is told to. */
function scene() {
  const lasted: string[] = [];
  const timers: (() => void)[] = [];
  const connections = new ShortLivedConnections({
    after: (_waitMs, due) => {
      timers.push(due);
      return () => undefined;
    },
  });
  return {
    lasted,
    timers,
    connections,
    named: (name: string) => ({ lasts: () => void lasted.push(name) }),
    ring: () => timers.shift()?.(),
  };
}

describe('connections that last', () => {
  test('are told at the second ring after they came, not at the first', () => {
    const { connections, named, ring, lasted } = scene();
    connections.add(named('one'));
    ring();
    assert.deepEqual(lasted, []);
    connections.add(named('two'));
    ring();
    assert.deepEqual(lasted, ['one']);
    ring();
    assert.deepEqual(lasted, ['one', 'two']);
  });

  test('are not told once they have gone, whenever that was', () => {
    const { connections, named, ring, lasted } = scene();
    const [early, late] = [named('early'), named('late')];
    connections.add(early);
    connections.add(late);
    connections.delete(early);
    ring();
    connections.delete(late);
    ring();
    assert.deepEqual(lasted, []);
  });

  test('have one timer, which ends with the last of them', () => {
    const { connections, named, ring, timers } = scene();
    for (const name of ['one', 'two', 'three']) connections.add(named(name));
    assert.equal(timers.length, 1);
    ring();
    assert.equal(timers.length, 1);
    ring();
    assert.equal(timers.length, 0);
    connections.add(named('four'));
    assert.equal(timers.length, 1);
  });

  test('may go, and others come, while they are told', () => {
    const { connections, named, ring, lasted } = scene();
    const gone = named('gone');
    connections.add({
      lasts: () => {
        connections.delete(gone);
        connections.add(named('new'));
      },
    });
    connections.add(gone);
    ring();
    ring();
    assert.deepEqual(lasted, []);
    ring();
    assert.deepEqual(lasted, ['new']);
  });
});
