/** What LISTEN_* say, and to whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readPassed, takePassedDescriptors } from '../../../src/systemd/listen-fds.ts';

function read(environment: Record<string, string>, pids = [42], pidfdId?: bigint) {
  return readPassed({ environment, pids, pidfdId: () => pidfdId });
}

test('descriptors begin at 3 and have the names of their units', () => {
  const environment = { LISTEN_PID: '42', LISTEN_FDS: '3', LISTEN_FDNAMES: 'http::peer' };
  assert.deepEqual(read(environment), [
    { fd: 3, name: 'http' },
    { fd: 4, name: 'unknown' },
    { fd: 5, name: 'peer' },
  ]);
  assert.deepEqual(read({ LISTEN_PID: '42', LISTEN_FDS: '1' }), [{ fd: 3, name: 'unknown' }]);
});

test('what is meant for another process is none of ours', () => {
  assert.deepEqual(read({ LISTEN_PID: '41', LISTEN_FDS: '1' }), []);
  assert.deepEqual(read({ LISTEN_PID: '', LISTEN_FDS: '1' }), []);
  assert.deepEqual(read({ LISTEN_FDS: '1' }), []);
});

test('in the background what was meant for the parent is', () => {
  assert.equal(read({ LISTEN_PID: '41', LISTEN_FDS: '1' }, [42, 41]).length, 1);
});

test('LISTEN_PIDFDID tells two processes of one pid apart, where the kernel knows it', () => {
  const environment = { LISTEN_PID: '42', LISTEN_FDS: '1', LISTEN_PIDFDID: '7001' };
  assert.equal(read(environment, [42], 7001n).length, 1);
  assert.equal(read(environment, [42], 7002n).length, 0);
  assert.equal(read(environment, [42], undefined).length, 1);
});

test('a count that makes no sense passes nothing', () => {
  for (const LISTEN_FDS of ['', '-1', 'two', '99999', '0']) {
    assert.deepEqual(read({ LISTEN_PID: '42', LISTEN_FDS }), []);
  }
});

test('the variables are gone afterwards, also those that were not for us', () => {
  const environment: Record<string, string> = {
    LISTEN_PID: '41',
    LISTEN_PIDFDID: '1',
    LISTEN_FDS: '1',
    LISTEN_FDNAMES: 'x',
    HOME: '/',
  };
  assert.deepEqual(takePassedDescriptors({ environment, pids: [42] }), {
    passed: [],
    memory: [],
    warnings: [],
  });
  assert.deepEqual(environment, { HOME: '/' });
});

test('what is no socket is no listener, and is said to be none', () => {
  const environment: Record<string, string> = { LISTEN_PID: '42', LISTEN_FDS: '2' };
  // The first descriptors of a Node are its own: epoll, pipes.
  const { passed, warnings } = takePassedDescriptors({ environment, pids: [42] });
  assert.deepEqual(passed, []);
  assert.match(warnings[0] ?? '', /^LISTEN_FDS=2 names the descriptor 3 .*no socket: left alone$/);
  assert.equal(warnings.length, 2);
});

test('a count that makes no sense is said to make none', () => {
  const environment: Record<string, string> = { LISTEN_PID: '42', LISTEN_FDS: 'two' };
  const { warnings } = takePassedDescriptors({ environment, pids: [42] });
  assert.deepEqual(warnings, ['LISTEN_FDS="two" is no number of descriptors: ignored']);
});
