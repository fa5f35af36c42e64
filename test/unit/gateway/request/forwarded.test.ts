/** Who the client is, behind proxies that the operator has named, and behind others. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  forwardedClient,
  peerOf,
  namedProxies,
} from '../../../../src/gateway/request/forwarded.ts';

const named = namedProxies(['10.0.0.0/8', '203.0.113.9', 'fd00::/8']);

function clientOf(peer: string, forwardedFor: string): string | undefined {
  return forwardedClient(peer, forwardedFor, named)?.address;
}

describe('the client', () => {
  test('is the peer itself, unless the operator has named it', () => {
    assert.equal(clientOf('192.0.2.1', '198.51.100.7'), undefined);
    assert.equal(clientOf('127.0.0.1', '198.51.100.7'), undefined);
    assert.equal(clientOf('', '198.51.100.7'), undefined);
  });
  test('is the last address that is no named proxy, whatever a client wrote before it', () => {
    assert.equal(clientOf('10.1.2.3', '198.51.100.7'), '198.51.100.7');
    assert.equal(clientOf('10.1.2.3', '1.1.1.1, 198.51.100.7'), '198.51.100.7');
    assert.equal(clientOf('10.1.2.3', '1.1.1.1, 198.51.100.7, 203.0.113.9'), '198.51.100.7');
    assert.equal(clientOf('fd00::1', '1.1.1.1,2001:db8::7 , 10.9.9.9'), '2001:db8::7');
  });
  test('is the first of them where all are named', () => {
    assert.equal(clientOf('10.1.2.3', '10.0.0.1, 10.0.0.2'), '10.0.0.1');
  });
  test('is the last that is known where a word is no address', () => {
    assert.equal(clientOf('10.1.2.3', 'unknown'), undefined);
    assert.equal(clientOf('10.1.2.3', ''), undefined);
    assert.equal(clientOf('10.1.2.3', '1.1.1.1, <script>, 10.0.0.2'), '10.0.0.2');
  });
  test('may come with its port, and as IPv4 inside IPv6', () => {
    assert.deepEqual(forwardedClient('10.1.2.3', '192.0.2.1:4711', named), {
      address: '192.0.2.1',
      port: 4711,
    });
    assert.deepEqual(forwardedClient('10.1.2.3', '[2001:db8::1]:80', named), {
      address: '2001:db8::1',
      port: 80,
    });
    assert.equal(clientOf('10.1.2.3', '::ffff:192.0.2.1'), '192.0.2.1');
    assert.equal(clientOf('10.1.2.3', '192.0.2.1:70000'), undefined);
  });
  test('counts from a unix socket where the operator has written unix', () => {
    const unix = namedProxies(['unix']);
    assert.equal(forwardedClient('', '192.0.2.1', unix)?.address, '192.0.2.1');
    assert.equal(forwardedClient('10.0.0.1', '192.0.2.1', unix), undefined);
  });
});

test('X-Forwarded-Proto is believed from this machine and from named proxies', () => {
  for (const peer of ['', '::1', '127.0.0.1', '127.9.9.9', '10.1.2.3', 'fd00::1']) {
    assert.ok(peerOf(peer, 0, named).isBelieved, peer);
  }
  for (const peer of ['192.0.2.1', '2001:db8::1', '11.0.0.1']) {
    assert.ok(!peerOf(peer, 0, named).isBelieved, peer);
  }
});
