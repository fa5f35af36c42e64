/** What a Python file imports, it uses. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

import { repository, testPython } from '../support/interpreters.ts';
import { sources } from '../support/sources.ts';

test('no Python file imports a name in vain', () => {
  const program = path.join(repository, 'test/support/unused_imports.py');
  // Not the test applications: some import, or are broken, on purpose.
  const files = sources(['.py'], ['src', 'test/process', 'test/support']).map((file) => file.path);
  const run = spawnSync(testPython(), [program, ...files], { cwd: repository, encoding: 'utf8' });
  assert.equal(run.stderr, '');
  assert.deepEqual(run.stdout.split('\n').filter(Boolean), []);
});
