/** Every file is used: reachable from an entry, or named where it is. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { importsOf, sources, target } from '../support/sources.ts';

const entries = [
  'src/main.ts',
  'src/gateway/main.ts',
  'src/log/writer/main.ts',
  'src/page/main.ts',
];

test('every TypeScript file of src is reachable from the entry of a process', () => {
  const files = sources(['.ts'], ['src']);
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const file = byPath.get(next);
    if (file === undefined || reached.has(next)) continue;
    reached.add(next);
    waiting.push(
      ...importsOf(file)
        .filter((one) => one.what.startsWith('.'))
        .map(target),
    );
  }
  assert.deepEqual(
    [...byPath.keys()].filter((name) => !reached.has(name)),
    [],
  );
});

test('every Python file of the workers is named by another file', () => {
  const all = sources(['.py', '.ts'], ['src']);
  const wrong = all
    .filter((file) => file.path.endsWith('.py') && !/__(init|main)__\.py$/.test(file.path))
    .filter((file) => {
      const module = path.basename(file.path, '.py');
      const name = new RegExp(`\\b${module}\\b`);
      return !all.some((other) => other.path !== file.path && name.test(other.text));
    });
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

test('every support file and every test application is named by a test', () => {
  const all = sources(['.ts', '.py', 'Makefile', '.md'], ['test', '.']);
  const wrong = sources(['.ts', '.py'], ['test/support', 'test/apps']).filter((file) => {
    const name = path.basename(file.path).replace(/\.\w+$/, '');
    return !all.some((other) => other.path !== file.path && other.text.includes(name));
  });
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});
