/** `reeve upgrade`: the instances that run are brought to the code that lies there now. */

import assert from 'node:assert/strict';

import { clientsDuring } from '../support/clients.ts';
import { later, versionOf, withLaterCode } from '../support/later-code.ts';
import { machineStory } from '../support/machine.ts';

/** Instances with units of `reeve enable`. */
const enabled = ['shop', 'cart'];

/** It listens, and nobody asks it. */
const quiet = { isUnheard: true, ini: 'http = 127.0.0.1:0' };

machineStory(
  'an instance with a socket unit, one with systemd’s store, some of enable: nobody is refused',
  async (machine) => {
    machine.application('kept', { ini: 'processes = $(WORKERS)' });
    await machine.dropIn('reeve@kept.service', '[Service]\nEnvironment=WORKERS=2\n');
    machine.application('socket', { isUnheard: true });
    await machine.must('systemctl start reeve@kept reeve@socket.socket reeve@socket');
    for (const name of enabled) {
      machine.write(`/srv/my ${name}/app.py`, machine.read('/srv/kept/app.py'));
      machine.write(
        `/srv/my ${name}/${name}.ini`,
        '[uwsgi]\nhttp = /run/shop/%n.sock\nchdir = %d\nmodule = app:application\n',
      );
      await machine.must(`reeve enable --yes --now "/srv/my ${name}/${name}.ini"`);
    }
    const old = await machine.must('reeve --version');
    await withLaterCode(machine, async () => {
      const dry = await machine.must('reeve upgrade --dry-run');
      assert.match(dry, /reeve@kept \(pid \d+\): would be restarted, Reeve 99.1.0 in place of /);
      assert.equal(await versionOf(machine, 'reeve@kept'), old);
      let said = '';
      const load = await clientsDuring(machine.port, 4, '/', async () => {
        said = await machine.must('reeve upgrade');
      });
      assert.deepEqual(load.failures(), []);
      assert.ok(load.answered >= 4, `${load.answered} answered`);
      for (const name of ['reeve@kept', 'reeve@socket', ...enabled]) {
        assert.ok(
          said.includes(`reeve: ${name}: restarted, Reeve ${later} serves in place of ${old}`),
          said,
        );
        assert.equal(await versionOf(machine, name), later);
      }
      const pid = await machine.show('reeve@kept', 'MainPID');
      assert.equal(await machine.must('reeve upgrade'), '');
      assert.equal(
        await machine.must('reeve upgrade --dry-run'),
        `reeve: nothing to do: 4 instances run ${later}`,
      );
      assert.equal(await machine.show('reeve@kept', 'MainPID'), pid);
      await machine.must('systemctl stop reeve@kept reeve@socket.socket reeve@socket');
      for (const name of enabled) await machine.must(`reeve disable --yes ${name}`);
    });
  },
);

machineStory(
  'what the new code refuses serves on and is named; the next one is restarted',
  async (machine) => {
    const ini = machine.application('bad', { isUnheard: true, ini: 'http = /run/reeve/bad/s' });
    machine.application('good', { isUnheard: true, ini: 'http = /run/reeve/good/s' });
    await machine.must('systemctl start reeve@bad reeve@good');
    const text = machine.read(ini);
    const pid = await machine.show('reeve@bad', 'MainPID');
    machine.write(ini, `${text}processes = many\n`);
    await withLaterCode(machine, async () => {
      const { code, output } = await machine.run('reeve upgrade');
      assert.equal(code, 78);
      assert.match(output, /\/etc\/reeve\/bad.ini:6: error: .*many/);
      assert.match(output, /reeve@bad \(pid \d+\): not restarted, it serves on with /);
      assert.match(output, /reeve@good: restarted, Reeve 99.1.0/);
      assert.equal(await machine.show('reeve@bad', 'MainPID'), pid);
      assert.equal((await machine.get('/', { socket: '/run/reeve/bad/s' })).status, 200);
      machine.write(ini, text);
      await machine.must('systemctl restart reeve@bad');
      assert.equal(await versionOf(machine, 'reeve@bad'), later);
      await machine.must('systemctl stop reeve@good reeve@bad');
    });
  },
);

machineStory(
  'a file that the unit’s user may not read refuses, and a restart that fails is said',
  async (machine) => {
    const secret = machine.application('secret', quiet);
    machine.application('broken', quiet);
    await machine.must('systemctl start reeve@secret reeve@broken');
    await machine.must(`chmod 600 ${secret}`);
    machine.write('/srv/broken/app.py', 'import nothing_of_this_name\n');
    await withLaterCode(machine, async () => {
      const { code, output } = await machine.run('reeve upgrade');
      assert.match(output, /reeve@broken: the restart with Reeve 99.1.0 has failed: systemctl /);
      assert.match(output, /\/etc\/reeve\/secret.ini.* not permitted|EACCES|permission denied/i);
      assert.match(output, /reeve@secret \(pid \d+\): not restarted/);
      assert.equal(code, 69, 'the first failure');
      await machine.must('systemctl stop reeve@secret reeve@broken');
    });
  },
);

machineStory('a main process that is not the unit’s user’s is not believed', async (machine) => {
  machine.application('moved', quiet);
  const another = 'sleep 1000 & systemd-notify MAINPID=$$!';
  await machine.dropIn(
    'reeve@moved.service',
    `[Service]\nNotifyAccess=all\nExecStartPost=+/bin/sh -c '${another}'\n`,
  );
  await machine.must('systemctl start reeve@moved');
  const pid = await machine.show('reeve@moved', 'MainPID');
  assert.match(machine.read(`/proc/${pid}/status`), /^Uid:\t0\t/m, 'it is root’s');
  await withLaterCode(machine, async () => {
    const { code, output } = await machine.run('reeve upgrade');
    assert.match(output, /^reeve: reeve@moved .* cannot be checked: its main process does not run/);
    assert.equal(code, 69);
    assert.equal(await machine.show('reeve@moved', 'MainPID'), pid);
    await machine.must('systemctl kill --signal=KILL reeve@moved; systemctl stop reeve@moved');
  });
});

machineStory('what is not Reeve’s to restart is named and let be', async (machine) => {
  machine.application('bare');
  machine.application('own', quiet);
  machine.application('masked', quiet);
  await machine.dropIn('reeve@bare.service', '[Service]\nFileDescriptorStoreMax=0\n');
  await machine.service('own', 'RuntimeDirectory=reeve/own\nFileDescriptorStoreMax=8\n');
  await machine.must('systemctl start reeve@bare own reeve@masked');
  await machine.must('systemctl mask --runtime reeve@masked');
  const pids = [await machine.show('reeve@bare', 'MainPID'), await machine.show('own', 'MainPID')];
  await withLaterCode(machine, async () => {
    const said = await machine.must('reeve upgrade');
    assert.match(said, /reeve@bare \(pid \d+\): left alone, .* neither a socket unit nor /);
    assert.match(said, /reeve@masked \(pid \d+\): left alone, .*: its unit is masked; /);
    assert.match(said, /own \(pid \d+\): left alone, .*: own.service is none that Reeve has made/);
    assert.deepEqual(
      [await machine.show('reeve@bare', 'MainPID'), await machine.show('own', 'MainPID')],
      pids,
    );
    const nobody = await machine.run('setpriv --reuid=nobody --clear-groups reeve upgrade');
    assert.equal(nobody.code, 77);
    const contained = "unshare --mount sh -c 'mount -t tmpfs none /run/systemd && reeve upgrade'";
    assert.equal(await machine.must(contained), '', 'without systemd');
    await machine.must('systemctl stop reeve@bare own reeve@masked');
    await machine.must('systemctl unmask --runtime reeve@masked');
  });
});
