/** Whether memory that systemd has kept is that of the cache that is configured. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keptHead, unfitHead } from '../../../../src/master/keeping/kept-head.ts';
import { parseCache } from '../../../../src/tables/shared/cache-terms.ts';

function terms(text: string) {
  const parsed = parseCache(`name=c,${text}`);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.terms;
}

const kept = (text: string): Buffer => keptHead(terms(text));

test('the same cache goes on, also where what is no layout was changed', () => {
  assert.equal(unfitHead(kept('items=9'), terms('items=9')), undefined);
  assert.equal(unfitHead(kept('items=9'), terms('items=9,ignore_full=1,no_expire=1')), undefined);
});

test('each change of the layout is said with both sides', () => {
  const changes = [
    ...['items=10', 'items=9,blocks=10', 'items=9,blocksize=99', 'items=9,keysize=9'],
    ...['items=9,hashsize=9', 'items=9,bitmap=1', 'items=9,lru=1'],
  ];
  for (const text of changes) {
    const sentence = unfitHead(kept('items=9'), terms(text)) ?? '';
    const sides = /^it was kept with (\S+), and is configured with (\S+)$/.exec(sentence);
    assert.ok(sides !== null && sides[1] !== sides[2], `${text}: ${sentence}`);
  }
});

test('what is damaged, foreign, cut or of another version is not used', () => {
  const right = kept('items=9');
  const sentence = (page: Buffer): string => unfitHead(page, terms('items=9')) ?? '';
  for (const at of [0, 8, 14, 20, 60, 300, 4_095]) {
    const page = Buffer.from(right);
    page.writeUInt8((page[at] ?? 0) ^ 0x20, at);
    assert.match(sentence(page), /damaged|kept with/, `byte ${at}`);
  }
  assert.match(sentence(Buffer.alloc(0)), /damaged, or is no cache/);
  assert.match(sentence(right.subarray(0, 4_000)), /damaged/);
  assert.match(sentence(Buffer.from('\u001b[2J'.repeat(99))), /damaged, or is no cache/);
  const older = Buffer.from(right.toString('latin1').replace('cache 1', 'cache 7'), 'latin1');
  assert.match(sentence(older), /another version of Reeve/);
  const other = Buffer.from(right.toString('latin1').replace('\nc\n', '\nd\n'), 'latin1');
  assert.match(sentence(other), /damaged/);
});
