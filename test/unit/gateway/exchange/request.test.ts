/** By which name logs know a request. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { requestIdOf } from '../../../../src/gateway/exchange/request.ts';

test('the X-Request-ID that a request came with is its id', () => {
  for (const id of ['abc', '0a1b-2c3d', 'Root=1-67891233-abcdef', 'x'.repeat(128)]) {
    assert.equal(requestIdOf(id), id);
  }
});

test('what is no id does not count, and is not shown', () => {
  for (const given of [undefined, '', 'a b', 'a\u001b[31m', 'a"b', 'x'.repeat(129)]) {
    assert.match(requestIdOf(given), /^[0-9a-f]{32}$/);
  }
});

test('ids that are made are never the same', () => {
  const made = Array.from({ length: 1_000 }, () => requestIdOf(undefined));
  assert.equal(new Set(made).size, 1_000);
});
