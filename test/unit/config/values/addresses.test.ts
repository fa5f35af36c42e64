/** How an address is read. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { addressText, readAddress } from '../../../../src/config/values/addresses.ts';

/** The address as it is understood, or what is wrong with it. */
function understood(text: string): string {
  const read = readAddress(text);
  if (read.kind === 'passed') return JSON.stringify(read.socket);
  return read.kind === 'address' ? addressText(read.address) : `problem: ${read.what}`;
}

describe('an address', () => {
  test('with a colon is host and port', () => {
    assert.equal(understood(':8000'), '0.0.0.0:8000');
    assert.equal(understood('0:8000'), '0.0.0.0:8000');
    assert.equal(understood('*:8000'), '0.0.0.0:8000');
    assert.equal(understood('127.0.0.1:80'), '127.0.0.1:80');
    assert.equal(understood('localhost:0'), 'localhost:0');
    assert.equal(understood('[::1]:8000'), '[::1]:8000');
  });

  test('without one is a path, or an abstract name after @', () => {
    assert.equal(understood('/run/a:b.sock'), '/run/a:b.sock');
    assert.equal(understood('app.sock'), 'app.sock');
    assert.equal(understood('@app'), '@app');
  });

  test('of a socket that systemd passes names its descriptor or its name', () => {
    assert.equal(understood('fd://3'), '{"kind":"fd","fd":3}');
    assert.equal(understood('fd://http'), '{"kind":"fd-name","name":"http"}');
    assert.equal(understood('fd://'), 'problem: "fd://" names no descriptor');
    assert.equal(understood('fd://2'), 'problem: "fd://2" is a standard stream, not a socket');
  });

  test('that cannot be meant is refused with what is wrong', () => {
    assert.equal(understood(''), 'problem: the address is empty');
    assert.equal(understood('@'), 'problem: the abstract name is empty');
    assert.equal(understood(':http'), 'problem: "http" in ":http" is not a port');
    assert.equal(understood(':70000'), 'problem: "70000" in ":70000" is not a port');
    assert.equal(understood('::1:80'), 'problem: "::1:80" is ambiguous');
    assert.match(understood(`/${'x'.repeat(107)}`), /too long for a unix socket: 108 bytes of at/);
    assert.match(understood('=0'), /no shared-socket with the number/);
  });
});
