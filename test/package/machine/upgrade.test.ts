/** Another version of the package, while instances serve. */

import assert from 'node:assert/strict';

import { allRun, instances, startInstances, underLoad } from '../../support/package-instances.ts';
import { install, packageStory, versionOf } from '../../support/package-story.ts';
import { currentVersion, laterVersion, packageFiles } from '../../support/packages.ts';
import { until } from '../../support/until.ts';

packageStory('an upgrade and a downgrade under load lose no request', async (machine) => {
  await install(machine, 'current');
  await startInstances(machine);
  let said = '';
  await underLoad(machine, async () => {
    said = await install(machine, 'later');
  });
  for (const name of instances) {
    const done = `reeve: ${name}: restarted, Reeve ${laterVersion} serves in place of `;
    assert.ok(said.includes(done), said);
  }
  await allRun(machine, laterVersion);
  const code = await machine.must('ls /usr/lib/reeve/kept');
  assert.doesNotMatch(code, new RegExp(currentVersion), 'nobody runs the old code any more');
  await underLoad(machine, async () => {
    await install(machine, 'current');
  });
  await allRun(machine, currentVersion);
  const pid = await machine.show('reeve@kept', 'MainPID');
  await machine.must(`dpkg -i /packages/${packageFiles.current}`);
  assert.equal(await machine.show('reeve@kept', 'MainPID'), pid, 'the same again restarts nobody');
});

packageStory('what dies between unpack and configure is replaced by old code', async (machine) => {
  await install(machine, 'current');
  await startInstances(machine);
  await machine.must(`dpkg --unpack /packages/${packageFiles.later}`);
  for (const role of ['worker 1', 'http 1', 'spawner']) {
    const pid = await machine.signal('reeve@kept.service', role, 'SIGKILL');
    await until(`another than ${role} ${pid} is there`, async () => {
      const kind = role.replace(/ \d+$/, '');
      const others = machine.withRole('reeve@kept.service', kind).map((info) => info.pid);
      const { status } = await machine.get('/');
      return others.length > 0 && !others.includes(pid) && status === 200;
    });
  }
  assert.equal(await versionOf(machine, 'reeve@kept'), currentVersion);
  // A crash of the master does not come back half upgraded, nor does one that starts now.
  const master = await machine.signal('reeve@socket.service', 'master', 'SIGKILL');
  await until('its successor serves', async () => {
    const now = machine.withRole('reeve@socket.service', 'master').map((info) => info.pid);
    const state = await machine.show('reeve@socket', 'ActiveState');
    return now.length === 1 && !now.includes(master) && state === 'active';
  });
  assert.equal(await versionOf(machine, 'reeve@socket'), currentVersion);
  machine.application('new', { isUnheard: true, ini: 'http = 127.0.0.1:0' });
  await machine.must('systemctl start reeve@new');
  assert.equal(await versionOf(machine, 'reeve@new'), currentVersion);
  await underLoad(machine, async () => {
    await machine.must('dpkg --configure reeve');
  });
  await allRun(machine, laterVersion);
  assert.equal(await versionOf(machine, 'reeve@new'), laterVersion);
});
