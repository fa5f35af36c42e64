/** What an application leaves behind becomes the master's child, and must not stay one. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';
import { processInfo } from '../support/processes.ts';
import { until } from '../support/until.ts';

story('a process that outlives its worker leaves no zombie when it ends', async (place) => {
  const daemon = await place.start({ app: 'says_who', ini: 'log-level = debug' });
  const child = Number((await daemon.get('/child')).text);
  const [worker = 0] = daemon.workerPids();
  process.kill(worker, 'SIGKILL');
  await until("it is the master's", () => processInfo(child)?.parent === daemon.masterPid);
  process.kill(child, 'SIGKILL');
  await until('it is gone', () => processInfo(child) === undefined);
  assert.equal((await daemon.get('/')).status, 200);
});
