/** Caches whose writers are killed a thousand times at any instruction: no value is ever torn. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

import { repository, testPython } from '../support/interpreters.ts';

const KILLS = 250;
const folder = path.join(repository, 'test/process/python_shim');
const program = `
import unittest
import test_shared_state as shared
for shape in shared.SHAPES:
    shared.survive_kills(unittest.TestCase(), ${KILLS}, shape)
print('whole')
`;

test(`${4 * KILLS} writers that are killed leave each value of a cache whole`, () => {
  const run = spawnSync(testPython(), ['-c', program], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 600_000,
  });
  assert.equal(run.stdout, 'whole\n', run.stderr);
});
