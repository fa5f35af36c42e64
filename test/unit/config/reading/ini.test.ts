/** How the text of an ini file is cut, where the eye is easily deceived. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readIni } from '../../../../src/config/reading/ini.ts';

/** `LINE [SECTION] NAME=<VALUE>` for each line that counts. */
function cut(text: string): readonly string[] {
  return readIni(text).flatMap((section) =>
    section.lines.map(({ line, name, value }) => `${line} [${section.name}] ${name}=<${value}>`),
  );
}

test('line ends of another system, and none at the end', () => {
  assert.deepEqual(cut('[uwsgi]\r\na = 1\r\n\r\nb = 2'), ['2 [uwsgi] a=<1>', '4 [uwsgi] b=<2>']);
});

test('only the first sign separates, and blanks count only inside', () => {
  assert.deepEqual(cut('a=b = c=\n\tsome  key\t =  x  y  '), [
    '1 [] a=<b = c=>',
    '2 [] some  key=<x  y>',
  ]);
});

test('a comment is a whole line', () => {
  assert.deepEqual(cut('; a = 1\n  # b = 2\nc = 3 ; kept # too\n'), ['3 [] c=<3 ; kept # too>']);
});

test('nothing is quoted, escaped or continued', () => {
  assert.deepEqual(cut('a = "x\nb = y\\\nc = \\"'), [
    '1 [] a=<"x>',
    '2 [] b=<y\\>',
    '3 [] c=<\\">',
  ]);
});

test('a name without a sign has an empty value', () => {
  assert.deepEqual(cut('master\nvacuum ='), ['1 [] master=<>', '2 [] vacuum=<>']);
});

test('a section loses its last character, whatever it is, and may come again', () => {
  assert.deepEqual(cut('[one]\na=1\n[two\nb=2\n [one]\nc=3'), [
    '2 [one] a=<1>',
    '4 [tw] b=<2>',
    '6 [one] c=<3>',
  ]);
});
