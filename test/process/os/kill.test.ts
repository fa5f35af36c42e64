/** The kill of a process that another one waits for: only of a child of its parents. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { killChildOf } from '../../../src/master/children/kill.ts';
import { isAlive } from '../../support/processes.ts';
import { until } from '../../support/until.ts';

/** A shell that waits for its child, and the pid of that child. */
async function startFamily(): Promise<{ parent: number; child: number; exited: Promise<unknown> }> {
  const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; wait $!; read line'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = once(shell, 'exit');
  const [line] = await once(shell.stdout, 'data');
  return { parent: shell.pid ?? 0, child: Number(String(line)), exited };
}

test('a child of one of the parents is killed, and no other process', async () => {
  const { parent, child, exited } = await startFamily();
  try {
    assert.equal(killChildOf([process.pid, undefined], child), false);
    assert.equal(isAlive(child), true);
    assert.equal(killChildOf([undefined, parent, process.pid], child), true);
    await until('it has ended', () => !isAlive(child));
    await until('no process is hit where it was', () => !killChildOf([parent], child));
  } finally {
    if (isAlive(child)) process.kill(child, 'SIGKILL');
    process.kill(parent, 'SIGKILL');
    await exited;
  }
});
