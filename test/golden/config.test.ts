/**
 * Command lines and files beside what they mean: test/golden/config/*.case.
 *
 * A case has blocks that begin with `== NAME`: `argv` (one word a line), `env` (NAME=value), any
 * number of files, and at the end `settings` (what differs from the defaults, as entries) and
 * `findings` (word for word). `REEVE_GOLDEN=write` writes the last two anew; review the diff.
 */
import path from 'node:path';

import { printDiagnostic } from '../../src/config/reading/diagnostic.ts';
import { findingsOfStart, loadConfiguration, type Loaded } from '../../src/config/load.ts';
import { optionNames, optionOf } from '../../src/tables/options/options.ts';
import { goldenCases } from '../support/golden-cases.ts';
import { writtenHost } from '../support/written-host.ts';

const folder = path.join(import.meta.dirname, 'config');
const results = ['settings', 'findings'];

goldenCases(folder, results, async (blocks) => {
  const argv = (blocks.get('argv') ?? '').split('\n').filter((word) => word !== '');
  const loaded = await loadConfiguration(argv, writtenHost(filesOf(blocks), environmentOf(blocks)));
  return new Map([
    ['settings', settingsOf(loaded)],
    [
      'findings',
      findingsOfStart(loaded)
        .map((one) => `${printDiagnostic(one)}\n`)
        .join(''),
    ],
  ]);
});

function settingsOf(loaded: Loaded): string {
  const lines = optionNames.flatMap((name) => {
    const { kind, default: usual } = optionOf(name);
    const values = kind.format(loaded.settings[name]);
    const same = JSON.stringify(values) === JSON.stringify(kind.format(usual));
    return same ? [] : values.map((value) => `${name} = ${value}\n`);
  });
  return lines.join('');
}

function filesOf(blocks: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...blocks].filter(([name]) => !['argv', 'env', ...results].includes(name)));
}

function environmentOf(blocks: ReadonlyMap<string, string>): Record<string, string> {
  const lines = (blocks.get('env') ?? '').split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
