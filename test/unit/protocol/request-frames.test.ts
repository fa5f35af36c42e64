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
  test('with a body that is larger than a frame may be has several of them', () => {
    const frames = encodeRequest(['0'], Buffer.alloc(16 * 1024 * 1024 + 2, 'x'));
    assert.equal(frames.length, 10 + 8 + 16 * 1024 * 1024 + 8 + 2 + 8);
    assert.equal(frames.toString('hex', 10, 18), '0200000000000001');
    const rest = frames.toString('hex', 18 + 16 * 1024 * 1024);
    assert.equal(rest, '0200000002000000' + '7878' + '0300000000000000');
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
