/** What a listener hands on to its connections, against the real kernel. */

import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';

import { callLibc } from '../../../src/base/libc.ts';
import {
  boundPort,
  openTcpListener,
  openUnixListener,
} from '../../../src/base/sockets/listening-sockets.ts';
import { acceptWithData } from '../../../src/gateway/socket/system-calls.ts';

const [IPPROTO_TCP, TCP_NODELAY, TCP_DEFER_ACCEPT] = [6, 1, 9];

function tcpOption(fd: number, option: number): number {
  const value = new Int32Array(1);
  const length = new Uint32Array([4]);
  const prototype = 'int getsockopt(int fd, int level, int name, void *value, void *length)';
  assert.equal(callLibc(prototype, fd, IPPROTO_TCP, option, value, length), 0);
  return value[0] ?? 0;
}

test('connections of a TCP listener come with data and send small writes at once', async (t) => {
  const fd = openTcpListener({ host: '127.0.0.1', port: 0 }, 10);
  assert.equal(acceptWithData(fd, 1), true);
  assert.ok(tcpOption(fd, TCP_DEFER_ACCEPT) > 0);
  assert.equal(acceptWithData(fd, 0), true);
  assert.equal(tcpOption(fd, TCP_DEFER_ACCEPT), 0);
  const client = connect(boundPort(fd) ?? 0, '127.0.0.1');
  client.write('data');
  const server = createServer().listen({ fd });
  const [socket]: Socket[] = await once(server, 'connection');
  t.after(() => [client.destroy(), socket?.destroy(), server.close()]);
  const accepted: unknown = Reflect.get(Reflect.get(socket ?? {}, '_handle'), 'fd');
  assert.ok(typeof accepted === 'number' && accepted >= 0);
  assert.equal(tcpOption(accepted, TCP_NODELAY), 1);
});

test('a unix listener is left as it is', (t) => {
  const name = `reeve-tuning-${process.pid}`;
  const fd = openUnixListener({ kind: 'abstract', name }, 10);
  t.after(() => closeSync(fd));
  assert.equal(acceptWithData(fd, 1), false);
});
