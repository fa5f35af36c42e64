/** The uwsgi protocol's packet, taken apart. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  isHttp,
  readPacketHeader,
  readVariables,
} from '../../../../src/gateway/http/uwsgi-packet.ts';
import { packet } from '../../../support/uwsgi-client.ts';

const block = (bytes: Buffer): Buffer => bytes.subarray(4);

test('the header is a modifier, a size in little-endian and a modifier', () => {
  const bytes = packet([['A', 'x'.repeat(300)]], '', 30);
  assert.deepEqual(readPacketHeader(bytes), { modifier1: 30, blockBytes: 305 });
});

test('variables come in order, repeats, empty values and odd bytes included', () => {
  const strings = ['A', '', 'B', 'é\xff', 'A', '2'];
  const bytes = packet([
    ['A', ''],
    ['B', 'é\xff'],
    ['A', '2'],
  ]);
  assert.deepEqual(readVariables(block(bytes)), strings);
});

test('lengths that do not fit are no variables, wherever the block is cut', () => {
  const whole = block(
    packet([
      ['NAME', 'value'],
      ['B', 'c'],
    ]),
  );
  const fitting = [0, 13, whole.length];
  for (let length = 0; length <= whole.length; length += 1) {
    const strings = readVariables(whole.subarray(0, length));
    assert.equal(strings !== undefined, fitting.includes(length), `${length} bytes`);
  }
});

test('a browser on the wrong port is recognized', () => {
  assert.ok(isHttp(Buffer.from('GET / HTTP/1.1\r\n')));
  assert.ok(!isHttp(packet([['REQUEST_METHOD', 'GET']])));
});
