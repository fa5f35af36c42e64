/** Which room may import which: the table of src/README.md, held; and no circle anywhere. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isNamed, roomOf, rooms } from '../support/rooms.ts';
import { importsOf, sources, target } from '../support/sources.ts';
import type { Import } from '../support/sources.ts';

/** What may be imported though it is no file of src: the only home of the version. */
const outside = new Set(['../../../package.json']);

/** Third parties and their only homes, as beginnings of paths in src. */
const homes: Readonly<Record<string, readonly string[]>> = {
  yargs: ['cli/'],
  pino: ['log/logger.ts'],
  'sd-notify': ['systemd/notify.ts'],
  koffi: ['base/foreign-functions.ts'],
  ini: ['manual/ini.ts'],
  yaml: ['config/reading/yaml.ts'],
  re2js: ['log/loggers/patterns.ts'],
  'jsonc-parser': ['config/reading/json.ts'],
  '@rgrove/parse-xml': ['config/reading/xml.ts'],
};

const table = rooms();
const rowOf = new Map(table.map((row) => [row.name, row]));
const files = sources(['.ts', '.py'], ['src']).map((file) => file.path);
const imports = sources(['.ts'], ['src']).flatMap(importsOf);
const ours = imports.filter(isRelative);

test('every room has its row in the table, and every row is a room', () => {
  assert.deepEqual(
    table.map((row) => row.name).toSorted(),
    [...new Set(files.map(roomOf))].toSorted(),
  );
});

test('no row of the table names a room above it, or what does not exist', () => {
  const wrong = table.flatMap((row, at) =>
    [...row.may, ...row.mayTypes].flatMap((name) => {
      const named = files.filter((file) => isNamed([name], file) && roomOf(file) !== row.name);
      const isBelow = (file: string): boolean =>
        table.findIndex((other) => other.name === roomOf(file)) > at;
      return named.length > 0 && named.every(isBelow) ? [] : [`${row.name} may import ${name}`];
    }),
  );
  assert.deepEqual(wrong, []);
});

test('a file imports only what its room may', () => {
  const wrong = new Set(ours.filter((one) => !isAllowed(one)).map(inRooms));
  assert.deepEqual([...wrong].toSorted(), []);
});

test('pure rooms import no node: module', () => {
  const wrong = imports.filter(
    (one) =>
      rowOf.get(roomOf(one.from))?.isPure === true &&
      one.what.startsWith('node:') &&
      one.what !== 'node:buffer' &&
      !one.isTypeOnly,
  );
  assert.deepEqual(wrong.map(inWords), []);
});

test('a third party is imported only in its home', () => {
  const wrong = imports.filter((one) => {
    if (one.what.startsWith('.') || one.what.startsWith('node:')) return false;
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(one.what)?.[0] ?? '';
    return !homes[name]?.some((home) => one.from.slice('src/'.length).startsWith(home));
  });
  assert.deepEqual(wrong.map(inWords), []);
});

test('imports of ours are written with .ts, those of Node with node:', () => {
  const wrong = ours.filter((one) => !one.what.endsWith('.ts'));
  assert.deepEqual(wrong.map(inWords), []);
});

test('no file imports itself through others, types included', () => {
  const edges = edgesBetween((file) => file);
  const circles = files.map((file) => circleFrom(file, edges)).filter((circle) => circle !== '');
  assert.deepEqual(circles, []);
});

test('no room imports itself through others, types included', () => {
  const edges = edgesBetween(roomOf);
  const circles = table.map(({ name }) => circleFrom(name, edges)).filter((way) => way !== '');
  assert.deepEqual(circles, []);
});

function isRelative(one: Import): boolean {
  return one.what.startsWith('.') && !outside.has(one.what);
}

function isAllowed(one: Import): boolean {
  const row = rowOf.get(roomOf(one.from));
  if (row === undefined) return false;
  return (
    roomOf(target(one)) === row.name ||
    isNamed(row.may, target(one)) ||
    (one.isTypeOnly && isNamed(row.mayTypes, target(one)))
  );
}

/** From the name of each importer to the names of what it imports. */
function edgesBetween(nameOf: (path: string) => string): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const one of ours) {
    const [from, to] = [nameOf(one.from), nameOf(target(one))];
    const isWithin = from === to && from !== one.from; // A room may import itself, a file not.
    if (!isWithin) edges.set(from, (edges.get(from) ?? new Set()).add(to));
  }
  return edges;
}

function inWords(one: Import): string {
  return `${one.from} imports ${one.isTypeOnly ? 'type ' : ''}${one.what}`;
}

function inRooms(one: Import): string {
  return `${roomOf(one.from)} ${one.isTypeOnly ? 'type ' : ''}${roomOf(target(one))}`;
}

/** The shortest way from a name back to itself, or ''. */
function circleFrom(start: string, edges: ReadonlyMap<string, ReadonlySet<string>>): string {
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
