/** Patterns of routes, as people write them for PCRE. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readPatterns } from '../../../../src/log/loggers/patterns.ts';

async function matches(pattern: string, line: string): Promise<boolean | string> {
  const [read] = await readPatterns([pattern]);
  assert.ok(read);
  return read.ok ? read.matches(line) : read.problem;
}

describe('a pattern', () => {
  const cases: readonly (readonly [pattern: string, line: string, isFound: boolean])[] = [
    ['{', 'a {"json"}', true],
    ['ERROR|CRITICAL', 'x CRITICAL: y', true],
    ['^GET', 'a GET', false],
    ['(?i)error', 'An Error', true],
    ['\\d{3}$', 'status 200', true],
    ['\\bfoo\\b', 'food', false],
    ['[[:digit:]]+\\h', 'a1 b', true],
    ['a(?#comment)b', 'ab', true],
    ['\\Qa.b(\\E', 'a.b(', true],
    ['\\Qa.b(\\E', 'axb(', false],
    ['é', 'café', true],
    // "Lines without": the two ways in which PCRE is asked for them.
    ['^((?!\\{).)*$', 'no json', true],
    ['^((?!\\{).)*$', 'a {"json"}', false],
    ['^(?:(?!health|static).)*$', 'GET /static/x', false],
    ['^(?!GET /health).*$', 'GET /health', false],
    ['^(?!GET /health)', 'POST /', true],
  ];
  for (const [pattern, line, isFound] of cases) {
    test(`${pattern} is ${isFound ? '' : 'not '}found in ${line}`, async () => {
      assert.equal(await matches(pattern, line), isFound);
    });
  }
  test('that needs more than linear time is a problem', async () => {
    for (const pattern of ['(a)\\1', 'a(?=b)', '(?<!a)b', '^(?!a)b(?!c)', '(', '(?>a)']) {
      assert.equal(typeof (await matches(pattern, 'ab')), 'string', pattern);
    }
  });
  test('takes no longer than its line, whoever has written both', async () => {
    assert.equal(await matches('^(a+)+$', `${'a'.repeat(20_000)}!`), false);
  });
});
