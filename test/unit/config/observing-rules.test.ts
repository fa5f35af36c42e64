/** What the options for monitoring refuse. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadConfiguration } from '../../../src/config/load.ts';
import { writtenHost } from '../../support/written-host.ts';

/** The findings: severity, place and sentence. */
async function found(lines: string): Promise<readonly string[]> {
  const files = new Map([['a.ini', `[uwsgi]\nhttp = :80\nmodule = app\n${lines}\n`]]);
  const { diagnostics } = await loadConfiguration(['a.ini'], writtenHost(files));
  return diagnostics.map(({ severity, place, sentence }) => `${severity} ${place} ${sentence}`);
}

const ERROR = 'error a.ini:4';

for (const [lines, findings] of [
  ['metrics-label = reports ^/reports/', []],
  ['metrics-label =  a/b:c.d-e_1   ^/a b$', []],
  ['metrics-label = reports', [`${ERROR} metrics-label needs LABEL PATTERN, not "reports"`]],
  ['metrics-label = a"b ^/', [`${ERROR} metrics-label: "a"b" is no label`]],
  ['status-page-host = status.example.org', []],
  ['status-page-host = fd00::1', []],
  ['status-page-host = a.b:9100', [`${ERROR} status-page-host: "a.b:9100" is no host name`]],
  ['status-page-host = http://a.b', [`${ERROR} status-page-host: "http://a.b" is no host name`]],
  ['metrics-label = a (', [`${ERROR} metrics-label: "(" is not a regular expression`]],
] as const) {
  test(`${lines}: ${findings.length === 0 ? 'nothing is wrong' : findings[0]}`, async () => {
    assert.deepEqual(await found(lines), findings);
  });
}

test('32 labels are enough for all, with as many patterns as there are', async () => {
  const labels = (count: number): string =>
    Array.from({ length: 99 }, (_, at) => `metrics-label = l${at % count} ^/${at}$`).join('\n');
  assert.deepEqual(await found(labels(32)), []);
  assert.deepEqual(await found(labels(33)), [
    'error a.ini:102 metrics-label has 33 labels, more than 32',
  ]);
});
