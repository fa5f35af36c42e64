/** A stop waits for what runs, as long as mercy lasts. */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';

machineStory('a request of 10 s is finished although TimeoutStopSec is 5', async (machine) => {
  machine.application('app', { app: 'sleeps', ini: 'worker-reload-mercy = 30\n' });
  await machine.service('app', 'TimeoutStopSec=5');
  await machine.must('systemctl start app');
  const slow = machine.get('/?10', { timeoutMs: 90_000 });
  await machine.says('systemctl show -P StatusText app', /1 busy/);
  await machine.must('systemctl stop app');
  assert.equal((await slow).status, 200);
  assert.equal(await machine.show('app', 'Result'), 'success');
});

machineStory('a request of 60 s is cut when its mercy ends', async (machine) => {
  machine.application('app', { app: 'sleeps', ini: 'worker-reload-mercy = 8\n' });
  await machine.service('app', 'TimeoutStopSec=5');
  await machine.must('systemctl start app');
  const slow = machine.get('/?60', { timeoutMs: 50_000 }).then(
    (answer) => answer.status,
    () => 'cut',
  );
  await machine.says('systemctl show -P StatusText app', /1 busy/);
  await machine.must('systemctl stop app', { timeoutMs: 90_000 });
  assert.notEqual(await slow, 200);
  assert.equal(await machine.show('app', 'Result'), 'success');
  await machine.journalSays(/worker 1 is still busy after 8 s/, '-u app');
});
