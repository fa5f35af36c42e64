/** Which files count as touched. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { changedFiles } from '../../../src/watching/file-watch.ts';

describe('a file is touched', () => {
  test('when it looks different, appears or disappears', () => {
    const before = new Map([
      ['same', '1'],
      ['newer', '1'],
      ['gone', '1'],
      ['made', undefined],
    ]);
    const now = new Map([
      ['same', '1'],
      ['newer', '2'],
      ['gone', undefined],
      ['made', '1'],
    ]);
    assert.deepEqual(changedFiles(before, now), ['newer', 'gone', 'made']);
  });

  test('not when it is looked at for the first time', () => {
    assert.deepEqual(changedFiles(new Map(), new Map([['new', '1']])), []);
  });
});
