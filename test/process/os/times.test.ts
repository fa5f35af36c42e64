/** Times as strftime(3) writes them: the expected texts are those of the C library, by Python. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { strftime } from '../../../src/log/log-times.ts';

const everyField = [...'aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYz%'].map((letter) => `%${letter}`);
const flagged = [
  '%-d',
  '%_d',
  '%0e',
  '%^a',
  '%10Y',
  '%Ey',
  '%Od',
  '%-j %-H',
  '%',
  '%Q',
  'a%%b%%%d',
];

test('every field is as the C library writes it, on the odd days of every year', () => {
  const days = [2000, 2004, 2015, 2016, 2020, 2021, 2024, 2026, 2027, 2028].flatMap((year) =>
    ['01-01', '01-02', '01-04', '02-29', '06-07', '12-28', '12-30', '12-31'].map((day, index) =>
      Math.floor(
        Date.parse(`${year}-${day}T${String((index * 5) % 24).padStart(2, '0')}:09:08Z`) / 1000,
      ),
    ),
  );
  const formats = [...everyField, ...flagged, '%d/%b/%Y:%H:%M:%S %z', '%Y-%m-%d %H:%M:%S,000'];
  const program =
    'import sys, json, time; days, formats = json.load(sys.stdin); ' +
    'print(json.dumps([[time.strftime(f, time.localtime(d)) for f in formats] for d in days]))';
  const input = JSON.stringify([days, formats]);
  const printed = execFileSync('python3', ['-c', program], {
    input,
    env: { ...process.env, LC_ALL: 'C' },
  });
  const expected: string[][] = JSON.parse(String(printed));
  days.forEach((day, at) => {
    const written = formats.map((format) => strftime(format, new Date(day * 1000)));
    assert.deepEqual(written, expected[at], new Date(day * 1000).toISOString());
  });
});
