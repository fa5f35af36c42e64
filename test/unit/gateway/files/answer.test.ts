/** What a file is answered with. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { answerFile } from '../../../../src/gateway/files/answer.ts';
import type { FileAnswer } from '../../../../src/gateway/files/answer.ts';

const modified = 'Tue, 14 Nov 2023 22:13:20 GMT';
const etag = '"6553f100-64"';
const file = { sizeBytes: 100, modifiedMs: Date.parse(modified) + 500, contentType: 'text/css' };

function ask(headers: Readonly<Record<string, string>> = {}, method = 'GET'): FileAnswer {
  return answerFile(file, method, (variable) => headers[variable]);
}

function part(range: string, more: Readonly<Record<string, string>> = {}): string {
  const { status, start, lengthBytes, headers } = ask({ HTTP_RANGE: range, ...more });
  const at = headers.indexOf('Content-Range');
  return `${status} ${start}+${lengthBytes} ${at < 0 ? '-' : headers[at + 1]}`;
}

test('a whole file comes with its type, length, date and tag', () => {
  assert.deepEqual(ask(), {
    status: 200,
    headers: [
      ...['Content-Type', 'text/css', 'Last-Modified', modified, 'ETag', etag],
      ...['Accept-Ranges', 'bytes', 'Content-Length', '100'],
    ],
    start: 0,
    lengthBytes: 100,
  });
});

describe('a part', () => {
  for (const [range, expected] of [
    ['bytes=0-9', '206 0+10 bytes 0-9/100'],
    ['bytes=90-', '206 90+10 bytes 90-99/100'],
    ['bytes=-5', '206 95+5 bytes 95-99/100'],
    ['bytes=-500', '206 0+100 bytes 0-99/100'],
    ['bytes=50-5000', '206 50+50 bytes 50-99/100'],
    ['bytes=100-', '416 0+0 bytes */100'],
    ['bytes=-0', '416 0+0 bytes */100'],
    ['bytes=9-3', '200 0+100 -'],
    ['bytes=-', '200 0+100 -'],
    ['bytes=0-1,5-6', '200 0+100 -'],
    ['lines=0-1', '200 0+100 -'],
  ] as const) {
    test(range, () => assert.equal(part(range), expected));
  }
  test('fits only to the file that the client has the rest of', () => {
    assert.equal(part('bytes=0-9', { HTTP_IF_RANGE: etag }), '206 0+10 bytes 0-9/100');
    assert.equal(part('bytes=0-9', { HTTP_IF_RANGE: modified }), '206 0+10 bytes 0-9/100');
    assert.equal(part('bytes=0-9', { HTTP_IF_RANGE: '"other"' }), '200 0+100 -');
  });
  test('is not for HEAD', () => {
    assert.equal(ask({ HTTP_RANGE: 'bytes=0-9' }, 'HEAD').status, 200);
  });
});

describe('who has the file already is told so', () => {
  const status = (headers: Readonly<Record<string, string>>): number => ask(headers).status;
  test('by its tag', () => {
    assert.equal(status({ HTTP_IF_NONE_MATCH: etag }), 304);
    assert.equal(status({ HTTP_IF_NONE_MATCH: `"x", W/${etag}` }), 304);
    assert.equal(status({ HTTP_IF_NONE_MATCH: '*' }), 304);
    assert.equal(status({ HTTP_IF_NONE_MATCH: '"x"' }), 200);
  });
  test('by its date, unless a tag says otherwise', () => {
    assert.equal(status({ HTTP_IF_MODIFIED_SINCE: modified }), 304);
    assert.equal(status({ HTTP_IF_MODIFIED_SINCE: 'Tue, 14 Nov 2023 22:13:19 GMT' }), 200);
    assert.equal(status({ HTTP_IF_MODIFIED_SINCE: 'nonsense' }), 200);
    assert.equal(status({ HTTP_IF_MODIFIED_SINCE: modified, HTTP_IF_NONE_MATCH: '"x"' }), 200);
  });
});
