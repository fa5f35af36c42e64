/** Who may import whom: the table of src/README.md, held. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { importsOf, sources, target } from '../support/sources.ts';
import type { Import } from '../support/sources.ts';

interface Rule {
  readonly isPure?: boolean;
  /** Folders, or single files, of src. */
  readonly may: readonly string[];
  /** Only by `import type`. */
  readonly mayTypes?: readonly string[];
}

/** A start from the command line goes to the master, by way of the background where asked. */
const startOfMaster = ['main', 'start/environment', 'start/privileges'].map(
  (name) => `master/${name}.ts`,
);
/** What may be imported though it is no file of src: the only home of the version. */
const outside = new Set(['../../../package.json']);

const rules: Readonly<Record<string, Rule>> = {
  base: { may: [] },
  tables: { isPure: true, may: [] },
  manual: { isPure: true, may: ['tables'], mayTypes: ['config'] },
  config: { isPure: true, may: ['tables', 'base'] },
  units: { isPure: true, may: ['tables', 'config'] },
  supervision: { isPure: true, may: ['base'] },
  protocol: { isPure: true, may: ['base'] },
  systemd: { may: ['base'] },
  log: { may: ['systemd', 'tables', 'base'] },
  workers: { isPure: true, may: [], mayTypes: ['tables', 'protocol'] },
  gateway: { may: ['protocol', 'log', 'base'], mayTypes: ['tables'] },
  master: {
    may: ['supervision', 'config', 'protocol', 'tables', 'workers', 'systemd', 'log', 'base'],
  },
  cli: {
    may: [
      ...['config', 'units', 'manual', 'tables', 'protocol'],
      ...startOfMaster,
      ...['log', 'systemd', 'base'],
    ],
  },
  'main.ts': { may: ['cli'] },
};

/** Third parties and their only homes, as beginnings of paths in src. */
const homes: Readonly<Record<string, readonly string[]>> = {
  yargs: ['cli/'],
  pino: ['log/logger.ts'],
  'sd-notify': ['systemd/notify.ts'],
  koffi: ['base/foreign-functions.ts'],
  ini: ['config/', 'manual/', 'cli/'],
};

const files = sources(['.ts'], ['src']);
const imports = files.flatMap(importsOf);

test('every folder of src has its row in the table', () => {
  const folders = new Set(files.map((file) => folderOf(file.path)));
  assert.deepEqual(
    [...folders].filter((folder) => !(folder in rules)),
    [],
  );
});

test('a file imports only what its folder may', () => {
  assert.deepEqual(
    imports
      .filter(isRelative)
      .filter((one) => !isAllowed(one))
      .map(inWords),
    [],
  );
});

test('pure folders import no node: module', () => {
  const wrong = imports.filter(
    (one) =>
      rules[folderOf(one.from)]?.isPure === true &&
      one.what.startsWith('node:') &&
      one.what !== 'node:buffer' &&
      !one.isTypeOnly,
  );
  assert.deepEqual(wrong.map(inWords), []);
});

test('a third party is imported only in its home', () => {
  const wrong = imports.filter((one) => {
    if (one.what.startsWith('.') || one.what.startsWith('node:')) return false;
    const name = one.what.split('/')[0] ?? '';
    return !homes[name]?.some((home) => one.from.slice('src/'.length).startsWith(home));
  });
  assert.deepEqual(wrong.map(inWords), []);
});

test('imports of ours are written with .ts, those of Node with node:', () => {
  const wrong = imports.filter((one) => isRelative(one) && !one.what.endsWith('.ts'));
  assert.deepEqual(wrong.map(inWords), []);
});

test('no file imports itself through others', () => {
  const edges = new Map<string, string[]>();
  for (const one of imports.filter((each) => isRelative(each) && !each.isTypeOnly)) {
    edges.set(one.from, [...(edges.get(one.from) ?? []), target(one)]);
  }
  assert.deepEqual(
    files.map((file) => cycleFrom(file.path, edges)).filter((cycle) => cycle !== ''),
    [],
  );
});

function isRelative(one: Import): boolean {
  return one.what.startsWith('.') && !outside.has(one.what);
}

function isAllowed(one: Import): boolean {
  const [from, to] = [folderOf(one.from), folderOf(target(one))];
  const rule = rules[from];
  if (rule === undefined) return false;
  const path = target(one).slice('src/'.length);
  if (from === to || rule.may.some((name) => name === to || name === path)) return true;
  return one.isTypeOnly && (rule.mayTypes ?? []).includes(to);
}

/** The first part of the path below src: a folder, or main.ts. */
function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function inWords(one: Import): string {
  return `${one.from} imports ${one.isTypeOnly ? 'type ' : ''}${one.what}`;
}

/** The shortest way from a file back to itself, or ''. */
function cycleFrom(start: string, edges: ReadonlyMap<string, readonly string[]>): string {
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of edges.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, next].join(' → ');
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return '';
}
