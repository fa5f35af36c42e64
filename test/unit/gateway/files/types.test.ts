/** Content types by the extension of a file: the operator's tables, and those of mime-db. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { contentTypes } from '../../../../src/gateway/files/types.ts';
import { mimeTable } from '../../../../packaging/mime-table.ts';

test("the operator's tables of types count before ours, the first before the second", () => {
  const typeOf = contentTypes(['text/one css\n# text/no x\n', 'text/two css x  y\n']);
  const types = ['a.css', 'a.x', 'a.Y', 'a.js', 'a'].map((name) => typeOf(name));
  const unknown = 'application/octet-stream';
  assert.deepEqual(types, ['text/one', 'text/two', 'text/two', 'text/javascript', unknown]);
});

test('the table of mime-db has one type for each extension, the registered one', () => {
  const table = mimeTable();
  const typeOf = contentTypes([table]);
  const types = ['a.epub', 'a.docx', 'a.mp4', 'a.ico', 'a.rtf'].map((name) => typeOf(name));
  assert.deepEqual(types, [
    'application/epub+zip',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'video/mp4',
    'image/vnd.microsoft.icon',
    'text/rtf',
  ]);
  const extensions = table.split('\n').flatMap((line) => line.split(' ').slice(1));
  assert.equal(new Set(extensions).size, extensions.length);
});
