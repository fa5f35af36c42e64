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

packageStory(
  'without room for its copy an upgrade fails, and the old one serves on',
  async (machine) => {
    await install(machine, 'current');
    machine.application('app');
    await machine.must('systemctl start reeve@app');
    const kept = '/usr/lib/reeve/kept';
    const size = Number((await machine.must(`du -sm ${kept}`)).split('\t')[0]) + 5;
    // A file system that has room for one version.
    await machine.must(
      `cp -a ${kept} /run/kept.old && mount -t tmpfs -o size=${size}m none ${kept} && ` +
        `cp -a /run/kept.old/. ${kept} && rm -r /run/kept.old`,
    );
    const full = await machine.run(`dpkg -i /packages/${packageFiles.later} 2>&1`);
    assert.notEqual(full.code, 0);
    const sentences = full.output.split('\n').filter((line) => /^(?:reeve|cp|rm|mv):/.test(line));
    assert.equal(sentences.length, 1, full.output);
    assert.match(
      sentences[0] ?? '',
      /no whole copy .*\(No space left on device\); Reeve 0\S+ stays in use; .*dpkg --configure -a$/,
    );
    assert.ok(!machine.exists(`${kept}/new`));
    assert.match(await machine.must("dpkg-query -W -f '${Status}' reeve"), /half-configured$/);
    assert.equal(await machine.must('reeve --version'), currentVersion);
    await machine.must('systemctl restart reeve@app');
    assert.equal(await versionOf(machine, 'reeve@app'), currentVersion);

    await machine.must(`mount -o remount,size=${3 * size}m ${kept} && dpkg --configure -a`);
    assert.equal(await versionOf(machine, 'reeve@app'), laterVersion);
    // What cannot be removed there fails nothing.
    await machine.must(`mkdir ${kept}/0.0.1-x && mount -o remount,ro ${kept}`);
    const again = await machine.must(`dpkg -i /packages/${packageFiles.later} 2>&1`);
    assert.match(again, /0\.0\.1-x, which no process uses, cannot be removed/);
    const readOnly = await machine.run(`dpkg -i /packages/${packageFiles.current} 2>&1`);
    assert.notEqual(readOnly.code, 0);
    assert.match(readOnly.output, /\(Read-only file system\); Reeve 99\S+ stays in use/);
    assert.equal((await machine.get('/')).status, 200);
    await machine.must(`systemctl stop reeve@app && umount ${kept} && dpkg --configure -a`);
  },
);
