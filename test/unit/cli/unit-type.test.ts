/** In which units `daemonize` leaves a daemon in the background. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { leavesDaemon } from '../../../src/cli/start/unit-type.ts';

type Facts = Parameters<typeof leavesDaemon>[0];

function leaves(type: Facts['type'], isAsked: boolean, isNotifying = false): boolean {
  return leavesDaemon({ type, isAsked, isNotifying });
}

test('a unit of type forking waits for it, asked for or not, told or not', () => {
  for (const isAsked of [true, false]) {
    for (const isNotifying of [true, false]) assert.ok(leaves('forking', isAsked, isNotifying));
  }
});

test('a unit of type oneshot has it if the configuration asks for it', () => {
  assert.ok(leaves('oneshot', true, true));
  assert.ok(!leaves('oneshot', false));
});

test('in the other types the daemon stays the main process', () => {
  for (const type of ['simple', 'exec', 'notify', 'notify-reload', 'idle', 'dbus']) {
    assert.ok(!leaves(type, true), type);
    assert.ok(!leaves(type, true, true), type);
  }
});

test('where the type is not known NOTIFY_SOCKET decides', () => {
  assert.ok(leaves(undefined, true));
  assert.ok(!leaves(undefined, true, true));
  assert.ok(!leaves(undefined, false));
});
