/** What a control socket says, which is its user's, on a terminal of root. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readAnswer } from '../../../../src/cli/instances/read-answer.ts';
import { visible } from '../../../../src/cli/process/visible.ts';

const instance = { name: 'blog', pid: 12, version: '0.1.0', files: ['/etc/reeve/blog.ini'] };
const answer = { ok: true, exitCode: 0, sentence: 'reloaded', instance };
const read = (parts: object): unknown =>
  readAnswer(JSON.stringify({ ...answer, instance: { ...instance, ...parts } }));

test('an answer as a daemon gives it', () => {
  assert.deepEqual(readAnswer(JSON.stringify(answer)), answer);
});

test('an instance that is none is no answer of Reeve', () => {
  for (const parts of [
    { name: 7 },
    { name: 'blog\nreeve: all is well' },
    { version: null },
    { version: '0'.repeat(2_000) },
    { pid: '12' },
    { pid: 1.5 },
    { pid: -1 },
    { files: 'none' },
    { files: [1] },
  ]) {
    assert.equal(read(parts), undefined, JSON.stringify(parts));
  }
  assert.equal(readAnswer(JSON.stringify({ ...answer, instance: null })), undefined);
  assert.equal(readAnswer('HTTP/1.1 400 Bad Request'), undefined);
});

test('what a terminal would obey is shown, in every field', () => {
  const shown = readAnswer(JSON.stringify({ ...answer, sentence: 'a\u{1b}[2Jb\u{9b}c\rd' }));
  assert.equal(shown?.sentence, 'a\\x1b[2Jb\\x9bc\\x0dd');
  assert.deepEqual(read({ name: '\u{7}blog' }), {
    ...answer,
    instance: { ...instance, name: '\\x07blog' },
  });
  assert.equal(
    visible('ends\n\tof lines, ümläuts, \u{202e}sdrawkcab'),
    'ends\n\tof lines, ümläuts, \\u202esdrawkcab',
  );
});
