/**
 * The documents say what was measured: the figures of test/bench/figures.json, all and unchanged.
 * And tables compare the right way round.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { inDocument, inReadme } from '../bench/markdown.ts';
import { cell, goalsOf, isBehind, textTable } from '../bench/report.ts';
import type { Report, Row } from '../bench/report.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const report: Report = JSON.parse(read('test/bench/figures.json'));

for (const [file, written] of [
  ['docs/performance.md', inDocument],
  ['README.md', inReadme],
] as const) {
  test(`${file} has the figures of the last run that was kept (make performance)`, () => {
    assert.equal(read(file), written(read(file), report));
  });
}

test('docs/performance.md has a section for each part of the run', () => {
  const text = read('docs/performance.md');
  const missing = report.parts.filter(({ name }) => !text.includes(`<!-- figures: ${name} -->`));
  assert.deepEqual(missing, []);
});

/** A row of two servers: 100 of Reeve beside so much of uWSGI. */
function beside(uwsgi: number, better: Row['better'], goal: number): Row {
  const figure = (value: number): NonNullable<Row['figures']['uwsgi']> => ({
    ...{ value, from: value, to: value },
  });
  return {
    ...{ part: 'kept', what: 'hello', unit: 'requests/s', better, goals: { uwsgi: goal } },
    figures: { reeve: figure(100), uwsgi: figure(uwsgi) },
  };
}

test('a ratio is a multiple of the peer, and a goal is a lower or an upper bound of it', () => {
  const seen = (row: Row): readonly unknown[] => [
    cell(row, 'uwsgi', [row]),
    goalsOf(row, [row])[0],
    isBehind(row, 'uwsgi', [row]),
  ];
  assert.deepEqual(seen(beside(200, 'more', 0.4)), ['200 (0.50 ×)', '≥ 0.4 × uWSGI: yes', true]);
  assert.deepEqual(seen(beside(200, 'more', 0.6)), ['200 (0.50 ×)', '≥ 0.6 × uWSGI: NO', true]);
  assert.deepEqual(seen(beside(200, 'less', 0.6)), ['200 (0.50 ×)', '≤ 0.6 × uWSGI: yes', false]);
  assert.deepEqual(seen(beside(50, 'less', 1.1)), ['50 (2.00 ×)', '≤ 1.1 × uWSGI: NO', true]);
  assert.deepEqual(seen(beside(105, 'more', 1)), ['105 (0.95 ×)', '≥ 1 × uWSGI: NO', false]);
});

test('a row may be compared with another one of its part', () => {
  const other = { ...beside(50, 'more', 1), what: 'the usual way' };
  const row = { ...beside(400, 'more', 1), beside: 'the usual way' };
  assert.equal(cell(row, 'uwsgi', [row, other]), '400 (2.00 ×)');
});

test('a run of some of the parts cannot become the documents', () => {
  const some: Report = { ...report, parts: report.parts.filter(({ name }) => name === 'kept') };
  assert.throws(() => inDocument(read('docs/performance.md'), some), /measure all/);
  const quiet = some.parts.map((part) => ({ ...part, others: 0 }));
  assert.throws(() => inReadme(read('README.md'), { ...some, parts: quiet }), /measure all/);
  assert.match(textTable(some), /hello, 16 connections/);
});

test('the README has figures of a quiet machine only', () => {
  const withOthers = (others: number): Report => ({
    ...report,
    parts: report.parts.map((part) => ({ ...part, others })),
  });
  const text = read('README.md');
  assert.equal(inReadme(text, withOthers(0.5)), text);
  const written = inReadme(text, withOthers(0.1));
  assert.match(written, /^\| Flask, 16 connections: requests\/s +\| .*\d.* \| .*\d.*¹\)/m);
  assert.equal(inReadme(written, withOthers(0.1)), written);
});
