/**
 * The manual pages as they are printed: test/golden/manual/.
 *
 * Of the options only one of each section is kept: what they say stands in src/tables and is read
 * there, and two people who each add an option would otherwise meet here. `REEVE_GOLDEN=write`
 * writes the files anew; review the diff.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { optionsAs } from '../../src/cli/options.ts';
import { sections } from '../../src/tables/option.ts';
import { optionNames, optionOf } from '../../src/tables/options/options.ts';

const folder = path.join(import.meta.dirname, 'manual');
const kept = new Set(
  sections.map((section) => optionNames.find((name) => optionOf(name).section === section)),
);

for (const [file, format] of [
  ['reeve.1', 'man'],
  ['reeve.ini.5', 'man5'],
  ['reeve-systemd.7', 'man7'],
] as const) {
  test(`${file} is as it was`, () => {
    const text = withFewOptions(optionsAs(format, { version: '0.0.0', date: '2000-01-01' }));
    const place = path.join(folder, file);
    if (process.env['REEVE_GOLDEN'] === 'write') writeFileSync(place, text);
    assert.equal(text, readFileSync(place, 'utf8'), 'make golden writes it anew: review the diff');
  });
}

/** Without the items of the other options, between OPTIONS and the next heading. */
function withFewOptions(page: string): string {
  const [before = '', rest = ''] = page.split(/^(?=\.SH OPTIONS$)/m);
  const [options = '', ...after] = rest.split(/^(?=\.SH (?!OPTIONS))/m);
  const items = options.split(/^(?=\.TP$|\.SS )/m);
  return [before, ...items.filter(isKept), ...after].join('');
}

/** Headings stay, but that of what is always on, which reeve(1) names in one paragraph. */
function isKept(item: string): boolean {
  const [first = '', head = ''] = item.split('\n');
  if (first !== '.TP') return !first.includes('Always on');
  const [names = ''] = head
    .replaceAll(/\\f[BIR]/g, '')
    .replaceAll('\\-', '-')
    .split('=');
  const words = names.split(', ').map((word) => word.trim().replace(/^--/, ''));
  const name = optionNames.find((one) => words.includes(one));
  return name === undefined || kept.has(name);
}
