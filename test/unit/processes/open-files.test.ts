/** What the kernel tells of the open files of a process. */

import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';

import { openFilesOf, readLimit } from '../../../src/processes/open-files.ts';

test('the soft limit', () => {
  const head = 'Limit                     Soft Limit           Hard Limit           Units     \n';
  const line = (soft: string): string =>
    `${head}Max open files            ${soft}  4096   files \n`;
  assert.equal(readLimit(line('1024')), 1024);
  assert.equal(readLimit(line('unlimited')), undefined);
  assert.equal(readLimit(''), undefined);
});

test('of this process, with what it has opened', () => {
  const before = openFilesOf(process.pid);
  const opened = [1, 2, 3, 4].map(() => openSync('/dev/null', 'r'));
  const after = openFilesOf(process.pid);
  for (const fd of opened) closeSync(fd);
  assert.ok(before !== undefined && after !== undefined);
  assert.ok(after.open >= before.open + opened.length - 1);
  assert.ok(after.limit >= after.open);
  assert.equal(openFilesOf(0), undefined);
});
