/**
 * Inis beside the units that `reeve enable` writes for them: test/golden/units/*.case.
 *
 * A case has blocks that begin with `== NAME`: `request` (name, user, owner, socket, one a line),
 * the ini, and at the end `service`, `socket` and `findings`, word for word. `REEVE_GOLDEN=write`
 * writes the last three anew; review the diff.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { printDiagnostic } from '../../src/config/diagnostic.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { applicationUnits } from '../../src/units/application-unit.ts';
import { repository } from '../support/interpreters.ts';
import { writtenHost } from '../support/written-host.ts';

const folder = path.join(import.meta.dirname, 'units');
const results = ['service', 'socket', 'findings'];

for (const file of globSync('*.case', { cwd: folder }).toSorted()) {
  test(file.replace('.case', '').replaceAll('-', ' '), () => {
    const blocks = blocksOf(readFileSync(path.join(folder, file), 'utf8'));
    const seen = unitsOf(blocks);
    if (process.env['REEVE_GOLDEN'] === 'write') {
      const given = [...blocks].filter(([name]) => !results.includes(name));
      const all = [...given, ...seen].map(([name, body]) => `== ${name}\n${body}`).join('');
      writeFileSync(path.join(folder, file), all);
      return;
    }
    for (const name of results) assert.equal(seen.get(name), blocks.get(name) ?? '', name);
  });
}

test('the sandbox that is written is that of reeve@.service', () => {
  const blocks = new Map([['app.ini', '[uwsgi]\nhttp = :8000\nmodule = app\n']]);
  const service = unitsOf(blocks).get('service') ?? '';
  const shipped = readFileSync(path.join(repository, 'systemd/reeve@.service'), 'utf8');
  assert.deepEqual(sandboxOf(service), sandboxOf(shipped));
});

function unitsOf(blocks: ReadonlyMap<string, string>): Map<string, string> {
  const request = new Map(
    (blocks.get('request') ?? '').split('\n').map((line) => {
      const [key = '', value = ''] = line.split(' = ');
      return [key, value] as const;
    }),
  );
  const files = [...blocks].filter(([name]) => ![...results, 'request'].includes(name));
  const [first = 'app.ini'] = files.map(([name]) => name);
  const host = writtenHost(new Map(files));
  const loaded = loadConfiguration([first], host);
  assert.deepEqual(
    loaded.diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  const user = request.get('user');
  const units = applicationUnits({
    settings: loaded.settings,
    given: loaded.given,
    startDirectory: '/srv',
    name: request.get('name') ?? 'app',
    file: `/srv/${first}`,
    program: '/usr/bin/reeve',
    user: user === undefined ? undefined : { name: user, why: 'As --user says.' },
    hasSocketUnit: request.has('socket'),
    // "owner = /srv/data blog": whose a directory is; what is not said is root's where it is old.
    ownerOf: (directory) => {
      const [where, who] = (request.get('owner') ?? '').split(' ');
      if (directory === where) return who;
      return /^\/(run|var\/log|srv|home)?$/.test(directory) ? 'root' : undefined;
    },
  });
  const findings = units.findings.map((one) => `${printDiagnostic(one)}\n`).join('');
  return new Map([
    ['service', units.service],
    ['socket', units.socket],
    ['findings', findings],
  ]);
}

function blocksOf(text: string): Map<string, string> {
  const blocks = new Map<string, string>();
  for (const block of text.split(/^== /m).slice(1)) {
    const end = block.indexOf('\n');
    blocks.set(block.slice(0, end), block.slice(end + 1));
  }
  return blocks;
}

/** The assignments from the first line of the sandbox to the end of [Service]. */
function sandboxOf(unit: string): string[] {
  const lines = unit.split('\n').filter((line) => /^[A-Z[]/.test(line));
  return lines.slice(lines.indexOf('NoNewPrivileges=yes'), lines.indexOf('[Install]'));
}
