/** Every number that an option takes has a largest value, and what is larger is refused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { optionNames, optionOf } from '../../../src/tables/options/options.ts';

/** The options whose values are numbers. */
const numeric = optionNames.filter((name) => {
  const { kind } = optionOf(name);
  const parsed = kind.parse('1', '');
  return parsed.ok && typeof parsed.value === 'number' && kind.placeholder !== 'MODE';
});

test('each option that is a number refuses what makes no sense, with its bound and why', () => {
  assert.ok(numeric.length > 20, numeric.join());
  for (const name of numeric) {
    for (const text of ['9'.repeat(17), '9'.repeat(400)]) {
      const parsed = optionOf(name).kind.parse(text, '');
      assert.ok(!parsed.ok, `${name} takes ${text}`);
      assert.match(parsed.problem, /^9+…? is more than \d+: \w/, name);
      assert.ok(parsed.problem.length < 150, name);
    }
  }
});

test('a bound itself is taken, and one more is not', () => {
  for (const name of numeric) {
    const { kind } = optionOf(name);
    const refused = kind.parse('9'.repeat(17), '');
    const bound = /more than (\d+):/.exec(refused.ok ? '' : refused.problem)?.[1] ?? '';
    assert.deepEqual(kind.parse(bound, ''), { ok: true, value: Number(bound) }, name);
    assert.equal(kind.parse(String(Number(bound) + 1), '').ok, false, name);
  }
});
