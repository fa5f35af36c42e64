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

import { OperatorError } from '../../src/base/operator-error.ts';
import { printDiagnostic } from '../../src/config/diagnostic.ts';
import type { ConfigHost } from '../../src/config/host.ts';
import { loadConfiguration, type Loaded } from '../../src/config/load.ts';
import { optionNames, optionOf } from '../../src/tables/options.ts';

const folder = path.join(import.meta.dirname, 'config');
const results = ['settings', 'findings'];

for (const file of globSync('*.case', { cwd: folder }).toSorted()) {
  test(file.replace('.case', '').replaceAll('-', ' '), () => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const blocks = blocksOf(text);
    const argv = (blocks.get('argv') ?? '').split('\n').filter((word) => word !== '');
    const loaded = loadConfiguration(argv, hostOf(blocks));
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

/** A machine with the case's files in /srv and nothing else. */
function hostOf(blocks: ReadonlyMap<string, string>): ConfigHost {
  const absolute = (name: string) => path.resolve('/srv', name);
  const files = new Map(
    [...blocks]
      .filter(([name]) => !['argv', 'env', ...results].includes(name))
      .map(([name, body]) => [absolute(name), body]),
  );
  const environment = Object.fromEntries(
    (blocks.get('env') ?? '')
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return {
    readText(name) {
      const body = files.get(absolute(name));
      if (body !== undefined) return body;
      throw new OperatorError({ what: `cannot read ${name}: there is no such file`, exitCode: 66 });
    },
    realPath: absolute,
    inode: () => 42,
    exists: (name) => files.has(absolute(name)) || absolute(name) === '/srv',
    isFile: (name) => files.has(absolute(name)),
    isDirectory: (name) => absolute(name) === '/srv',
    glob: (pattern) =>
      [...files.keys()].filter((name) => path.matchesGlob(name, absolute(pattern))).toSorted(),
    environment,
    cwd: '/srv',
    hostname: 'host',
    cores: 4,
    uid: 0,
    gid: 0,
    userName: 'root',
    groupName: 'root',
    unixMicroseconds: 1_700_000_000_000_000,
    binary: '/usr/bin/reeve',
    version: '0.1.0',
    isReload: false,
    forReload: () => hostOf(blocks),
  };
}
