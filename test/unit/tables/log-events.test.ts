/** Every event that is logged stands in the table, and the journal's catalog says the same. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { catalogText } from '../../../packaging/catalog-text.ts';
import { logEvents, messageIdOf, pythonEvents } from '../../../src/tables/log-events.ts';
import { sources, withoutComments } from '../../support/sources.ts';

/** `log.warn('noun.happened', …`, and the same of the supervisor. */
const CALLS = [
  /\.(?:debug|info|warn|error)\(\s*'([a-z][a-z.-]*)',/g,
  /\bsay\(\s*draft,\s*'\w+',\s*'([a-z][a-z.-]*)',/g,
  /\bevent(?: =|:) '([a-z][a-z.-]*)'/g,
];
/** Those of the shim. */
const PYTHON_CALLS = [
  /\blog\.report\(\s*'([a-z.-]+)'/g,
  /\blog\.say\([^)]*?,\s*'([a-z-]+\.[a-z-]+)'/gs,
];

function named(endings: readonly string[], patterns: readonly RegExp[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of sources(endings, ['src'])) {
    const code = endings.includes('.py') ? file.text : withoutComments(file.text);
    for (const pattern of patterns) {
      for (const [, event = ''] of code.matchAll(pattern)) found.set(event, file.path);
    }
  }
  return found;
}

describe('the table of log events', () => {
  test('has every event that the sources log', () => {
    const found = [...named(['.ts'], CALLS), ...named(['.py'], PYTHON_CALLS)];
    assert.ok(found.length > 50, 'the patterns find the calls');
    const missing = found
      .filter(([event]) => messageIdOf(event) === undefined)
      .map(([event, path]) => `${path}: '${event}' needs { id: '${randomId()}', … }`);
    assert.deepEqual(missing, []);
  });

  test('has an id of its own for each', () => {
    const ids = Object.values(logEvents).map(({ id }) => id);
    for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
    assert.equal(new Set(ids).size, ids.length);
  });

  test('tells the Python processes of all that they log', () => {
    const told = new Set<string>(pythonEvents);
    const logged = [...named(['.py'], PYTHON_CALLS).keys()];
    assert.deepEqual(
      logged.filter((event) => !told.has(event)),
      [],
    );
  });

  test('is what the catalog in systemd/ was written from: make catalog', () => {
    const path = new URL('../../../systemd/reeve.catalog', import.meta.url);
    assert.equal(readFileSync(path, 'utf8'), catalogText());
  });
});

function randomId(): string {
  return randomBytes(16).toString('hex');
}
