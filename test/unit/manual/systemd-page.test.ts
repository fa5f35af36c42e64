/** reeve-systemd(7) says what the units and the other documents say. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { manualOfSystemd } from '../../../src/manual/man-systemd.ts';
import { exitCodes, finalExitCodes } from '../../../src/tables/exit-codes.ts';
import { readLetters } from '../../../src/master/triggers/letters.ts';
import { signals } from '../../../src/tables/signals.ts';
import { repository } from '../../support/interpreters.ts';

function read(name: string): string {
  return readFileSync(path.join(repository, name), 'utf8');
}

const unit = read('systemd/reeve@.service');
const known = [
  ...['systemd/reeve@.service', 'systemd/reeve@.socket', 'systemd/reeve.service'],
  ...[
    'systemd/README.md',
    'docs/systemd.md',
    'docs/journal.md',
    'docs/systemd-sockets.md',
    'docs/operating.md',
    'README.md',
    'src/systemd/notify.ts',
  ],
]
  .map(read)
  .join('\n');
const page = manualOfSystemd({ version: '1.2.3', date: '2000-01-01' })
  .replaceAll('\\-', '-')
  .replaceAll(/\\f[BIR]|\\:/g, '');

test('each setting that it names is one of the units or the documents', () => {
  const named = new Set([...page.matchAll(/\b[A-Z][A-Za-z_]+=(?!\w*\.)/g)].map(([name]) => name));
  assert.ok(named.size > 15);
  assert.deepEqual(
    [...named].filter((name) => !known.includes(name)),
    [],
  );
});

test('each file and field that it names is one of the documents', () => {
  const named = new Set(page.match(/\/(?:etc|run|var)\/[a-z/]+|\bREEVE_[A-Z]+/g));
  assert.ok(named.size > 5);
  const roots = [...named].map((name) => name.replace(/\/$/, ''));
  assert.deepEqual(
    roots.filter((name) => !known.includes(name)),
    [],
  );
});

test('the exit codes after which systemd does not try again are those of the unit', () => {
  assert.match(unit, new RegExp(`^RestartPreventExitStatus=${finalExitCodes.join(' ')}$`, 'm'));
  assert.deepEqual(
    finalExitCodes.filter((code) => !Object.values<number>(exitCodes).includes(code)),
    [],
  );
});

test('the times that it says are those of the unit', () => {
  assert.match(unit, /^RestartSec=1s$/m);
  assert.match(unit, /^StartLimitBurst=10$/m);
  assert.match(unit, /^StartLimitIntervalSec=10s$/m);
});

test('signals and letters are those of docs/operating.md and of the master', () => {
  const bound = read('src/master/operator/signals.ts');
  const table = read('docs/operating.md')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  for (const { signals: names, letters } of signals) {
    for (const name of names) assert.ok(bound.includes(`'${name}'`), name);
    const [letter = ''] = letters;
    if (letter === '0-9') continue; // Read before the others: triggers/fifo.ts.
    for (const each of letters) {
      const [read] = readLetters(each);
      assert.notEqual(read?.action.kind ?? 'nothing', 'nothing', each);
    }
    const row = table.find((line) => line.includes(`\`${letter}\``)) ?? '';
    for (const name of names) assert.ok(row.includes(name), `${name} beside ${letter}`);
  }
});
