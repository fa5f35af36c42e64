/** The log is a pipe: what becomes of it and of those who write to it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { story } from '../support/place.ts';
import { isAlive } from '../support/processes.ts';

const NONBLOCKING = 0o4000;
/** The program, with its output into a pipe that `cat` reads. */
const intoPipe = ['bash', '-c', 'exec "$0" "$@" > >(exec cat) 2>&1'];

/** The same, with a reader that is stopped when there is room for no more line. */
const intoStoppedPipe = ['bash', '-c', 'exec "$0" "$@" > >(exec sleep 600) 2>&1'];

/** The flags of the description behind a descriptor; see proc_pid_fdinfo(5). */
function flagsOf(pid: number, fd: number): number {
  const text = fs.readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
  return parseInt(/^flags:\s*(\d+)$/m.exec(text)?.[1] ?? '', 8);
}

story('a pipe that workers print to is not made non-blocking', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'processes = 1', wrapper: intoPipe });
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await daemon.get('/')).status, 200);
  const [worker = 0] = daemon.workerPids();
  for (const pid of [daemon.masterPid, await daemon.pid('http 1'), worker]) {
    assert.match(fs.readlinkSync(`/proc/${pid}/fd/2`), /^pipe:/);
    for (const fd of [1, 2]) assert.equal(flagsOf(pid, fd) & NONBLOCKING, 0);
  }
});

story('a pipe that nobody reads holds up no request of ours, and no stop', async (place) => {
  const daemon = await place.start({
    app: 'raises',
    ini: 'processes = 1',
    wrapper: intoStoppedPipe,
    wait: 'nothing',
  });
  let pids: readonly number[] = [];
  try {
    await daemon.answers('it serves', ({ status }) => status === 500, { target: '/before' });
    pids = daemon.processes().map(({ pid }) => pid);
    // Each is a traceback and a line: more than any pipe holds.
    for (let count = 0; count < 200; count += 1) {
      assert.equal((await daemon.get('/before', { timeoutMs: 90_000 })).status, 500);
    }
    assert.equal((await daemon.stop()).code, 0);
  } finally {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL'); // The reader.
  }
});
