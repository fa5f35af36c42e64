/** What a child is started with, and what is heard of it. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { openPipe } from '../../../src/base/libc.ts';
import type { ControlMessage } from '../../../src/master/children/control-stream.ts';
import { spawnChild } from '../../../src/master/children/spawn.ts';
import type { SpawnedChild } from '../../../src/master/children/spawn.ts';
import { directory } from './harness.ts';

interface Story {
  readonly child: SpawnedChild;
  readonly messages: ControlMessage[];
  readonly problems: string[];
  /** Resolves to code, signal, and how many messages had come by then. */
  readonly ended: Promise<readonly [number, number, number]>;
  readonly output: () => string;
}

/** Starts a child with two pipes handed to it, and keeps what it does. */
function tell(t: TestContext, command: string, words: string[], cwd = '/'): Story {
  const log = join(directory(t), 'log');
  const logFd = openSync(log, 'a');
  const lifeline = openPipe();
  const messages: ControlMessage[] = [];
  const problems: string[] = [];
  const { promise, resolve } = Promise.withResolvers<readonly [number, number, number]>();
  const fds = [lifeline.readFd, lifeline.writeFd];
  const environment = { PATH: process.env['PATH'] ?? '', GREETING: 'hello' };
  const child = spawnChild(
    { command, arguments: words, cwd, environment, logFd, lifelineFd: lifeline.readFd, fds },
    {
      onMessage: (message) => messages.push(message),
      onEnd: ({ code, signal }) => resolve([code, signal, messages.length]),
      onProblem: (sentence) => problems.push(sentence),
    },
  );
  t.after(() => {
    child.kill('SIGKILL');
    for (const fd of [logFd, ...fds]) closeSync(fd);
  });
  return { child, messages, problems, ended: promise, output: () => readFileSync(log, 'utf8') };
}

describe('a child', () => {
  test('has its own session, its environment, and just its descriptors', async (t) => {
    const script =
      'import os, stat; print(os.getsid(0) == os.getpid(), os.environ["GREETING"], ' +
      'os.path.realpath("/proc/self/fd/0"), [fd for fd in range(3, 9) if os.path.exists(f"/proc/self/fd/{fd}")], ' +
      'stat.S_ISSOCK(os.fstat(3).st_mode), os.get_blocking(3), os.path.sameopenfile(1, 2))';
    const story = tell(t, 'python3', ['-S', '-c', script]);
    assert.deepEqual(await story.ended, [0, -1, 0]);
    assert.equal(story.output(), 'True hello /dev/null [3, 4, 5, 6] True True True\n');
  });

  test('is told messages and answers; all it said is heard before its end', async (t) => {
    const script =
      'read line <&3; i=0; while [ $i -lt 2000 ]; do echo "$line" >&3; i=$((i+1)); done';
    const story = tell(t, 'sh', ['-c', `${script}; exit 22`]);
    story.child.send({ type: 'settings', generation: 7 });
    assert.deepEqual(await story.ended, [22, -1, 2000]);
    assert.deepEqual(story.messages[1999], { type: 'settings', generation: 7 });
  });

  test('that is killed says by which signal', async (t) => {
    const story = tell(t, 'sh', ['-c', 'kill -9 $$']);
    assert.deepEqual(await story.ended, [-1, 9, 0]);
  });

  test('that cannot be started ends with 127 and a reason', async (t) => {
    const missing = tell(t, '/no/such/program', []);
    assert.deepEqual(await missing.ended, [127, -1, 0]);
    assert.deepEqual(missing.problems, ['cannot run /no/such/program: there is no such program']);
    const nowhere = tell(t, 'sh', [], '/no/such/directory');
    assert.deepEqual(await nowhere.ended, [127, -1, 0]);
    assert.deepEqual(nowhere.problems, [
      'cannot run sh in the directory /no/such/directory: there is no such file or directory',
    ]);
  });

  test('that sends nonsense, or a line without end, is complained of once for each', async (t) => {
    const story = tell(t, 'sh', [
      '-c',
      `echo nonsense >&3; head -c 3000000 /dev/zero >&3; echo >&3; echo '{"type":"x"}' >&3`,
    ]);
    assert.deepEqual(await story.ended, [0, -1, 1]);
    assert.deepEqual(story.problems, [
      'sent a line that is no message: nonsense',
      'sent a line longer than 1048576 bytes; it is skipped',
    ]);
  });

  test('may be sent messages after its end', async (t) => {
    const story = tell(t, 'true', []);
    await story.ended;
    story.child.send({ type: 'exit' });
    story.child.hangUp();
    story.child.kill('SIGKILL');
  });
});
