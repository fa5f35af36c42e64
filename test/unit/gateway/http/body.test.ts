/** Chunked bodies in pieces of any size, and what breaks them. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ChunkedBody } from '../../../../src/gateway/http/body.ts';

/** The body, what follows it, and what is wrong, of bytes that come `pieceBytes` at a time. */
function read(text: string, pieceBytes: number): { body: string; rest: string; problem: string } {
  const chunked = new ChunkedBody();
  const bytes = Buffer.from(text, 'latin1');
  let body = '';
  let used = 0;
  for (let at = 0; at < bytes.length && !chunked.isComplete && chunked.problem === '';) {
    const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
    const { dataBytes, usedBytes } = chunked.push(piece);
    body += piece.toString('latin1', 0, dataBytes);
    at += usedBytes;
    used = at;
    if (usedBytes < piece.length) break;
  }
  const rest = chunked.isComplete ? bytes.subarray(used).toString('latin1') : 'incomplete';
  return { body, rest, problem: chunked.problem };
}

describe('a chunked body', () => {
  const text =
    '5\r\nhello\r\n1;a=b\r\n \r\nA ; x="y"\r\n0123456789\r\n000\r\nX-Sum: 1\r\n\r\nGET /next';
  for (const pieceBytes of [1, 2, 3, 7, 1000]) {
    test(`is put together from pieces of ${pieceBytes} bytes, and ends where it ends`, () => {
      assert.deepEqual(read(text, pieceBytes), {
        body: 'hello 0123456789',
        rest: 'GET /next',
        problem: '',
      });
    });
  }

  const broken: readonly (readonly [why: string, text: string, problem: RegExp])[] = [
    ['a size that is none', 'x\r\n', /size/],
    ['an empty size', '\r\n', /size/],
    ['a size with 0x', '0x5\r\nhello\r\n', /size/],
    ['a negative size', '-1\r\n', /size/],
    ['a size behind a blank', ' 5\r\nhello\r\n', /size/],
    ['a size beyond all numbers', 'FFFFFFFFFFFFFFFFF\r\n', /size/],
    ['a size line that ends in LF', '5\nhello\r\n', /CRLF/],
    ['data that is longer than its size', '4\r\nhello\r\n', /longer/],
    ['data whose end is LF', '5\r\nhello\n0\r\n\r\n', /CRLF/],
    ['an endless extension', `5;${'a'.repeat(10_000)}`, /too long/],
    ['an endless trailer', `0\r\n${'a: b\r\n'.repeat(2000)}`, /trailer/],
    ['a control character in the trailer', '0\r\na: \0\r\n\r\n', /trailer/],
  ];
  for (const [why, bytes, problem] of broken) {
    test(`is broken by ${why}`, () => {
      for (const pieceBytes of [1, 1000]) assert.match(read(bytes, pieceBytes).problem, problem);
    });
  }
});
