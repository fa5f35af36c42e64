/** What systemd is told of descriptors that it is to keep. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openFdStore, storableName } from '../../../src/systemd/fd-store.ts';

/** A store in this environment, and what was sent through it. */
function opened(
  environment: Record<string, string>,
  { asked = 0, fails = false, hasRoom = true } = {},
) {
  const sent: string[] = [];
  const store = openFdStore({
    environment,
    ask: () => asked,
    hasRoom: () => hasRoom,
    send: (state, fds) => {
      if (fails) throw new Error('no such socket');
      sent.push([...state.split('\n'), ...fds].join(' '));
    },
    onProblem: (sentence) => sent.push(sentence),
  });
  return { store, sent };
}

test('a descriptor is kept under its name, and not watched', () => {
  const { store, sent } = opened({ NOTIFY_SOCKET: '/n', FDSTORE: '4' });
  store.keep('a', 7);
  store.remove('b');
  assert.deepEqual(sent, ['FDSTORE=1 FDNAME=a FDPOLL=0 7', 'FDSTOREREMOVE=1 FDNAME=b']);
});

test('a systemd that says how many it keeps is not asked where that is none', () => {
  assert.equal(opened({ NOTIFY_SOCKET: '/n', FDSTORE: '0' }).store.isOffered, false);
  assert.equal(opened({ NOTIFY_SOCKET: '/n' }).store.isOffered, false);
});

test('one that does not say so in the environment is asked', () => {
  const { store } = opened({ NOTIFY_SOCKET: '/n' }, { asked: 3 });
  assert.deepEqual([store.isOffered, store.most], [true, 3]);
});

test('without systemd nothing is sent and nothing is said', () => {
  const { store, sent } = opened({ FDSTORE: '4' }, { asked: 4 });
  store.keep('a', 7);
  store.remove('a');
  assert.deepEqual([store.isOffered, sent], [false, []]);
});

test('a systemd that cannot be reached is said once', () => {
  const { store, sent } = opened({ NOTIFY_SOCKET: '/n', FDSTORE: '4' }, { fails: true });
  store.keep('a', 7);
  store.keep('b', 8);
  assert.deepEqual(sent, [
    'systemd cannot be given what it is to keep over a restart: no such socket',
  ]);
});

test('a systemd that does not read is not waited for without end, and not again', () => {
  const { store, sent } = opened({ NOTIFY_SOCKET: '/n', FDSTORE: '4' }, { hasRoom: false });
  store.keep('a', 7);
  store.remove('a');
  assert.deepEqual(sent, [
    'systemd cannot be given what it is to keep over a restart: it has read nothing for 2 s',
  ]);
});

test('it says when it takes no more, until something is removed', () => {
  const { store, sent } = opened({ NOTIFY_SOCKET: '/n', FDSTORE: '2' });
  assert.deepEqual(
    [store.keep('a', 7), store.keep('b', 8), store.keep('c', 9)],
    [true, true, false],
  );
  assert.equal(store.keep('a', 7), true);
  store.remove('b');
  assert.equal(store.keep('c', 9), true);
  assert.equal(sent.length, 5);
});

test('a name is one that systemd takes, however long the path', () => {
  assert.equal(storableName('p.', '[::]:8000'), 'p.%5B%3A%3A%5D%3A8000');
  const long = storableName('p.', `/${'ü'.repeat(53)}`);
  assert.ok(long.length <= 255 && /^[\x21-\x39\x3b-\x7e]+$/.test(long), long);
  assert.notEqual(long, storableName('p.', `/${'ü'.repeat(52)}v`));
});
