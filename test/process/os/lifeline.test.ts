/** No process outlives the master: the lifeline. */
import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { test } from 'node:test';

import { openPipe } from '../../../src/base/libc.ts';
import { run, says } from './harness.ts';

const armed = `
  import { writeSync } from 'node:fs';
  import { armLifeline } from '$src/base/libc.ts';
  armLifeline(3);
  writeSync(1, 'armed');
  for (;;);
`;

test('a process that never comes up for air is killed when the last writer has gone', async (t) => {
  const { readFd, writeFd } = openPipe();
  const first = run(t, armed, { fds: [readFd] });
  const second = run(t, armed, { fds: [readFd] });
  await says(first, 'armed');
  await says(second, 'armed');
  closeSync(writeFd);
  assert.deepEqual(await Promise.all([first.ended, second.ended]), ['SIGKILL', 'SIGKILL']);
  closeSync(readFd);
});

test('a process that arms it too late ends at once', async (t) => {
  const { readFd, writeFd } = openPipe();
  closeSync(writeFd);
  const late = run(t, armed, { fds: [readFd] });
  assert.equal(await late.ended, 'SIGKILL');
  assert.equal(late.output(), '');
  closeSync(readFd);
});
