/** What `reeve jobs` reads of a server of Redis. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readReply } from '../../../../src/cli/jobs/resp.ts';
import type { Reply } from '../../../../src/cli/jobs/resp.ts';

function inWords(reply: Reply): unknown {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('latin1');
  if (reply instanceof Error) return `error ${reply.message}`;
  return Array.isArray(reply) ? reply.map(inWords) : reply;
}

describe('an answer of a server of Redis', () => {
  const whole = '*6\r\n$4\r\na\r\nb\r\n:-12\r\n+OK\r\n$-1\r\n*1\r\n$0\r\n\r\n-ERR no\r\n:1\r\n';

  test('is read with its kinds, and where the next one begins', () => {
    const read = readReply(Buffer.from(whole, 'latin1'), 0);
    assert.ok(typeof read !== 'string');
    assert.deepEqual(inWords(read.reply), ['a\r\nb', -12, 'OK', null, [''], 'error ERR no']);
    assert.equal(read.end, whole.length - ':1\r\n'.length);
  });
  test('is waited for at each byte of it', () => {
    const end = whole.length - ':1\r\n'.length;
    for (let length = 0; length < end; length += 1) {
      assert.equal(readReply(Buffer.from(whole.slice(0, length), 'latin1'), 0), 'incomplete');
    }
  });
  test('of another server is broken, and so is a length that is none', () => {
    for (const text of [
      'HTTP/1.1 400\r\n',
      '$x\r\n',
      '*1e9x\r\n',
      `${'*1\r\n'.repeat(100)}:1\r\n`,
    ]) {
      assert.equal(readReply(Buffer.from(text), 0), 'broken', text);
    }
  });
});
