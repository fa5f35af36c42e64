/** What of an application's status and headers goes to the client. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readResponseHead } from '../../../../src/gateway/http/response-text.ts';

function head(...strings: string[]) {
  const read = readResponseHead(strings);
  if (read.kind === 'refused') assert.fail(read.sentence);
  return read;
}

describe('a response head', () => {
  test('keeps order, case and repeats', () => {
    const headers = ['Set-Cookie', 'a', 'x-y', '1', 'set-cookie', 'b'];
    assert.deepEqual(head('200 OK', ...headers).headers, headers);
  });
  test('has a reason that may be empty', () => {
    assert.equal(head('299').reason, '');
    assert.equal(head('404 Not Here').reason, 'Not Here');
  });
  test('is counted as uWSGI counts it', () => {
    const { headerCount, headerBytes } = head('200 OK', 'Content-Type', 'text/plain');
    assert.deepEqual([headerCount, headerBytes], [1, 45]);
  });
  test('loses what belongs to the connection, and honours only close', () => {
    const read = head('200 OK', 'Connection', 'x, Close', 'TE', 'a', 'Upgrade', 'b', 'X', 'c');
    assert.deepEqual(read.headers, ['X', 'c']);
    assert.equal(read.wantsClose, true);
    assert.equal(head('200 OK', 'Connection', 'keep-alive').wantsClose, false);
  });
  test('says its length once, and none for 204', () => {
    const twice = head('200 OK', 'Content-Length', '5', 'content-length', '5');
    assert.deepEqual([twice.headers, twice.contentLength], [['Content-Length', '5'], 5]);
    assert.deepEqual(head('204 No Content', 'Content-Length', '0').headers, []);
  });
});

describe('a response head is refused', () => {
  const wrong: readonly (readonly [string, string[]])[] = [
    ['with a preliminary status', ['100 Continue']],
    ['with a status that is none', ['OK']],
    ['with a status of four digits', ['2000 OK']],
    ['with an empty status', ['']],
    ['with two lengths', ['200 OK', 'Content-Length', '5', 'Content-Length', '6']],
    ['with a length that is none', ['200 OK', 'Content-Length', '-1']],
    ['with a name without a value', ['200 OK', 'X']],
  ];
  for (const [what, strings] of wrong) {
    test(what, () => assert.equal(readResponseHead(strings).kind, 'refused'));
  }
});
