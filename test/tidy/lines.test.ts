/**
 * Limits that serve reading: every file says first what it is for; no file, room or line is too
 * long; nothing is left for later. How long a function may be is a rule of .oxlintrc.json, and of
 * python.test.ts for Python.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { roomOf } from '../support/rooms.ts';
import { sources, withoutTexts } from '../support/sources.ts';

/** Prettier breaks code there; what it cannot break, a text or a pattern, does not count. */
const COLUMNS = 100;
/** A file is one thing; what is longer is two. */
const LINES = 350;
/** Tests are read one case at a time. */
const TEST_LINES = 420;
/** So many files in a folder are found without a search. */
const FILES_IN_ROOM = 15;
/** Files with a wider comment. */
const wider: Readonly<Record<string, number>> = {
  'src/config/changes.ts': 106,
  'src/tables/uwsgi/uwsgi.ts': 101,
};
/** What a sandbox hides, or not, are homes, and where tutorials put their projects. */
const aboutHomes =
  /^(docs\/tutorials|src\/units|systemd|test\/systemd|test\/unit\/units|test\/golden\/units|test\/support\/machine)/;
const code = ['.ts', '.py', '.sh'];
const all = [...code, '.md', '.ini', '.service', '.socket', '.json', 'Makefile'];

test('every file of code begins with a comment', () => {
  const wrong = sources(code).filter(
    (file) => !/^(#!.*\n)?(\/\*\*|"""|# )/.test(file.text) && file.text.trim() !== '',
  );
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

test(`no line of code is longer than ${COLUMNS} columns`, () => {
  const wrong = sources(code).flatMap((file) =>
    file.text
      .split('\n')
      .flatMap((line, at) =>
        columns(line) > (wider[file.path] ?? COLUMNS) ? [`${file.path}:${at + 1}`] : [],
      ),
  );
  assert.deepEqual(wrong, []);
});

test(`no file of code is longer than ${LINES} lines; tables of options may be`, () => {
  const wrong = sources(code)
    .filter((file) => !file.path.startsWith('src/tables/'))
    .map((file) => [file.path, file.text.split('\n').length - 1] as const)
    .filter(([path, lines]) => lines > (path.startsWith('test/') ? TEST_LINES : LINES));
  assert.deepEqual(wrong, []);
});

test(`no room of src has more than ${FILES_IN_ROOM} files`, () => {
  const counts = new Map<string, number>();
  for (const { path } of sources(code, ['src'])) {
    counts.set(roomOf(path), (counts.get(roomOf(path)) ?? 0) + 1);
  }
  const full = [...counts].filter(([, files]) => files > FILES_IN_ROOM);
  assert.deepEqual(full, []);
});

test('nothing is left for later', () => {
  const later = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);
  assert.deepEqual(
    sources(all)
      .filter((file) => later.test(file.text))
      .map((file) => file.path),
    [],
  );
});

test('no file holds both sides of a merge', () => {
  // The formatter turns the marks into a quotation and a heading, so they need not begin a line.
  const marks = new RegExp(
    `^[ \\\\]*(${'<'.repeat(7)}|${'='.repeat(7)}$)|(> ?){7} ?[0-9a-f]{7}`,
    'm',
  );
  assert.deepEqual(
    sources([...all, '.case']).flatMap(({ path, text }) => (marks.test(text) ? [path] : [])),
    [],
  );
});

test('no file names a directory of the machine on which it was written', () => {
  const places = new RegExp(
    ['"', "'", '`', ' ', '='].map((before) => `${before}/(root|home|wo${''}rk)/`).join('|'),
  );
  const wrong = sources([...all, '.case']).filter(
    (file) =>
      places.test(file.text) && !file.path.startsWith('package') && !aboutHomes.test(file.path),
  );
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

/** How wide a line is; comments count as they stand, code without what cannot be broken. */
function columns(line: string): number {
  const isComment = /^\s*(\*|\/[/*]|#|""")/.test(line);
  const code = isComment
    ? line
    : withoutTexts(line).replace(/(^|[\s(,])\/(?:[^/\\]|\\.)+\/\w*/g, '$1//');
  return Array.from(code).length;
}
