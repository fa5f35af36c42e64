/** What heads of HTTP requests mean, and which are refused. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readHttpHead } from '../../../../src/gateway/http/head.ts';
import type { HttpHead } from '../../../../src/gateway/http/head.ts';

const host = 'Host: example.org\r\n';

function reading(text: string, maxBytes = 4096): string {
  const found = readHttpHead(Buffer.from(text, 'latin1'), 0, maxBytes);
  return found.kind === 'refused' ? `${found.status} ${found.reason}` : found.kind;
}

function headOf(text: string): HttpHead {
  const found = readHttpHead(Buffer.from(text, 'latin1'), 0, 4096);
  if (found.kind !== 'head') throw new Error(reading(text));
  return found.head;
}

describe('the head of an HTTP request', () => {
  test('is read as it was sent, blanks around values left out', () => {
    const head = headOf(`GET /a?b=c HTTP/1.1\r\n${host}X-A: \t one two \t\r\nX-a:\r\n\r\nrest`);
    assert.deepEqual(head, {
      method: 'GET',
      target: '/a?b=c',
      version: '1.1',
      rawHeaders: ['Host', 'example.org', 'X-A', 'one two', 'X-a', ''],
      bodyBytes: 0,
      keepsAlive: true,
      expectation: 'none',
    });
  });

  test('ends where the body begins, also behind empty lines', () => {
    const text = `\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n`;
    const found = readHttpHead(Buffer.from(`${text}body`), 0, 4096);
    assert.equal(found.kind === 'head' && found.endAt, text.length);
  });

  test('is incomplete at every byte before its last, wherever the last look ended', () => {
    const text = `POST /x HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\n`;
    for (let length = 0; length < text.length; length += 1) {
      const bytes = Buffer.from(text.slice(0, length));
      for (const lookedAt of [0, Math.max(0, length - 1), length]) {
        assert.equal(readHttpHead(bytes, lookedAt, 4096).kind, 'incomplete', text.slice(0, length));
      }
    }
    const whole = readHttpHead(Buffer.from(text), text.length - 1, 4096);
    assert.equal(whole.kind, 'head');
  });

  const persistence: readonly (readonly [version: string, connection: string, keeps: boolean])[] = [
    ['1.1', '', true],
    ['1.1', 'Connection: close\r\n', false],
    ['1.1', 'Connection: Upgrade, CLOSE\r\n', false],
    ['1.1', 'Connection: x\r\nConnection: close\r\n', false],
    ['1.1', 'Connection: x ,\tclose \r\n', false],
    // HTTP's whitespace is space and tab alone.
    ['1.1', 'Connection: close\xa0\r\n', true],
    ['1.1', 'Connection: x,\xa0close\r\n', true],
    ['1.0', 'Connection: keep-alive\xa0\r\n', false],
    ['1.0', '', false],
    ['1.0', 'Connection: Keep-Alive\r\n', true],
    ['1.0', 'Connection: keep-alive, close\r\n', false],
  ];
  for (const [version, connection, keeps] of persistence) {
    test(`HTTP/${version} ${JSON.stringify(connection)} keeps the connection: ${keeps}`, () => {
      assert.equal(headOf(`GET / HTTP/${version}\r\n${host}${connection}\r\n`).keepsAlive, keeps);
    });
  }

  test('an expectation counts in HTTP/1.1 alone', () => {
    const expecting = (version: string, value: string) =>
      headOf(`PUT / HTTP/${version}\r\n${host}Expect: ${value}\r\n\r\n`).expectation;
    assert.equal(expecting('1.1', '100-Continue'), '100-continue');
    assert.equal(expecting('1.1', 'the moon'), 'unknown');
    assert.equal(expecting('1.0', '100-continue'), 'none');
  });

  const refusals: readonly (readonly [why: string, text: string, status: number])[] = [
    ['a TLS client', '\x16\x03\x01\x02\x00\x01\x00', 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a version that is none', `GET / HTTP/1.2\r\n${host}\r\n`, 400],
    ['HTTP/0.9', 'GET /\r\n\r\n', 400],
    ['a blank in the target', `GET /a b HTTP/1.1\r\n${host}\r\n`, 400],
    ['a blank behind the line', `GET / HTTP/1.1 \r\n${host}\r\n`, 400],
    ['a method that is no token', `GE(T / HTTP/1.1\r\n${host}\r\n`, 400],
    ['lines that end in LF', `GET / HTTP/1.1\n${host}\r\n`, 400],
    ['a first line that ends in LF, before the rest has come', 'GET / HTTP/1.1\n', 400],
    ['a CR inside a line', `GET / HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`, 400],
    ['a NUL', `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`, 400],
    ['a blank before the colon', `GET / HTTP/1.1\r\n${host}X : a\r\n\r\n`, 400],
    ['a folded line', `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`, 400],
    ['a line without a colon', `GET / HTTP/1.1\r\n${host}X\r\n\r\n`, 400],
    ['an empty name', `GET / HTTP/1.1\r\n${host}: a\r\n\r\n`, 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', `GET / HTTP/1.1\r\n${host}${host}\r\n`, 400],
    [
      'two lengths',
      `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`,
      400,
    ],
    ['a list of lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 1, 1\r\n\r\n`, 400],
    ['a signed length', `POST / HTTP/1.1\r\n${host}Content-Length: +1\r\n\r\n`, 400],
    ['an empty length', `POST / HTTP/1.1\r\n${host}Content-Length:\r\n\r\n`, 400],
    [
      'length and chunks',
      `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
    ],
    ['chunks in HTTP/1.0', `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n`, 400],
    ['gzip', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501],
    ['xchunked', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n`, 501],
    [
      'chunked twice',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
    ],
    ['a line that is too long', `GET /${'a'.repeat(5000)}`, 414],
    ['a head that is too long', `GET / HTTP/1.1\r\nX: ${'a'.repeat(5000)}`, 431],
    ['a whole head that is too long', `GET / HTTP/1.1\r\nX: ${'a'.repeat(5000)}\r\n\r\n`, 431],
  ];
  for (const [why, text, status] of refusals) {
    test(`is refused with ${status} for ${why}`, () => {
      assert.match(reading(text), new RegExp(`^${status} `));
    });
  }
});

describe('what a head does not decide, or takes for a blank', () => {
  test('a method may be any token: which there are is for the application to say', () => {
    for (const method of [
      'PURGE',
      'BREW',
      'VERSION-CONTROL',
      'get',
      "!#$%&'*+.^_`|~9",
      'M'.repeat(99),
    ]) {
      assert.equal(headOf(`${method} / HTTP/1.1\r\n${host}\r\n`).method, method);
    }
  });

  test('a coding with U+00A0 beside it is none that is known', () => {
    for (const coding of [
      '\xa0chunked',
      'chunked\xa0',
      'gzip, chunked\xa0',
      'chunked,\xa0chunked',
    ]) {
      const text = `POST / HTTP/1.1\r\n${host}Transfer-Encoding: ${coding}\r\n\r\n`;
      assert.match(reading(text), /^(400|501) /, JSON.stringify(coding));
    }
  });
});
