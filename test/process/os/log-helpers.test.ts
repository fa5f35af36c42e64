/** What the master does with the helpers of its log when it ends. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { setPipeSize, unreadBytes } from '../../../src/base/descriptors.ts';
import { openPipe } from '../../../src/base/libc.ts';
import { LARGE_PIPE_BYTES } from '../../../src/log/line-writer.ts';
import { KeptChild } from '../../../src/master/children/kept-child.ts';
import { drainPipe } from '../../../src/master/children/log-writer.ts';
import { manualTimers } from '../../support/manual-timers.ts';
import { until } from '../../support/until.ts';
import { directory } from './harness.ts';

/** A pipe as large as that of the log, and a file. */
function pipeAndFile(t: TestContext) {
  const { readFd, writeFd } = openPipe();
  setPipeSize(writeFd, LARGE_PIPE_BYTES);
  const path = join(directory(t), 'log');
  const fileFd = openSync(path, 'a');
  t.after(() => [readFd, writeFd, fileFd].forEach((fd) => closeSync(fd)));
  return { readFd, writeFd, fileFd, path };
}

describe('what nobody has read of the log', () => {
  test('is written to the log', (t) => {
    const { readFd, writeFd, fileFd, path } = pipeAndFile(t);
    const text = 'a line\n'.repeat(20_000);
    writeSync(writeFd, text);
    drainPipe(readFd, fileFd);
    assert.equal(readFileSync(path, 'utf8'), text);
  });
  test('is no more than the pipe holds, where a process goes on writing', async (t) => {
    const { readFd, writeFd, fileFd, path } = pipeAndFile(t);
    const endless = spawn('yes', { stdio: ['ignore', writeFd, 'ignore'] });
    t.after(() => endless.kill('SIGKILL'));
    await until('the pipe is full', () => unreadBytes(readFd) >= LARGE_PIPE_BYTES / 2);
    drainPipe(readFd, fileFd);
    assert.ok(statSync(path).size <= LARGE_PIPE_BYTES);
  });
});

test('a helper that has ended is not started again once the master is ending', async (t) => {
  const lifeline = openPipe();
  t.after(() => [lifeline.readFd, lifeline.writeFd].forEach((fd) => closeSync(fd)));
  const timers = manualTimers();
  let [starts, ends] = [0, 0];
  const helper = new KeptChild({
    name: 'the helper',
    command: () => {
      starts += 1;
      const command = { command: 'true', arguments: [], cwd: '/' };
      const environment = { PATH: process.env['PATH'] ?? '' };
      return { ...command, environment, logFd: 2, lifelineFd: lifeline.readFd, fds: [] };
    },
    timers,
    mayWait: () => false,
    onProblem: () => {
      ends += 1;
    },
  });
  await until('it has ended', () => ends === 1);
  await helper.close();
  timers.pass(10_000);
  assert.equal(starts, 1);
});
