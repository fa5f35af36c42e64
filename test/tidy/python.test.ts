/** What a Python file imports, it uses; and its functions are short. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

import { repository, testPython } from '../support/interpreters.ts';
import { sources } from '../support/sources.ts';

/** The same numbers as max-lines-per-function has in .oxlintrc.json. */
const LINES = 50;
const TEST_LINES = 120;

for (const [what, folders, lines] of [
  ['Python file', ['src'], LINES],
  // Not the test applications: some import, or are broken, on purpose.
  ['Python test', ['test/process', 'test/support'], TEST_LINES],
] as const) {
  test(`no ${what} imports a name in vain or has a function of more than ${lines} lines`, () => {
    const program = path.join(repository, 'test/support/python_tidiness.py');
    const files = sources(['.py'], folders).map((file) => file.path);
    const run = spawnSync(testPython(), [program, `${lines}`, ...files], {
      cwd: repository,
      encoding: 'utf8',
    });
    assert.equal(run.stderr, '');
    assert.deepEqual(run.stdout.split('\n').filter(Boolean), []);
  });
}
