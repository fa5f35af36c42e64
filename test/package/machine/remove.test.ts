/** What a removal and a purge take away, and what they leave. */

import assert from 'node:assert/strict';

import { install, nothingRuns, packageStory, remove } from '../../support/package-story.ts';
import { currentVersion } from '../../support/packages.ts';

packageStory('removed, nothing runs and what is the admin’s stays', async (machine) => {
  await install(machine, 'current');
  machine.application('app');
  machine.application('socket', { isUnheard: true });
  machine.application('shop', { isUnheard: true, ini: 'http = /run/shop/shop.sock' });
  machine.application('hand', { isUnheard: true, ini: 'http = 127.0.0.1:0' });
  await machine.must('systemctl enable --now reeve@app reeve@socket.socket reeve');
  await machine.must('systemctl start reeve@socket');
  await machine.must('reeve enable --yes --now --name shop /etc/reeve/shop.ini');
  machine.application('guarded', { isUnheard: true, ini: 'http = /run/guarded.sock' });
  await machine.must('reeve enable --yes --now --socket --name guarded /etc/reeve/guarded.ini');
  await machine.must('reeve --ini /etc/reeve/hand.ini --daemonize /run/hand.log');
  machine.write('/var/lib/reeve/app/kept', 'data');
  machine.application('foreign', { isUnheard: true, ini: 'http = 127.0.0.1:0' });
  machine.write(
    '/etc/systemd/system/legacy.service',
    '[Service]\nType=notify\nExecStart=/usr/bin/reeve /etc/reeve/foreign.ini\nRestart=always\n',
  );
  await machine.must('systemctl daemon-reload && systemctl start legacy');
  const legacy = await machine.show('legacy', 'MainPID');
  const said = await remove(machine, 'remove');
  assert.ok(said.includes(`reeve: stopping legacy.service, which runs Reeve (process ${legacy});`));
  assert.equal(said.match(/reeve: stopping process \d+, which is in no unit/g)?.length, 1, said);
  assert.equal(await machine.show('legacy', 'ActiveState'), 'inactive');
  await machine.must('rm /etc/systemd/system/legacy.service && systemctl daemon-reload');
  await nothingRuns(machine);
  const drop = '/usr/lib/systemd/system/reeve@.service.d';
  for (const path of ['/usr/bin/reeve', '/usr/lib/reeve', '/run/reeve/socket.sock', drop]) {
    assert.ok(!machine.exists(path), path);
  }
  for (const path of ['/etc/reeve/app.ini', '/var/lib/reeve/app/kept']) {
    assert.ok(machine.exists(path), path);
  }
  await machine.must('getent passwd reeve');
  assert.notEqual((await machine.run('systemctl cat reeve@app')).code, 0);
  // What stays enabled is skipped without its command, and holds no socket.
  for (const unit of ['shop.service', 'guarded.socket', 'guarded.service']) {
    await machine.must(`systemctl start ${unit}`);
    assert.equal(await machine.show(unit, 'ActiveState'), 'inactive', unit);
    assert.equal(await machine.show(unit, 'ConditionResult'), 'no', unit);
  }
  assert.equal(await machine.must('systemctl is-enabled shop guarded.socket'), 'enabled\nenabled');
  await assert.rejects(machine.get('/', { socket: '/run/guarded.sock' }), /ECONNREFUSED|ENOENT/);

  // What was enabled starts again at the next boot: here by hand.
  await install(machine, 'current');
  assert.equal(await machine.must('systemctl is-enabled reeve@app'), 'enabled');
  await machine.must('systemctl start reeve@app shop');
  assert.equal((await machine.get('/')).text, 'hello from app');
  assert.equal((await machine.get('/', { socket: '/run/shop/shop.sock' })).status, 200);
  await machine.must('systemctl start guarded.socket');
  assert.equal((await machine.get('/', { socket: '/run/guarded.sock' })).status, 200);
  await machine.must('reeve disable --yes shop && reeve disable --yes guarded');
});

packageStory('purged, its data are gone; installed again, it works', async (machine) => {
  await install(machine, 'current');
  machine.application('app');
  machine.application('own', { isUnheard: true, ini: 'http = 127.0.0.1:0' });
  await machine.must('systemctl enable --now reeve@app');
  await machine.must('reeve enable --yes --now /etc/reeve/own.ini');
  machine.write('/var/lib/private/reeve/own/file', 'data');
  await remove(machine, 'purge');
  await nothingRuns(machine);
  for (const path of ['/var/lib', '/var/log', '/run']) {
    assert.ok(!machine.exists(`${path}/reeve`), path);
    assert.ok(!machine.exists(`${path}/private/reeve`), `${path}/private`);
  }
  assert.ok(!machine.exists('/etc/reeve/hello.ini'));
  assert.equal((await machine.run('systemctl is-enabled own')).output, 'disabled');
  assert.ok(machine.exists('/etc/reeve/app.ini'), 'nobody else has it');
  await machine.must('getent passwd reeve');
  const links = await machine.must("find /etc/systemd/system -name 'reeve*'");
  assert.equal(links, '');
  assert.notEqual((await machine.run('dpkg -s reeve')).code, 0);

  await install(machine, 'current');
  assert.equal(await machine.must('reeve --version'), currentVersion);
  await machine.must('systemctl start reeve@app');
  assert.equal((await machine.get('/')).text, 'hello from app');
  await machine.must('reeve disable --yes own');
});

packageStory('purged, what is mounted among its data stays whole', async (machine) => {
  await install(machine, 'current');
  const [media, log] = ['/var/lib/reeve/hello/of all/media', '/var/log/reeve/log'];
  await machine.must(
    `mkdir -p /srv/shared/deep '${media}' /var/lib/reeve/hello/other ${log}; echo data >/srv/shared/deep/file; ` +
      `mount --bind /srv/shared '${media}'; mount -t tmpfs none ${log}; touch ${log}/file; ` +
      "touch /var/lib/reeve/.hidden '/var/lib/reeve/hello/of all/file'",
  );
  const said = await machine.must('dpkg --purge reeve 2>&1');
  assert.ok(said.includes(`reeve: ${media} is a mount; it stays, with all that is in it`), said);
  assert.doesNotMatch(said, /rm: /);
  assert.equal(machine.read('/srv/shared/deep/file'), 'data\n');
  assert.ok(machine.exists(`${log}/file`));
  await machine.must(`umount '${media}' ${log}`);
  const left = await machine.must('find /var/lib/reeve /var/log/reeve ! -type d');
  assert.equal(left, '');
  assert.ok(!machine.exists('/var/lib/reeve/hello/other') && !machine.exists('/run/reeve'));
  await machine.must('rm -r /srv/shared /var/lib/reeve /var/log/reeve');
});
