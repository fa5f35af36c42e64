/** Upgrades that do not get through leave running daemons. */

import assert from 'node:assert/strict';

import { allRun, startInstances, underLoad } from '../../support/package-instances.ts';
import { install, packageStory, versionOf } from '../../support/package-story.ts';
import { currentVersion, laterVersion, packageFiles } from '../../support/packages.ts';
import { until } from '../../support/until.ts';

packageStory('an ini that the new version refuses keeps the old one running', async (machine) => {
  await install(machine, 'current');
  await startInstances(machine);
  const text = machine.read('/etc/reeve/kept.ini');
  const pid = await machine.show('reeve@kept', 'MainPID');
  machine.write('/etc/reeve/kept.ini', `${text}processes = many\n`);
  const said = await install(machine, 'later');
  assert.match(said, /reeve: \/etc\/reeve\/kept.ini:\d+: error: processes .*"many"/);
  assert.match(
    said,
    /reeve@kept \(pid \d+\): not restarted, it serves on with .*systemctl restart/,
  );
  assert.equal(await machine.must("dpkg-query -W -f '${Status}' reeve"), 'install ok installed');
  assert.equal(await machine.show('reeve@kept', 'MainPID'), pid);
  assert.equal(await versionOf(machine, 'reeve@kept'), currentVersion);
  assert.equal(await versionOf(machine, 'reeve@socket'), laterVersion);
  // Its code is still there: what dies comes back from it.
  for (const role of ['worker 1', 'http 1']) {
    await machine.signal('reeve@kept.service', role, 'SIGKILL');
    await until('it serves', async () => (await machine.get('/')).status === 200);
  }
  machine.write('/etc/reeve/kept.ini', text);
  await underLoad(machine, async () => {
    await machine.must('systemctl restart reeve@kept');
  });
  await allRun(machine, laterVersion);
});

packageStory('an upgrade that fails leaves a running daemon', async (machine) => {
  await install(machine, 'current');
  await startInstances(machine);
  const pid = await machine.show('reeve@kept', 'MainPID');
  await underLoad(machine, async () => {
    const refused = await machine.run(`dpkg -i /packages/${packageFiles.refusing}`);
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /broken on purpose/);
  });
  assert.equal(await machine.must("dpkg-query -W -f '${Status}' reeve"), 'install ok installed');
  await allRun(machine, currentVersion);
  assert.equal(await machine.show('reeve@kept', 'MainPID'), pid);
  await underLoad(machine, async () => {
    const failed = await machine.run(`dpkg -i /packages/${packageFiles.failing}`);
    assert.notEqual(failed.code, 0);
  });
  assert.match(await machine.must("dpkg-query -W -f '${Status}' reeve"), /half-configured$/);
  await machine.must('systemctl restart reeve@kept');
  assert.equal((await machine.get('/')).status, 200);
  await underLoad(machine, async () => {
    await install(machine, 'later');
  });
  await allRun(machine, laterVersion);
});
