/**
 * Writes the figures of a run into docs/performance.md, those of a quiet machine into README.md
 * too: `document.ts FILE`, where the file is what `main.ts --json=FILE` has written. It is kept as
 * test/bench/figures.json, so that a test can tell that the documents say what was measured.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { inDocument, inReadme, isQuiet } from './markdown.ts';
import type { Report } from './report.ts';

const root = resolve(import.meta.dirname, '../..');
const [source = join(import.meta.dirname, 'figures.json')] = process.argv.slice(2);
const kept = join(import.meta.dirname, 'figures.json');

const report: Report = JSON.parse(readFileSync(source, 'utf8'));
for (const [file, written] of [
  ['docs/performance.md', inDocument],
  ['README.md', inReadme],
] as const) {
  const path = join(root, file);
  writeFileSync(path, written(readFileSync(path, 'utf8'), report));
}
if (resolve(source) !== kept) copyFileSync(source, kept);
console.log('docs/performance.md has the figures of', report.when);
console.log(
  isQuiet(report)
    ? 'README.md has them too'
    : 'README.md is left as it was: other programs used too much of the machine',
);
