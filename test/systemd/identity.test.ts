/** Who an application is in a unit: the unit's user, a dynamic one, several beside each other. */

import assert from 'node:assert/strict';

import { request } from '../support/http.ts';
import { machineStory } from '../support/machine.ts';
import { freePort } from '../support/sockets.ts';

/**
 * With a name of its own: without one systemd takes the part before the @, which is an account that
 * there is, for every instance.
 */
const dynamic = '[Service]\nDynamicUser=yes\nUser=reeve-%i\nGroup=\n';

machineStory('DynamicUser=yes needs no account, and keeps its state', async (machine) => {
  machine.application('app', { app: 'tries_sandbox' });
  await machine.dropIn('reeve@app.service', dynamic);
  await machine.must('systemctl start reeve@app');
  const { worked, user } = JSON.parse((await machine.get('/')).text);
  const wrong = Object.entries(worked).filter(([, outcome]) => /Error/.test(String(outcome)));
  assert.deepEqual(wrong, []);
  assert.ok(user >= 61184 && user <= 65519, `uid ${user}`);
  assert.ok(machine.exists('/var/lib/private/reeve/app/data.sqlite'));
  await machine.must('systemctl restart reeve@app');
  assert.equal(JSON.parse((await machine.get('/')).text).worked.database, 'ok');
});

machineStory('two instances have directories, workers and a life of their own', async (machine) => {
  const otherPort = await freePort();
  machine.application('one', { app: 'tries_sandbox' });
  const ini = machine.application('two', { app: 'tries_sandbox' });
  machine.write(ini, machine.read(ini).replace(`:${machine.port}`, `:${otherPort}`));
  await machine.must('systemctl start reeve@one reeve@two');
  for (const port of [machine.port, otherPort]) {
    assert.equal((await request({ port }, '/')).status, 200);
  }
  for (const name of ['one', 'two']) {
    assert.ok(machine.exists(`/var/lib/reeve/${name}/data.sqlite`));
    assert.ok(machine.exists(`/run/reeve/${name}`));
  }
  await machine.must('systemctl stop reeve@one');
  assert.ok(!machine.exists('/run/reeve/one'));
  assert.equal((await request({ port: otherPort }, '/')).status, 200);
});

machineStory('a credential of the unit is a value of the ini', async (machine) => {
  machine.application('app', {
    app: 'describes_process',
    ini: 'env = PASSWORD=credential:database',
  });
  machine.write('/etc/reeve/app.secret', 'correct horse');
  await machine.must('chmod 600 /etc/reeve/app.secret');
  await machine.dropIn(
    'reeve@app.service',
    '[Service]\nLoadCredential=database:/etc/reeve/app.secret\n',
  );
  await machine.must('systemctl start reeve@app');
  const { env } = JSON.parse((await machine.get('/')).text);
  assert.equal(env.PASSWORD, 'correct horse');
  assert.equal(env.CREDENTIALS_DIRECTORY, '/run/credentials/reeve@app.service');
  const enabled = await machine.must('reeve enable --dry-run --name x /etc/reeve/app.ini');
  assert.match(enabled, /credential:database/);
  assert.doesNotMatch(enabled, /horse/);
});

machineStory('a unit gives its instance one name, whatever the ini is called', async (machine) => {
  machine.application('blog', { app: 'hello' });
  machine.write('/srv/deploy/app.py', machine.read('/srv/blog/app.py'));
  const lines = `http-socket = 127.0.0.1:${await freePort()}\nmodule = app\n`;
  machine.write('/srv/deploy/uwsgi.ini', `[uwsgi]\nchdir = /srv/deploy\n${lines}`);
  machine.stopsAtTheEnd('reeve@blog.service');
  await machine.must('systemctl start reeve@blog');
  machine.stopsAtTheEnd('shop.service');
  await machine.must('reeve enable --now --name shop --yes /srv/deploy/uwsgi.ini');
  for (const [name, unit] of [
    ['blog', 'reeve@blog'],
    ['shop', 'shop'],
  ] as const) {
    const pid = await machine.show(unit, 'MainPID');
    const title = (await machine.must(`cat /proc/${pid}/cmdline`)).replaceAll('\0', '').trim();
    assert.equal(title, `${name} reeve master`);
    assert.match(await machine.must(`reeve status ${name}`), new RegExp(`^${name}: pid ${pid}, `));
    assert.match(await machine.must(`journalctl -t ${name}/master -o cat`), /ready/);
  }
  await machine.must('reeve disable --yes shop');
});
