/** What is wrong with PREFIX and VERSION is said in one sentence, before anything is written. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { repository } from '../support/interpreters.ts';

for (const [program, given, sentence] of [
  [
    'install',
    { PREFIX: 'usr/local' },
    /^PREFIX=usr\/local: .*, as in PREFIX=\/usr\/local; nothing .*\n$/,
  ],
  ['install', { PREFIX: '/opt/my reeve' }, /^PREFIX=\/opt\/my reeve: .*\n$/],
  ['deb', { VERSION: 'v0.2' }, /^VERSION=v0.2: a version begins with a digit .*\n$/],
  ['rpm', { VERSION: '1.0-2' }, /^VERSION=1.0-2: a version .*\n$/],
] as const) {
  test(`make ${program} with ${JSON.stringify(given)}`, () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'reeve-given-'));
    const env = { PATH: process.env['PATH'], DESTDIR: `${place}/root`, TMPDIR: place, ...given };
    const run = spawnSync(process.execPath, [`${repository}/packaging/${program}.ts`], {
      encoding: 'utf8',
      env,
    });
    const written = fs.readdirSync(place);
    fs.rmSync(place, { recursive: true });
    assert.match(run.stderr, sentence);
    assert.equal(run.status, 64);
    assert.deepEqual(written, []);
  });
}
