/** Lines that wait for a target. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { LineQueue, QUEUE_MAX_BYTES } from '../../../../src/log/writer/line-queue.ts';

function queueOf(...chunks: readonly string[]): LineQueue {
  const queue = new LineQueue();
  for (const chunk of chunks) assert.equal(queue.push(Buffer.from(chunk)), true);
  return queue;
}

/** What is taken, until nothing is left. */
function allOf(queue: LineQueue, maxBytes: number): readonly string[] {
  const taken: string[] = [];
  for (let next = queue.take(maxBytes); next.length > 0; next = queue.take(maxBytes)) {
    taken.push(String(next));
  }
  assert.equal(queue.bytes, 0);
  return taken;
}

describe('a queue of lines', () => {
  test('gives whole lines, as many as have room', () => {
    assert.deepEqual(allOf(queueOf('a\nbb\n', 'ccc\n', 'd\n'), 100), ['a\nbb\nccc\nd\n']);
    assert.deepEqual(allOf(queueOf('a\nbb\n', 'ccc\n', 'd\n'), 5), ['a\nbb\n', 'ccc\n', 'd\n']);
    assert.deepEqual(allOf(queueOf('a\nbb\n', 'ccc\n'), 4), ['a\n', 'bb\n', 'ccc\n']);
  });
  test('gives at least one line, however little room there is', () => {
    assert.deepEqual(allOf(queueOf('long line\nb\n'), 3), ['long line\n', 'b\n']);
    assert.equal(queueOf('long line\nb\n').firstLineBytes, 10);
    assert.equal(queueOf().firstLineBytes, 0);
  });
  test('drops and counts lines beyond its limit', () => {
    const queue = queueOf(`${'x'.repeat(QUEUE_MAX_BYTES - 1)}\n`);
    assert.equal(queue.push(Buffer.from('a\nb\n')), false);
    assert.deepEqual([queue.dropped, queue.droppedUnreported], [2, 2]);
    assert.equal(queue.take(1).length, QUEUE_MAX_BYTES);
    assert.equal(queue.push(Buffer.from('a\nb\n')), true);
  });
});
