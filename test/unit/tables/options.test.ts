/** The table of options holds together: values survive being written and read, names are unique. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { reloadOf } from '../../../src/manual/usage.ts';
import { relationsOf } from '../../../src/tables/judgement.ts';
import { optionNames, optionOf } from '../../../src/tables/options/options.ts';

describe('every option', () => {
  for (const name of optionNames) {
    test(`${name}: its default survives being written and read`, () => {
      const { kind, default: usual } = optionOf(name);
      const texts = kind.format(usual);
      const read = texts.map((text) => kind.parse(text, 'test'));
      for (const one of read) assert.ok(one.ok, one.ok ? '' : one.problem);
      const again = read.flatMap((one) => (one.ok ? kind.format(one.value) : []));
      assert.deepEqual(again, texts);
    });
  }

  test('has names and letters that no other has', () => {
    const all = optionNames.flatMap((name) => [name, ...(optionOf(name).aliases ?? [])]);
    assert.deepEqual(
      all.filter((name, at) => all.indexOf(name) !== at),
      [],
    );
  });

  test('that has no effect stands where that is said, and promises nothing for a reload', () => {
    for (const name of optionNames) {
      const { section, uwsgi } = optionOf(name);
      const isWithoutEffect = section === 'accepted';
      assert.equal(reloadOf(name) === '', isWithoutEffect, name);
      if (isWithoutEffect) assert.notEqual(relationsOf(uwsgi).length, 0, name);
    }
  });

  test('has a summary without full stop', () => {
    const wrong = optionNames.filter((name) => optionOf(name).summary.endsWith('.'));
    assert.deepEqual(wrong, []);
  });
});
