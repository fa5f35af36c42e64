/** That a unit is started means that the application answers. */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';

machineStory('`systemctl start` returns when the application answers', async (machine) => {
  machine.application('app', { app: 'hello' });
  await machine.service('app');
  await machine.must('systemctl start app');
  assert.equal((await machine.get('/')).status, 200);
  assert.equal(await machine.show('app', 'ActiveState'), 'active');
});
