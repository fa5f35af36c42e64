/** Which handles are used without a net.Socket. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { acceptedHandle } from '../../../../src/gateway/socket/accepted-handle.ts';

function named(name: { address?: string; port?: number }): number {
  Object.assign(name, { address: '192.0.2.1', port: 4711 });
  return 0;
}

const pipe = { fd: 9, close: () => undefined, useUserBuffer: () => undefined };
const tcp = { ...pipe, getpeername: named, setNoDelay: () => 0 };

test('one of TCP has the address of its client, one of a unix socket has none', () => {
  assert.deepEqual(acceptedHandle(tcp), { own: tcp, fd: 9, address: '192.0.2.1', port: 4711 });
  assert.deepEqual(acceptedHandle(pipe), { own: pipe, fd: 9, address: '', port: 0 });
});

const others: Readonly<Record<string, unknown>> = {
  'nothing at all': undefined,
  'no object': 7,
  'no descriptor': { ...tcp, fd: undefined },
  'a descriptor that is no number': { ...tcp, fd: '9' },
  'a closed descriptor': { ...tcp, fd: -1 },
  'nothing to close it': { ...tcp, close: 1 },
  'no reading into one buffer': { ...tcp, useUserBuffer: undefined },
  'an odd way to ask for the other end': { ...tcp, getpeername: 'x' },
  'an odd switch for small writes': { ...tcp, setNoDelay: true },
  'no other end any more': { ...tcp, getpeername: () => -107 },
  'no address of the other end': { ...tcp, getpeername: () => 0 },
};

for (const [what, handle] of Object.entries(others)) {
  test(`one with ${what} is left to net.Socket`, () => {
    assert.equal(acceptedHandle(handle), undefined);
  });
}
