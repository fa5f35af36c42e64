/** What a worker may send when, as the gateway sees it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { afterReceiving, isRunning } from '../../../src/protocol/gateway-side.ts';
import type { ConversationState } from '../../../src/protocol/gateway-side.ts';
import { frameTypes } from '../../../src/protocol/request-frames.ts';

/** The state after these frames. */
function after(state: ConversationState, ...frames: (keyof typeof frameTypes)[]) {
  return frames.reduce<ConversationState>(
    (now, frame) => afterReceiving(now, frameTypes[frame]),
    state,
  );
}

describe('a slot', () => {
  test('may be given a request once it has said who it is', () => {
    assert.equal(after('greeting', 'hello'), 'idle');
  });
  test('is idle again after a whole answer, or after none', () => {
    assert.equal(after('waiting', 'head', 'data', 'data', 'end'), 'idle');
    assert.equal(after('waiting', 'head', 'end'), 'idle');
    assert.equal(after('waiting', 'answer'), 'idle');
    assert.equal(after('waiting', 'limit', 'response', 'limit', 'end'), 'idle');
    assert.equal(after('waiting', 'end'), 'idle');
  });
  test('is idle when it has skipped what was taken back', () => {
    assert.equal(after('skipping', 'skipped'), 'idle');
  });
  test('runs a request until its END', () => {
    assert.ok(isRunning(after('waiting', 'head', 'data')));
    assert.ok(isRunning(after('waiting', 'response')));
    assert.ok(!isRunning(after('waiting', 'end')));
  });
});

describe('a slot that sends what it may not is believed nothing more', () => {
  const orders: readonly (readonly [ConversationState, (keyof typeof frameTypes)[]])[] = [
    ['greeting', ['head']],
    ['greeting', ['hello', 'hello']],
    ['idle', ['head']],
    ['idle', ['end']],
    ['waiting', ['data']],
    ['waiting', ['head', 'head']],
    ['waiting', ['head', 'end', 'end']],
    ['waiting', ['head', 'answer']],
    ['waiting', ['head', 'response']],
    ['waiting', ['answer', 'end']],
    ['waiting', ['response', 'data']],
    ['waiting', ['response', 'head']],
    ['waiting', ['response', 'file']],
    ['waiting', ['response', 'response']],
    ['waiting', ['response', 'answer']],
    ['idle', ['answer']],
    ['idle', ['response']],
    ['skipping', ['answer']],
    ['waiting', ['request']],
    ['skipping', ['head']],
    ['skipping', ['end']],
    ['waiting', ['skipped']],
    ['idle', ['skipped']],
    ['leaving', ['end']],
    ['broken', ['hello']],
  ];
  for (const [state, frames] of orders) {
    test(`${state}: ${frames.join(', ')}`, () => assert.equal(after(state, ...frames), 'broken'));
  }
});
