/** What an application finds in its environment, and what was meant for the master alone. */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';

const lines = [
  'WatchdogSec=60',
  'FileDescriptorStoreMax=4',
  'RuntimeDirectory=app',
  'StateDirectory=app',
  'LogsDirectory=app',
  'SetCredential=django:not-so-secret',
].join('\n');

machineStory("the application sees its directories and nothing of systemd's", async (machine) => {
  machine.application('app', {
    app: 'describes_process',
    ini: 'env = SECRET_KEY=credential:django\n',
  });
  await machine.service('app', lines);
  await machine.must('systemctl start app');
  const { env } = JSON.parse((await machine.get('/')).text);
  const seen = Object.keys(env);
  const meant = /^(NOTIFY_SOCKET|WATCHDOG_|LISTEN_(PID|FDS|FDNAMES)|FDSTORE|MEMORY_PRESSURE_)/;
  assert.deepEqual(
    seen.filter((name) => meant.test(name)),
    [],
  );
  assert.equal(env.RUNTIME_DIRECTORY, '/run/app');
  assert.equal(env.STATE_DIRECTORY, '/var/lib/app');
  assert.equal(env.LOGS_DIRECTORY, '/var/log/app');
  assert.ok(env.CREDENTIALS_DIRECTORY.startsWith('/run/credentials/'));
  assert.match(env.INVOCATION_ID, /^[0-9a-f]{32}$/);
  assert.equal(env.SECRET_KEY, 'not-so-secret');
});

machineStory('a credential that is not there is said, and ends with 66', async (machine) => {
  machine.application('app', { ini: 'env = KEY=credential:missing\n' });
  await machine.service('app');
  const { code } = await machine.run('systemctl start app');
  assert.notEqual(code, 0);
  assert.equal(await machine.show('app', 'ExecMainStatus'), '66');
  assert.match(await machine.show('app', 'StatusText'), /LoadCredential=missing/);
});
