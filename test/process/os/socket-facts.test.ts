/** What a socket is that somebody else opened, against the real kernel. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { openTcpListener, openUnixListener } from '../../../src/base/sockets/listening-sockets.ts';
import { canonicalHost, socketFacts } from '../../../src/base/sockets/socket-facts.ts';
import { directory, run } from './harness.ts';

/** The facts of a descriptor that is closed when the test ends. */
function factsOf(t: TestContext, fd: number) {
  t.after(() => closeSync(fd));
  return socketFacts(fd);
}

test('a TCP listener has its address, its port and its backlog', (t) => {
  const facts = factsOf(t, openTcpListener({ host: '127.0.0.1', port: 0 }, 33));
  assert.ok(facts?.address.kind === 'tcp');
  const { address } = facts;
  assert.deepEqual(facts, {
    type: 'stream',
    isListening: true,
    address: { kind: 'tcp', host: '127.0.0.1', port: address.port, isDualStack: false },
    backlog: 33,
  });
  assert.ok(address.port > 0);
});

test('one for IPv6 says whether it takes IPv4 clients too', (t) => {
  const { address } = factsOf(t, openTcpListener({ host: '::', port: 0 }, 1)) ?? {};
  assert.ok(address?.kind === 'tcp');
  assert.deepEqual([address.host, address.isDualStack], ['::', true]);
});

test('a unix listener has its path or its abstract name', (t) => {
  const path = join(directory(t), 'a.sock');
  const atPath = factsOf(t, openUnixListener({ kind: 'path', name: path }, 44));
  assert.deepEqual(atPath?.address, { kind: 'path', path });
  // 44, or unknown on a kernel without the module that tells it.
  assert.ok(atPath?.backlog === 44 || atPath?.backlog === undefined, String(atPath?.backlog));
  const name = `reeve-facts-${process.pid}`;
  const abstract = factsOf(t, openUnixListener({ kind: 'abstract', name }, 1));
  assert.deepEqual(abstract?.address, { kind: 'abstract', name });
});

test('a datagram socket and a connection are seen for what they are', async (t) => {
  const program = run(
    t,
    `
    import { socketFacts } from '$src/base/sockets/socket-facts.ts';
    for (const fd of [3, 4]) {
      const { type, isListening, address } = socketFacts(fd);
      console.log(type, isListening, address.kind);
    }`,
    {
      wrapper: [
        'python3',
        '-c',
        'import os, socket, sys\n' +
          'one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n' +
          'two, _ = socket.socketpair()\n' +
          'a, b = os.dup(one.fileno()), os.dup(two.fileno())\n' +
          'os.dup2(a, 60); os.dup2(b, 61); os.dup2(60, 3); os.dup2(61, 4)\n' +
          'os.execvp(sys.argv[1], sys.argv[1:])',
      ],
    },
  );
  assert.equal(await program.ended, '0', program.output());
  assert.equal(program.output(), 'datagram false other\nstream false other\n');
});

test('a file and a descriptor that is not open are no sockets', (t) => {
  assert.equal(factsOf(t, openSync('/dev/null', 'r')), undefined);
  assert.equal(socketFacts(9_999), undefined);
});

test('an address is written as the system writes it', () => {
  assert.equal(canonicalHost('0:0:0:0:0:0:0:1'), '::1');
  assert.equal(canonicalHost('2001:DB8:0:0::5'), '2001:db8::5');
  assert.equal(canonicalHost('127.0.0.1'), '127.0.0.1');
});
