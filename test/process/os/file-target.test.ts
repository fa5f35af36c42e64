/** A log file that the log writer writes to and rotates. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { createClocks } from '../../../src/base/clock.ts';
import { FileTarget } from '../../../src/log/writer/file-target.ts';
import { directory } from './harness.ts';

/** More reports than this are no reports any more, but a loop. */
const REPORTS_MAX = 10;

/** A file each of whose reports is a line of the same file, as it is in the log of the master. */
function reportingFile(t: TestContext, maxBytes: number) {
  const path = join(directory(t), 'log');
  let reports = 0;
  const target: FileTarget = new FileTarget({
    path,
    fd: undefined,
    maxBytes,
    backupName: '',
    mode: undefined,
    clocks: createClocks(),
    reporter: {
      problem: (sentence) => assert.fail(sentence),
      rotated: (file, backup, bytes) => {
        reports += 1;
        const sentence = `the log ${file} (${bytes} bytes) was rotated to ${backup}`;
        // It goes to the master and comes back.
        const write = (): void => target.write(Buffer.from(`${sentence}\n`));
        if (reports <= REPORTS_MAX) queueMicrotask(write);
      },
    },
  });
  return {
    target,
    reports: () => reports,
    files: () => readdirSync(join(path, '..')).length,
    text: () => readFileSync(path, 'utf8'),
  };
}

describe('a log file with a largest size', () => {
  test('that is small is rotated without a report, which would have it rotated again', async (t) => {
    const { target, reports, files, text } = reportingFile(t, 100);
    for (const word of ['one', 'two', 'three']) target.write(Buffer.from(`${word.repeat(20)}\n`));
    await target.flush();
    assert.equal(text(), `${'three'.repeat(20)}\n`);
    assert.deepEqual([reports(), files()], [0, 3]);
  });
  test('that is small is rotated with one report where an operator asks for it', async (t) => {
    const { target, reports, files } = reportingFile(t, 100);
    target.write(Buffer.from('a line\n'));
    await target.flush();
    target.rotate();
    await target.flush();
    assert.deepEqual([reports(), files()], [1, 2]);
  });
  test('is rotated with a report for each time', async (t) => {
    const { target, reports, files } = reportingFile(t, 8_192);
    for (const word of ['a', 'b', 'c']) target.write(Buffer.from(`${word.repeat(5_000)}\n`));
    await target.flush();
    assert.deepEqual([reports(), files()], [2, 3]);
  });
});

test('logfile-chmod changes only files', (t) => {
  const path = join(directory(t), 'fifo');
  execFileSync('mkfifo', ['-m', '600', path]);
  const reader = openSync(path, 'r+');
  t.after(() => closeSync(reader));
  const reporter = { problem: assert.fail, rotated: assert.fail };
  const parts = { path, fd: undefined, maxBytes: 0, backupName: '', clocks: createClocks() };
  new FileTarget({ ...parts, mode: 0o644, reporter });
  assert.equal(statSync(path).mode & 0o777, 0o600);
});
