/** `reeve enable` takes an ini as it is, and what it writes runs; `reeve disable` undoes it. */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';

/** An ini as teams have them: absolute paths in /run and /var/log, a user, `daemonize` even. */
function writeSite(machine: Machine, lines = ''): void {
  machine.write(
    '/srv/shop/uwsgi.ini',
    `[uwsgi]\nhttp = 127.0.0.1:${machine.port}\nchdir = /srv/shop\nmodule = app:application\n` +
      `master = true\nprocesses = 2\nvacuum = true\nworker-reload-mercy = 5\n${lines}\n`,
  );
  machine.write(
    '/srv/shop/app.py',
    'import os\ndef application(environ, start_response):\n' +
      '    start_response("200 OK", [])\n    return [str(os.getuid()).encode()]\n',
  );
}

machineStory('an ini with uid, pidfile and log runs as it is', async (machine) => {
  await machine.must("echo 'u shop - - /srv/shop' | systemd-sysusers -");
  writeSite(
    machine,
    'uid = shop\npidfile = /run/shop.pid\nlogto = /var/log/shop/shop.log\n' +
      'http-socket = /run/shop/shop.sock\nchmod-socket = 666\ndaemonize = /var/log/ignored.log\n' +
      'control-socket = /run/shop/control.sock',
  );
  const shown = await machine.must('reeve enable --name shop --yes /srv/shop/uwsgi.ini');
  assert.ok(shown.includes(machine.read('/etc/systemd/system/shop.service').trim()));
  assert.equal(await machine.must('systemctl is-enabled shop'), 'enabled');
  await machine.must('systemctl start shop');
  const uid = await machine.must('id -u shop');
  assert.equal((await machine.get('/')).text, uid);
  assert.equal((await machine.get('/', { socket: '/run/shop/shop.sock' })).text, uid);
  assert.equal(machine.read('/run/shop.pid').trim(), await machine.show('shop', 'MainPID'));
  assert.match(machine.read('/var/log/shop/shop.log'), /ready/);
  await machine.must('systemctl reload shop');
  await machine.must('systemctl restart shop');
  assert.equal((await machine.get('/')).text, uid);
  const score = 'systemd-analyze security --offline=true --threshold=20';
  await machine.must(`${score} /etc/systemd/system/shop.service`);
  await machine.must('systemctl stop shop');
  assert.equal(await machine.show('shop', 'Result'), 'success');
  await machine.must('reeve disable --yes shop');
  assert.ok(!machine.exists('/etc/systemd/system/shop.service'));
  assert.notEqual((await machine.run('systemctl cat shop')).code, 0);
});

machineStory(
  'without a uid the user is made up; with --socket systemd listens',
  async (machine) => {
    writeSite(machine, `socket = @shop-${machine.port}`);
    await machine.must('reeve enable --socket --now --name shop --yes /srv/shop/uwsgi.ini');
    const uid = Number((await machine.get('/')).text);
    assert.ok(uid >= 61184 && uid <= 65519, `uid ${uid}`);
    assert.equal(await machine.must('systemctl is-active shop.socket'), 'active');
    assert.match(await machine.must('systemctl is-enabled shop.socket'), /enabled/);
    // Again, without: the socket unit is gone, and nothing else is left.
    await machine.must('reeve enable --now --name shop --yes /srv/shop/uwsgi.ini');
    assert.notEqual((await machine.run('systemctl is-active shop.socket')).code, 0);
    assert.equal((await machine.get('/')).status, 200);
    await machine.must('reeve disable --yes shop');
    assert.notEqual((await machine.run('systemctl is-active shop')).code, 0);
    assert.deepEqual((await machine.must('ls /etc/systemd/system')).match(/shop/g), null);
  },
);

machineStory('a running service is handed over to its new socket unit', async (machine) => {
  writeSite(machine);
  const enable = 'reeve enable --name shop --yes';
  for (const how of ['as it says', 'with --now']) {
    await machine.must(`${enable} --now /srv/shop/uwsgi.ini`);
    if (how === 'as it says') {
      const said = await machine.must(`${enable} --socket /srv/shop/uwsgi.ini`);
      const [, command = ''] = /until `(systemctl stop .*?)`/.exec(said) ?? [];
      await machine.must(command);
    } else await machine.must(`${enable} --socket --now /srv/shop/uwsgi.ini`);
    assert.equal(await machine.must('systemctl is-active shop.socket'), 'active');
    await machine.must('systemctl restart shop');
    assert.equal((await machine.get('/')).status, 200);
    await machine.must('reeve disable --yes shop');
  }
});

machineStory('what it cannot do it says, and writes nothing', async (machine) => {
  writeSite(machine, 'http-socket = /run/shop.sock');
  const enable = 'reeve enable --name shop';
  const inRun = await machine.run(`${enable} --yes /srv/shop/uwsgi.ini`);
  assert.equal(inRun.code, 78);
  assert.match(
    inRun.output,
    /uwsgi.ini:9: error: http-socket = \/run\/shop.sock cannot be created: /,
  );
  writeSite(machine);
  const unasked = await machine.run(`${enable} /srv/shop/uwsgi.ini </dev/null`);
  assert.equal(unasked.code, 64);
  assert.match(unasked.output, /nobody can be asked here; say --yes/);
  const foreign = await machine.run('reeve enable --name dbus --yes /srv/shop/uwsgi.ini');
  assert.equal(foreign.code, 73);
  assert.match(
    foreign.output,
    /there is a dbus.service that reeve enable has not written; .*disable --now dbus.service.*--name/,
  );
  assert.equal((await machine.run(`${enable} --dry-run /srv/shop/uwsgi.ini`)).code, 0);
  assert.ok(!machine.exists('/etc/systemd/system/shop.service'));
  assert.equal((await machine.run('reeve disable --yes dbus')).code, 66);
  const nobody = 'setpriv --reuid=nobody --clear-groups';
  const refused = await machine.run(`${nobody} ${enable} --yes /srv/shop/uwsgi.ini`);
  assert.equal(refused.code, 77);
  assert.match(refused.output, /not permitted to write .*; do it as root/);
});

machineStory(
  '`reeve check` and a start say what reeve@ does not let an ini do',
  async (machine) => {
    const ini = machine.application('app', {
      text: 'x',
      ini:
        'uid = nobody\nhome = /home/x/venv\nsocket = /tmp/app.sock\npidfile = /run/app.pid\n' +
        'http-socket = /run/reeve/app/http.sock\nhttp = :80',
    });
    const checked = await machine.run(`reeve check ${ini}`);
    for (const said of [
      /uid = nobody will be refused: reeve@app runs as reeve; put User=nobody below \[Service\]/,
      /home = \/home\/x\/venv: reeve@app sees nothing there .*ProtectHome=read-only/,
      /socket = \/tmp\/app.sock: nobody else sees it there \(PrivateTmp=\)/,
      /pidfile = \/run\/app.pid: cannot be written \(ProtectSystem=strict\)/,
      /http = :80: reeve@app may not listen on a port below 1024; let a socket unit/,
    ]) {
      assert.match(checked.output, said);
    }
    assert.doesNotMatch(checked.output, /reeve: .*http.sock/);
    assert.equal(checked.code, 78, 'as the start');
    await machine.run('systemctl start reeve@app');
    assert.equal(await machine.show('reeve@app', 'ExecMainStatus'), '78');
    await machine.journalSays(/uid = nobody, but reeve@app.service runs as reeve; put User=nobody/);
    machine.application('app', { text: 'x', ini: 'http = 127.0.0.1:80' });
    assert.equal((await machine.run(`reeve check ${ini}`)).code, 77, 'as the start');
    await machine.run('systemctl start reeve@app');
    assert.equal(await machine.show('reeve@app', 'ExecMainStatus'), '77');
    await machine.journalSays(
      /AmbientCapabilities=CAP_NET_BIND_SERVICE .* `systemctl edit reeve@app`/,
    );
    await machine.dropIn(
      'reeve@app.service',
      '[Service]\nAmbientCapabilities=CAP_NET_BIND_SERVICE\nPrivateUsers=no\n' +
        'CapabilityBoundingSet=CAP_NET_BIND_SERVICE\n',
    );
    // The machines share their network: an address of its own.
    const address = `127.0.0.${2 + (machine.port % 250)}:97`;
    machine.application('app', { text: 'x', ini: `http = ${address}` });
    await machine.must('systemctl start reeve@app');
    assert.match(await machine.must(`reeve check ${ini}`), /0 warnings/);
  },
);
