/**
 * Inis beside the units that `reeve enable` writes for them: test/golden/units/*.case.
 *
 * A case has blocks that begin with `== NAME`: `request` (name, user, socket, file, account,
 * systemd, one a line), the ini, and at the end `service`, `socket`, `tmpfiles`, `nginx` and
 * `findings`, word for word. `REEVE_GOLDEN=write` writes the last five anew; review the diff.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { printDiagnostic } from '../../src/config/reading/diagnostic.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { applicationUnits } from '../../src/units/application-unit.ts';
import { repository } from '../support/interpreters.ts';
import { goldenCases } from '../support/golden-cases.ts';

import { writtenHost } from '../support/written-host.ts';
import { writtenMachine } from '../support/written-machine.ts';

const folder = path.join(import.meta.dirname, 'units');
const results = ['service', 'socket', 'tmpfiles', 'nginx', 'findings'];

goldenCases(folder, results, unitsOf);

test('the sandbox that is written is that of reeve@.service', async () => {
  const blocks = new Map([['app.ini', '[uwsgi]\nhttp = :8000\nmodule = app\n']]);
  const service = (await unitsOf(blocks)).get('service') ?? '';
  const shipped = readFileSync(path.join(repository, 'systemd/reeve@.service'), 'utf8');
  assert.deepEqual(sandboxOf(service), sandboxOf(shipped));
});

async function unitsOf(blocks: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const asked = (blocks.get('request') ?? '').split('\n').map((line) => {
    const [key = '', value = ''] = line.split(' = ');
    return [key, value] as const;
  });
  const request = new Map(asked);
  const all = (wanted: string) => asked.flatMap(([key, value]) => (key === wanted ? [value] : []));
  const files = [...blocks].filter(([name]) => ![...results, 'request'].includes(name));
  const [first = 'app.ini'] = files.map(([name]) => name);
  const host = writtenHost(new Map(files));
  const loaded = await loadConfiguration([first], host);
  assert.deepEqual(
    loaded.diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  const facts = writtenMachine({
    files: all('file'),
    accounts: all('account'),
    systemdVersion: Number(request.get('systemd') ?? 257),
  });
  const account = facts.account(request.get('user') ?? '');
  const units = applicationUnits({
    settings: loaded.settings,
    given: loaded.given,
    startDirectory: '/srv',
    name: request.get('name') ?? 'app',
    file: `/srv/${first}`,
    program: '/usr/bin/reeve',
    user: account === undefined ? undefined : { account, why: 'As --user says.' },
    hasSocketUnit: request.has('socket'),
    flags: request.has('socket') ? ['--socket'] : [],
    environment: request.get('environment') ?? '',
    facts,
  });
  const findings = units.findings.map((one) => `${printDiagnostic(one)}\n`).join('');
  return new Map([
    ['service', units.service],
    ['socket', units.socket],
    ['tmpfiles', units.tmpfiles],
    ['nginx', units.nginx],
    ['findings', findings],
  ]);
}

/** The assignments from the first line of the sandbox to the end of [Service]. */
function sandboxOf(unit: string): string[] {
  const lines = unit.split('\n').filter((line) => /^[A-Z[]/.test(line));
  return lines.slice(lines.indexOf('NoNewPrivileges=yes'), lines.indexOf('[Install]'));
}
