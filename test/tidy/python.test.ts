/** What a Python file imports, it uses; functions are short; no imports in circles. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

import { repository, testPython } from '../support/interpreters.ts';
import { sources } from '../support/sources.ts';
import type { Source } from '../support/sources.ts';

/** The same numbers as max-lines-per-function has in .oxlintrc.json. */
const LINES = 50;
const TEST_LINES = 120;

for (const [what, folders, lines] of [
  ['Python file', ['src'], LINES],
  // Not the test applications: some import, or are broken, on purpose.
  ['Python test', ['test/process', 'test/support'], TEST_LINES],
] as const) {
  test(`no ${what} imports a name in vain or has a function of more than ${lines} lines`, () => {
    const program = path.join(repository, 'test/support/python_tidiness.py');
    const files = sources(['.py'], folders).map((file) => file.path);
    const run = spawnSync(testPython(), [program, `${lines}`, ...files], {
      cwd: repository,
      encoding: 'utf8',
    });
    assert.equal(run.stderr, '');
    assert.deepEqual(run.stdout.split('\n').filter(Boolean), []);
  });
}
test('no Python file of the shim imports itself through others', () => {
  const folder = 'src/workers/python/reeve_worker/';
  const files = sources(['.py'], ['src']).filter((file) => file.path.startsWith(folder));
  const edges = new Map(
    files.map((file) => [moduleName(file.path, folder), importedModules(file, folder)]),
  );
  assert.ok(
    [...edges.values()].some((imported) => imported.length > 5),
    'imports are found',
  );
  assert.deepEqual(
    [...edges.keys()].map((module) => circleFrom(module, edges)).filter(Boolean),
    [],
  );
});

test('the shim opens files as bytes: a codec may be a module that is imported then', () => {
  // finding.py runs alone, and before any application.
  const wrong = sources(['.py'], ['src/workers/python/reeve_worker'])
    .filter((file) => !file.path.endsWith('/loading/finding.py'))
    .filter((file) => /\bopen\([^\n]*encoding=/.test(file.text));
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

/** `loading/application` for a file in a folder of the package. */
function moduleName(file: string, folder: string): string {
  return file.slice(folder.length).replace(/\.py$/, '');
}

/** The modules of its own package that a Python file imports, at its top or in a function. */
function importedModules({ path: file, text }: Source, folder: string): string[] {
  const own = path.dirname(moduleName(file, folder));
  return [...text.matchAll(/^ *from (\.+)([\w.]*) import ([\w, ]+|\([^)]*\))/gm)].flatMap(
    ([, dots = '', module = '', names = '']) => {
      const from = path.join(own, ...dots.slice(1).replaceAll('.', '../').split('/'));
      const inFrom = names.split(',').map((name) => /\w+/.exec(name)?.[0] ?? '');
      const found = path.join(from, module.replaceAll('.', '/'));
      // What stands behind `import` may be a module as well.
      return [found, ...inFrom.map((name) => path.join(found, name))];
    },
  );
}

/** The shortest way from a module back to itself, or ''. */
function circleFrom(start: string, edges: ReadonlyMap<string, readonly string[]>): string {
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
