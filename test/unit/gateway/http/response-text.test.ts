/** What of an application's status and headers goes to the client. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  headOf,
  headersOf,
  readResponseHead,
  withLength,
  writeHead,
} from '../../../../src/gateway/http/response-text.ts';
import type { SentHead } from '../../../../src/protocol/response-frames.ts';
import { sentHead } from '../../../support/response-frames.ts';

/** A head as a worker may send it, with as many headers as it has lines. */
function raw(text: string): SentHead {
  return { headers: Math.max(0, text.split('\r\n').length - 2), text };
}

function head(...strings: string[]) {
  const [status = '', ...headers] = strings;
  const read = readResponseHead(sentHead(status, ...headers));
  if (read.kind === 'refused') assert.fail(read.sentence);
  return read;
}

describe('a response head', () => {
  test('keeps order, case and repeats', () => {
    const headers = ['Set-Cookie', 'a', 'x-y', '1', 'set-cookie', 'b'];
    const read = head('200 OK', ...headers);
    assert.deepEqual(headersOf(read), headers);
    assert.equal(read.lines, 'Set-Cookie: a\r\nx-y: 1\r\nset-cookie: b\r\n');
  });
  test('has a reason that may be empty', () => {
    assert.equal(head('299').reason, '');
    assert.equal(head('299 ').reason, '');
    assert.equal(head('404 Not Here').reason, 'Not Here');
  });
  test('may have values with colons, tabs, letters beyond ASCII, and none', () => {
    const headers = ['A', 'b: c', 'D', '', 'E', '\t\xfc', 'F', ' g'];
    assert.deepEqual(headersOf(head('200 OK', ...headers)), headers);
  });
  test('is counted as uWSGI counts it', () => {
    const { headerCount, headerBytes } = head('200 OK', 'Content-Type', 'text/plain');
    assert.deepEqual([headerCount, headerBytes], [1, 45]);
  });
  test('loses what belongs to the connection, and honours only close', () => {
    const hop = ['TE', 'a', 'Upgrade', 'b', 'Transfer-Encoding', 'chunked', 'keep-alive', 'x'];
    const read = head('200 OK', 'W', '1', 'Connection', 'x, Close', ...hop, 'X', 'c');
    assert.deepEqual(headersOf(read), ['W', '1', 'X', 'c']);
    assert.equal(read.wantsClose, true);
    assert.equal(head('200 OK', 'Connection', 'keep-alive').wantsClose, false);
  });
  test('says its length once, and none for 204', () => {
    const twice = head('200 OK', 'Content-Length', '5', 'content-length', '5', 'A', 'b');
    assert.deepEqual(headersOf(twice), ['Content-Length', '5', 'A', 'b']);
    assert.deepEqual([twice.contentLength, twice.hasLength], [5, true]);
    const none = head('204 No Content', 'Content-Length', '0');
    assert.deepEqual([none.lines, none.hasLength], ['', false]);
  });
});

describe('a response head is refused', () => {
  const wrong: readonly (readonly [string, SentHead])[] = [
    ['with a preliminary status', sentHead('100 Continue')],
    ['with a status that is none', sentHead('OK')],
    ['with a status of four digits', sentHead('2000 OK')],
    ['with an empty status', sentHead('')],
    ['with nothing', raw('')],
    ['with a status that does not end', raw('200 OK')],
    ['with two lengths', sentHead('200 OK', 'Content-Length', '5', 'Content-Length', '6')],
    ['with a length that is none', sentHead('200 OK', 'Content-Length', '-1')],
    ['with a name without a value', raw('200 OK\r\nX\r\n')],
    ['with a name whose value is that of the next', raw('200 OK\r\nX\r\nY: z\r\n')],
    ['with no blank behind the colon', raw('200 OK\r\nX:y\r\n')],
    ['with a line that does not end', raw('200 OK\r\nX: y')],
    ['with an end of its own', raw('200 OK\r\nX: y\r\n\r\n')],
    ['with an end and another answer', raw('200 OK\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n')],
    ['with an empty name', sentHead('200 OK', '', 'x')],
    ['with a line break in a value', sentHead('200 OK', 'X', 'a\r\nSet-Cookie: b')],
    ['with a folded line', raw('200 OK\r\nX: y\r\n z: a\r\n')],
    ['with a blank in a name', sentHead('200 OK', 'X ', 'y')],
    ['with a CR alone', raw('200 OK\r\nX: y\rZ: a\r\n')],
    ['with an LF alone', raw('200 OK\r\nX: y\nZ: a\r\n')],
    ['with NUL in the status', raw('200 O\0K\r\n')],
    ['with NUL in a value', sentHead('200 OK', 'X', 'a\0b')],
    ['with DEL in a value', sentHead('200 OK', 'X', 'a\x7fb')],
  ];
  for (const [what, sent] of wrong) {
    test(what, () => assert.equal(readResponseHead(sent).kind, 'refused'));
  }
  test('with a sentence that names what is wrong', () => {
    const sentenceOf = (sent: SentHead) => {
      const read = readResponseHead(sent);
      return read.kind === 'refused' ? read.sentence : '';
    };
    assert.equal(sentenceOf(raw('200\x01\r\n')), 'a control character in the status');
    const value = sentHead('200 OK', 'A', 'b', 'X-Y', 'a\x01');
    assert.equal(sentenceOf(value), 'a control character in the header X-Y');
    assert.equal(sentenceOf(sentHead('200 OK', 'X Y', 'a')), '"X Y" is not the name of a header');
  });
});

test('a head of a page or a file is checked as well', () => {
  assert.equal(headOf(200, 'OK', ['X Y', 'a']).kind, 'refused');
  assert.equal(headOf(200, 'OK', ['X', 'a\r\nY: b']).kind, 'refused');
});

describe('an answer', () => {
  const terms = {
    protocol: 'http',
    version: '1.1',
    hasBody: true,
    keepsAlive: true,
    keepAliveHint: '',
  } as const;
  const date = 'Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n';

  test('without a length is sent in chunks, and to an old client until the end', () => {
    const chunked = writeHead(head('200 OK'), terms, 0);
    const connection = 'Connection: keep-alive\r\n\r\n';
    const framing = `Transfer-Encoding: chunked\r\n${connection}`;
    assert.equal(chunked.text, `HTTP/1.1 200 OK\r\n${date}${framing}`);
    const old = writeHead(head('200 OK'), { ...terms, version: '1.0' }, 0);
    assert.equal(old.text, `HTTP/1.1 200 OK\r\n${date}Connection: close\r\n\r\n`);
    assert.deepEqual([old.isChunked, old.keepsAlive], [false, false]);
  });
  test('with a length and a date of its own has no other', () => {
    const own = head('200 OK', 'date', 'x', 'content-LENGTH', '1');
    const text = 'HTTP/1.1 200 OK\r\ndate: x\r\ncontent-LENGTH: 1\r\n';
    assert.equal(writeHead(own, terms, 0).text, `${text}Connection: keep-alive\r\n\r\n`);
  });
  test('is given a length', () => {
    const { text } = writeHead(withLength(head('200 OK'), 7), terms, 0);
    const framing = `Content-Length: 7\r\n${date}Connection: keep-alive\r\n\r\n`;
    assert.equal(text, `HTTP/1.1 200 OK\r\n${framing}`);
  });
});
