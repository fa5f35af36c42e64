/** What a connection of a client says of its end. */

import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';

import { ClientSocket } from '../../../src/gateway/socket/client-socket.ts';
import { ShortLivedConnections } from '../../../src/gateway/socket/short-lived.ts';
import { manualTimers } from '../../support/manual-timers.ts';

test('nothing was sent by a connection that has ended', async () => {
  const shortLived = new ShortLivedConnections(manualTimers());
  const connection = new ClientSocket({ kind: 'socket', socket: new Socket() }, shortLived);
  const said: string[] = [];
  connection.flush(() => said.push('taken while it was open'));
  await new Promise(setImmediate);
  connection.close();
  connection.flush(() => said.push('taken after its end'));
  await new Promise(setImmediate);
  assert.deepEqual(said, ['taken while it was open']);
});
