/** What the gateway writes to a worker, byte by byte. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  encodeFrame,
  encodeRequest,
  encodeStringsFrame,
  frameTypes,
} from '../../../src/protocol/request-frames.ts';

describe('a request', () => {
  test('without a body is one frame', () => {
    const frame = encodeRequest(['0', 'A', '\u00e4'], undefined);
    assert.equal(frame.toString('hex'), '01000000060000003000' + '4100' + 'e400');
  });
  test('with a small body is three frames in one buffer', () => {
    const frames = encodeRequest(['0'], Buffer.from('hi'));
    const expected = ['0101000002000000' + '3000', '0200000002000000' + '6869', '0300000000000000'];
    assert.equal(frames.toString('hex'), expected.join(''));
  });
  test('with a body that follows says so', () => {
    assert.equal(encodeRequest(['0'], undefined, true).toString('hex'), '01010000020000003000');
  });
});

test('strings and bytes make frames of their own', () => {
  const hello = encodeStringsFrame(frameTypes.hello, ['t', '1']);
  assert.equal(hello.toString('hex'), '1000000004000000' + '7400' + '3100');
  assert.equal(encodeFrame(frameTypes.drain, Buffer.alloc(0)).toString('hex'), '0400000000000000');
});
