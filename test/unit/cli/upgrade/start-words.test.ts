/** ExecStart= in a unit file, read without systemd. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startWordsIn } from '../../../../src/cli/upgrade/start-words.ts';
import { argument } from '../../../../src/units/unit-text.ts';

const words = (line: string) => startWordsIn(`[Service]\nType=notify\nExecStart=${line}\n`);

test('what `reeve enable` writes comes back', () => {
  for (const path of ['/srv/my shop/a.ini', '/srv/a"b/\'c.ini', '/srv/100%/x;y', '/s\\t/ü.ini']) {
    assert.deepEqual(words(`/usr/bin/reeve ${argument(path)}`), ['/usr/bin/reeve', path]);
  }
});

test('quotes and escapes as systemd reads them; a variable is left for the start', () => {
  assert.deepEqual(words(`reeve 'a "b"' c\\sd  e"f g"h`), ['reeve', 'a "b"', 'c d', 'ef gh']);
  assert.deepEqual(words('reeve $$HOME ${NAME}'), ['reeve', '$$HOME', '${NAME}']);
  assert.deepEqual(words('reeve \\\n  app.ini'), ['reeve', 'app.ini']);
});

test('what only systemd knows is not guessed', () => {
  for (const line of ['reeve %i.ini', 'reeve "open', 'reeve \\x41', 'a\nExecStart=b']) {
    assert.equal(words(line), undefined, line);
  }
  assert.equal(startWordsIn('[Service]\nType=notify\n'), undefined);
});
