/** The connection of one slot, fed with the bytes of a worker; its socket leads nowhere. */

import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';

import type { Job } from '../../../../src/gateway/dispatch/port.ts';
import { nobody, pooledWorker } from '../../../../src/gateway/dispatch/worker.ts';
import { WorkerConnection } from '../../../../src/gateway/workers/slot.ts';
import {
  encodeFrame,
  encodeStringsFrame,
  frameTypes,
} from '../../../../src/protocol/request-frames.ts';

const hello = encodeStringsFrame(frameTypes.hello, ['token', '1', '1', '0', '42']);
const head = encodeStringsFrame(frameTypes.head, ['200 OK']);
const data = encodeFrame(frameTypes.data, Buffer.from('much'));
const end = encodeFrame(frameTypes.end, Buffer.alloc(16));

/** A request whose client takes nothing. */
const job: Job = {
  what: 'GET /',
  method: 'GET',
  id: 'a1',
  uri: '/',
  spooled: undefined,
  isStreamed: false,
  queuedAtMs: 0,
  hasBody: false,
  application: 0,
  turn: 0,
  started: () => Buffer.alloc(0),
  begins: () => undefined,
  returned: () => true,
  receivedHead: () => undefined,
  received: () => 'hold-back',
  offeredFile: () => undefined,
  flushed: () => undefined,
  finished: () => undefined,
  bodyLost: () => undefined,
  failed: () => undefined,
};

/** A connection that runs such a request. */
function runningConnection() {
  const socket = new Socket();
  const connection = new WorkerConnection(socket, pooledWorker(nobody), {
    hello: () => undefined,
    limited: () => undefined,
    ended: () => connection.line.shift(0),
    skipped: () => undefined,
    takeBack: () => undefined,
    closed: () => undefined,
  });
  socket.emit('data', hello);
  connection.line.add(job, 0);
  connection.give(job, 0);
  return { socket, connection };
}

test('a client that takes nothing holds its worker back', () => {
  const { socket, connection } = runningConnection();
  socket.emit('data', Buffer.concat([head, data]));
  assert.ok(socket.isPaused());
  assert.ok(connection.runTime.isHeld);
  connection.goOn();
  assert.ok(!socket.isPaused());
});
test('but not the next request, when the end came in the same piece as what was too much', () => {
  const { socket, connection } = runningConnection();
  socket.emit('data', Buffer.concat([head, data, end]));
  assert.ok(!socket.isPaused());
  assert.ok(!connection.runTime.isHeld);
});
test('nor one that is cancelled', () => {
  const { socket, connection } = runningConnection();
  socket.emit('data', Buffer.concat([head, data]));
  connection.cancel(job);
  assert.ok(!socket.isPaused());
});
