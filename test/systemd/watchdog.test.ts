/**
 * The watchdog: what is deaf is replaced, a blocked master is ended, a slow application is left.
 */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';
import { until } from '../support/until.ts';

machineStory('a gateway that is stopped is replaced before the watchdog ends', async (machine) => {
  machine.application('app');
  await machine.service('app', 'WatchdogSec=20\nRestart=on-failure');
  await machine.must('systemctl start app');
  const deaf = await machine.signal('app.service', 'http 1', 'SIGSTOP');
  await machine.journalSays(/the gateway has not answered/, '-u app', { timeoutMs: 40_000 });
  await until('another one serves', async () => {
    const [gateway] = machine.withRole('app.service', 'http 1');
    return gateway !== undefined && gateway.pid !== deaf && (await machine.get('/')).status === 200;
  });
  assert.equal(await machine.show('app', 'NRestarts'), '0');
  assert.equal(await machine.show('app', 'ActiveState'), 'active');
});

machineStory('a worker that is stopped costs its request only', async (machine) => {
  machine.application('app', { ini: 'harakiri = 2\n' });
  await machine.service('app', 'WatchdogSec=20\nRestart=on-failure');
  await machine.must('systemctl start app');
  await machine.signal('app.service', 'worker 1', 'SIGSTOP');
  assert.equal((await machine.get('/', { timeoutMs: 30_000 })).status, 504);
  await until('it serves again', async () => (await machine.get('/')).status === 200);
  assert.equal(await machine.show('app', 'NRestarts'), '0');
});

machineStory('a master that hangs is ended by the watchdog, and started again', async (machine) => {
  machine.application('app');
  await machine.service('app', 'WatchdogSec=4\nTimeoutAbortSec=5\nRestart=on-failure\nLimitCORE=0');
  await machine.must('systemctl start app');
  await machine.signal('app.service', 'master', 'SIGSTOP');
  await machine.says('systemctl show -P NRestarts app', /^[1-9]/, { timeoutMs: 40_000 });
  await machine.says('systemctl is-active app', /^active$/, { timeoutMs: 40_000 });
  await until('it serves again', async () => (await machine.get('/')).status === 200);
});
