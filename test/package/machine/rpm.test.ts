/**
 * The .rpm, in a Debian root with rpm: its scripts run as on any system, and its files lie where
 * they shall. `--nodeps`, as that database knows no libc.
 */

import assert from 'node:assert/strict';

import { clientsDuring } from '../../support/clients.ts';
import { nothingRuns, packageStory, versionOf } from '../../support/package-story.ts';
import { currentVersion, laterVersion, packageFiles } from '../../support/packages.ts';

packageStory(
  'installed, upgraded under load and erased',
  async (machine) => {
    await machine.must(`rpm --nodeps --install /packages/${packageFiles.currentRpm}`);
    await nothingRuns(machine);
    assert.equal(await machine.must('reeve --version'), currentVersion);
    await machine.must('getent passwd reeve');
    assert.equal(await machine.must('rpm --verify --nodeps reeve'), '');
    machine.application('app', { ini: 'processes = 2' });
    machine.application('bad', { isUnheard: true, ini: 'http = 127.0.0.1:0' });
    await machine.must('systemctl start reeve@app reeve@bad');
    const text = machine.read('/etc/reeve/bad.ini');
    machine.write('/etc/reeve/bad.ini', `${text}processes = many\n`);
    const load = await clientsDuring(machine.port, 4, '/', async () => {
      const said = await machine.must(`rpm --nodeps -U /packages/${packageFiles.laterRpm}`);
      assert.match(said, /reeve@app: restarted, Reeve/);
      assert.match(said, /reeve@bad \(pid \d+\): not restarted/);
    });
    assert.deepEqual(load.failures(), []);
    assert.ok(load.answered >= 4);
    assert.equal(await versionOf(machine, 'reeve@app'), laterVersion);
    assert.equal(await versionOf(machine, 'reeve@bad'), currentVersion);
    await machine.must('rpm --erase reeve');
    await nothingRuns(machine);
    assert.ok(!machine.exists('/usr/lib/reeve') && !machine.exists('/usr/bin/reeve'));
    assert.ok(machine.exists('/etc/reeve/app.ini'));
    await machine.must('getent passwd reeve');
  },
  { suites: ['bookworm'] },
);
