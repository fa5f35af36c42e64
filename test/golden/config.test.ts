/**
 * Command lines and files beside what they mean: test/golden/config/*.case.
 *
 * A case has blocks that begin with `== NAME`: `argv` (one word a line), `env` (NAME=value), any
 * number of files, and at the end `settings` (what differs from the defaults, as entries) and
 * `findings` (word for word). `REEVE_GOLDEN=write` writes the last two anew; review the diff.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { printDiagnostic } from '../../src/config/diagnostic.ts';
import { loadConfiguration, type Loaded } from '../../src/config/load.ts';
import { optionNames, optionOf } from '../../src/tables/options.ts';
import { writtenHost } from '../support/written-host.ts';

const folder = path.join(import.meta.dirname, 'config');
const results = ['settings', 'findings'];

for (const file of globSync('*.case', { cwd: folder }).toSorted()) {
  test(file.replace('.case', '').replaceAll('-', ' '), () => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const blocks = blocksOf(text);
    const argv = (blocks.get('argv') ?? '').split('\n').filter((word) => word !== '');
    const loaded = loadConfiguration(argv, writtenHost(filesOf(blocks), environmentOf(blocks)));
    const seen = new Map([
      ['settings', settingsOf(loaded)],
      ['findings', loaded.diagnostics.map((one) => `${printDiagnostic(one)}\n`).join('')],
    ]);
    if (process.env['REEVE_GOLDEN'] === 'write') {
      const given = [...blocks].filter(([name]) => !results.includes(name));
      const all = [...given, ...seen].map(([name, body]) => `== ${name}\n${body}`).join('');
      writeFileSync(path.join(folder, file), all);
      return;
    }
    for (const name of results) assert.equal(seen.get(name), blocks.get(name) ?? '', name);
  });
}

function blocksOf(text: string): Map<string, string> {
  const blocks = new Map<string, string>();
  for (const block of text.split(/^== /m).slice(1)) {
    const end = block.indexOf('\n');
    blocks.set(block.slice(0, end), block.slice(end + 1));
  }
  return blocks;
}

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
