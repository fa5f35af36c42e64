/** Keys of `cache2` that only Reeve has, and what check says of a cache that would not be kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { unkeptCaches } from '../../../../src/config/rules/cache-rules.ts';
import { loadConfiguration } from '../../../../src/config/load.ts';
import { parseCache } from '../../../../src/tables/shared/cache-terms.ts';
import { writtenHost } from '../../../support/written-host.ts';

test('keep has one value, and is for memory', () => {
  const problem = (text: string): string => {
    const parsed = parseCache(`name=c,items=9,${text}`);
    return parsed.ok ? `kept: ${String(parsed.terms.isKept)}` : parsed.problem;
  };
  assert.equal(problem('keep=restart'), 'kept: true');
  assert.equal(problem('lru=1'), 'kept: false');
  assert.equal(problem('keep=1'), 'keep=1 is not known: write keep=restart');
  assert.match(problem('keep='), /^keep= is not known/);
  for (const store of ['c.store', 'redis://h/0']) {
    assert.match(problem(`keep=restart,store=${store}`), /store= outlives a restart already$/);
  }
});

test('a cache that a unit would not keep is said with the line and the advice', async () => {
  const lines = ['a', 'b', 'c'].map((name) => `cache2 = name=${name},items=9,keep=restart`);
  const ini = ['[uwsgi]', 'module = app', 'cache2 = name=d,items=9', ...lines].join('\n');
  const host = writtenHost(new Map([['/app.ini', ini]]));
  const { settings } = await loadConfiguration(['/app.ini'], host);
  const said = (max?: string): readonly string[] =>
    unkeptCaches(settings, max === undefined ? undefined : { unit: 'blog', max }).map(
      ({ severity, place, sentence }) => `${severity} ${place} ${sentence.slice(0, 36)}`,
    );
  assert.deepEqual(said('3'), []);
  assert.deepEqual(said('64'), []);
  for (const max of ['', '0', '2', 'x']) assert.equal(said(max).length, 3, max);
  assert.equal(said('0')[0], 'warning /app.ini:4 cache2 name=a,items=9,keep=restart: ');
  assert.match(said()[2] ?? '', /^note \/app.ini:6/);
});
