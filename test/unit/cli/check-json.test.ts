/** What `reeve check --json` prints is what docs/check.schema.json says. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { asJson } from '../../../src/cli/check/json.ts';
import { countsOf } from '../../../src/cli/check/report.ts';
import { findingsOfStart, loadConfiguration } from '../../../src/config/load.ts';
import { repository } from '../../support/interpreters.ts';
import { schemaFaults } from '../../support/json-schema.ts';
import { writtenHost } from '../../support/written-host.ts';

const schema: unknown = JSON.parse(
  readFileSync(path.join(repository, 'docs/check.schema.json'), 'utf8'),
);

async function printed(lines: string): Promise<unknown> {
  const host = writtenHost(new Map([['a.ini', `[uwsgi]\n${lines}\n`]]));
  const loaded = await loadConfiguration(['a.ini'], host);
  const rest = { counts: countsOf(loaded.judgements), missing: ['chdir /x'], verdict: 'x' };
  const text = asJson({ loaded, findings: findingsOfStart(loaded), ...rest, exitCode: 0 });
  return JSON.parse(text);
}

for (const lines of [
  'http = :8000\nmodule = app\nprocesses = 2\nenv = A=1\nenv = B=2\nstats = :1',
  'http = :8000\nprocesses = many\nvaccum = 1\nroute = ^/ break:403\nlog-json = true',
  '',
]) {
  test(`the JSON of ${JSON.stringify(lines)} fits its schema`, async () => {
    assert.deepEqual(schemaFaults(await printed(lines), schema), []);
  });
}

test('the schema has every field that is printed, at each level', async () => {
  const value = await printed('http = :8000\nmodule = app\nvaccum = 1\nstats = :1');
  const closed = JSON.stringify(schema).replaceAll(
    '"properties":{',
    '"additionalProperties":{"enum":[]},"properties":{',
  );
  assert.deepEqual(schemaFaults(value, JSON.parse(closed)), []);
});
