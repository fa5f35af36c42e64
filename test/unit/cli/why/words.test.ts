/** What the words after `reeve why` mean. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readWhyWords } from '../../../../src/cli/why/words.ts';

const isFile = (path: string): boolean => path === '/etc/reeve/shop.ini';
const id = '56f8d9f320a569880259f677df0aecd5';

for (const [words, target, about] of [
  [[], undefined, undefined],
  [['shop'], 'shop', undefined],
  [['4711'], '4711', undefined],
  [['/etc/reeve/shop.ini'], '/etc/reeve/shop.ini', undefined],
  [['/report'], undefined, { kind: 'path', text: '/report' }],
  [['/report?a=1#b'], undefined, { kind: 'path', text: '/report' }],
  [[id], undefined, { kind: 'request', text: id }],
  [['shop', '/report'], 'shop', { kind: 'path', text: '/report' }],
  [['shop', 'req-12'], 'shop', { kind: 'request', text: 'req-12' }],
  [['/etc/reeve/shop.ini', id], '/etc/reeve/shop.ini', { kind: 'request', text: id }],
] as const) {
  test(`reeve why ${words.join(' ')}`, () => {
    assert.deepEqual(readWhyWords(words[0], words[1], isFile), { target, about });
  });
}
