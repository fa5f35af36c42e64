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
  await machine.journalSays(/the gateway has not answered/, '-u app', { timeoutMs: 90_000 });
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
  assert.equal((await machine.get('/', { timeoutMs: 90_000 })).status, 504);
  await until('it serves again', async () => (await machine.get('/')).status === 200);
  assert.equal(await machine.show('app', 'NRestarts'), '0');
});

machineStory('a master that hangs is ended by the watchdog, and started again', async (machine) => {
  machine.application('app');
  await machine.service(
    'app',
    'WatchdogSec=10\nTimeoutAbortSec=5\nRestart=on-failure\nLimitCORE=0',
  );
  await machine.must('systemctl start app');
  await machine.signal('app.service', 'master', 'SIGSTOP');
  await machine.says('systemctl show -P NRestarts app', /^[1-9]/, { timeoutMs: 90_000 });
  await machine.says('systemctl is-active app', /^active$/, { timeoutMs: 90_000 });
  await until('it serves again', async () => (await machine.get('/')).status === 200);
});

machineStory(
  'a spawner that is stopped is replaced without a restart, also where the code is broken by now',
  async (machine) => {
    machine.application('app', { ini: 'processes = 2\n' });
    const good = machine.read('/srv/app/app.py');
    await machine.service('app', 'WatchdogSec=20\nRestart=on-failure');
    await machine.must('systemctl start app');
    const statusSays = (pattern: RegExp): Promise<string> =>
      machine.says('systemctl show -P StatusText app', pattern, { timeoutMs: 60_000 });
    const isFed = async (): Promise<void> => {
      const before = await machine.show('app', 'WatchdogTimestampMonotonic');
      const now = (): Promise<string> => machine.show('app', 'WatchdogTimestampMonotonic');
      const limit = { timeoutMs: 90_000 };
      await until('the watchdog is fed', async () => (await now()) !== before, limit);
    };
    await machine.signal('app.service', 'spawner', 'SIGSTOP');
    await statusSays(/^serving: .*; no worker can be replaced: the spawner has not answered for/);
    await statusSays(/^serving: 2 workers, [^;]*$/);
    const dead = await machine.signal('app.service', 'worker 1', 'SIGKILL');
    await until('a worker is replaced', () => {
      const workers = machine.withRole('app.service', 'worker').map(({ pid }) => pid);
      return workers.length === 2 && !workers.includes(dead);
    });

    // Again, and what it would be replaced by does not load. Those that serve are all that is left.
    machine.write('/srv/app/app.py', 'raise ValueError("broken")\n');
    await machine.signal('app.service', 'spawner', 'SIGSTOP');
    await statusSays(/no spawner for \d+ s, as the application does not load any more/);
    assert.equal((await machine.get('/')).status, 200);
    await isFed();
    machine.write('/srv/app/app.py', good);
    await machine.must('systemctl kill --signal=HUP --kill-whom=main app');
    await statusSays(/^serving: 2 workers, [^;]*$/);
    assert.equal(await machine.show('app', 'NRestarts'), '0');
  },
  // What systemd does about it is the same in both.
  { suites: ['bookworm'], timeoutMs: 180_000 },
);
