/** Another version of the package, while instances serve. */

import assert from 'node:assert/strict';

import { clientsDuring } from '../../support/clients.ts';
import { keepAliveClientsDuring } from '../../support/keep-alive-clients.ts';
import type { Machine } from '../../support/machine.ts';
import { install, packageStory, versionOf } from '../../support/package-story.ts';
import { currentVersion, laterVersion, packageFiles } from '../../support/packages.ts';
import { until } from '../../support/until.ts';

/** With systemd's store, with a socket unit, and one of `reeve enable`. */
const instances = ['reeve@kept', 'reeve@socket', 'shop'];

/** Starts the three, on a port and two unix sockets. */
async function startInstances(machine: Machine): Promise<void> {
  machine.application('kept', { app: 'hello', ini: 'processes = 2' });
  machine.application('socket', { app: 'hello', isUnheard: true, ini: 'protocol = http' });
  machine.write('/srv/shop/app.py', machine.read('/srv/kept/app.py'));
  machine.write(
    '/srv/shop/shop.ini',
    '[uwsgi]\nhttp = /run/shop/shop.sock\nchdir = /srv/shop\nmodule = app:application\n' +
      'worker-reload-mercy = 5\n',
  );
  await machine.must('systemctl start reeve@kept reeve@socket.socket reeve@socket');
  await machine.must('reeve enable --yes --now /srv/shop/shop.ini');
  for (const name of instances) assert.equal(await versionOf(machine, name), currentVersion);
}

/** Clients of all three, of both kinds, lose nothing while it happens. */
async function underLoad(machine: Machine, happening: () => Promise<void>): Promise<void> {
  const [kept, socket, shop] = [
    { port: machine.port },
    { path: machine.path('/run/reeve/socket.sock') },
    { path: machine.path('/run/shop/shop.sock') },
  ];
  const connecting = await clientsDuring(machine.port, 2, '/', async () => {
    const keeping = await keepAliveClientsDuring(kept, 2, async () => {
      const activated = await keepAliveClientsDuring(socket, 2, async () => {
        const enabled = await keepAliveClientsDuring(shop, 2, happening);
        assert.deepEqual(enabled.failures, [], 'of reeve enable');
        assert.ok(enabled.again > 0);
      });
      assert.deepEqual(activated.failures, [], 'with a socket unit');
      assert.ok(activated.again > 0);
    });
    assert.deepEqual(keeping.failures, [], 'with kept connections');
    assert.ok(keeping.again > 0);
  });
  assert.deepEqual(connecting.failures(), [], 'with a connection per request');
  assert.ok(connecting.answered > 0);
}

async function allRun(machine: Machine, version: string): Promise<void> {
  assert.equal(await machine.must('reeve --version'), version);
  for (const name of instances) assert.equal(await versionOf(machine, name), version, name);
}

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
