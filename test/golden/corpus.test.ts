/**
 * What `reeve check` says of each file of test/corpus: test/golden/corpus/*.report.
 *
 * `REEVE_GOLDEN=write` (`make golden`) writes all of them anew; review the diff: each changed line
 * is a file of somebody whose settings now mean something else, or are explained otherwise.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { corpusFiles } from '../corpus/corpus.ts';
import { loadScenario, reportOn } from '../corpus/report.ts';
import { scenarioOf } from '../corpus/scenario.ts';

const folder = path.join(import.meta.dirname, 'corpus');

for (const file of corpusFiles()) {
  test(`${file.name} of ${file.repository}`, async () => {
    const report = reportOn(await loadScenario(await scenarioOf(file)));
    const expected = path.join(folder, `${file.name}.report`);
    if (process.env['REEVE_GOLDEN'] === 'write') {
      writeFileSync(expected, report);
      return;
    }
    assert.equal(report, existsSync(expected) ? readFileSync(expected, 'utf8') : '');
  });
}
