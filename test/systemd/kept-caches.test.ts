/** Caches that systemd keeps over a restart (cache2 … keep=restart). */

import assert from 'node:assert/strict';

import { machineStory, type Machine } from '../support/machine.ts';
import { until } from '../support/until.ts';

const keeps = 'FileDescriptorStoreMax=8\nRestart=on-failure\nRestartSec=100ms\n';

/** /set/KEY/VALUE and /get/KEY in the cache `kept`; /other/… in another one. */
const application = `
import uwsgi

def application(environ, start_response):
    _, what, key, *rest = environ['PATH_INFO'].split('/')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if what == 'set':
        return [str(uwsgi.cache_update(key, rest[0], 0, rest[1])).encode()]
    if what == 'lock':
        uwsgi.lock()
    return [uwsgi.cache_get(key, rest[0]) or b'nothing'] if rest else [b'']
`;

function configure(machine: Machine, caches: string): void {
  machine.application('app', { ini: `processes = 2\n${caches}` });
  machine.write('/srv/app/app.py', application);
}

async function said(machine: Machine, target: string): Promise<string> {
  return (await machine.get(target)).body.toString();
}

/** Waits until systemd keeps so many of the unit's descriptors. */
async function stored(machine: Machine, count: number): Promise<void> {
  await until(`${count} are kept`, async () => {
    const now = await machine.show('app', 'NFileDescriptorStore');
    if (now === String(count)) return true;
    throw new Error(now);
  });
}

const two = 'cache2 = name=kept,items=9,keep=restart\ncache2 = name=other,items=9';

machineStory('a cache outlives a restart and a crash, and no stop', async (machine) => {
  configure(machine, two);
  await machine.service('app', keeps);
  await machine.must('systemctl start app');
  await stored(machine, 2);
  assert.equal(await said(machine, '/set/a/1/kept'), 'True');
  assert.equal(await said(machine, '/set/a/1/other'), 'True');
  await machine.must('systemctl restart app');
  assert.equal(await said(machine, '/get/a/kept'), '1');
  assert.equal(await said(machine, '/get/a/other'), 'nothing');
  await machine.journalSays(/the cache "kept" goes on with what systemd has kept/);

  assert.equal(await said(machine, '/set/b/2/kept'), 'True');
  assert.equal(await said(machine, '/lock/a'), '');
  const pid = await machine.show('app', 'MainPID');
  await machine.signal('app.service', 'master', 'SIGKILL');
  await until('it serves again', async () => {
    const now = await machine.show('app', 'MainPID');
    return now !== pid && now !== '0' && (await machine.show('app', 'ActiveState')) === 'active';
  });
  assert.equal(await said(machine, '/get/a/kept'), '1');
  assert.equal(await said(machine, '/get/b/kept'), '2');
  assert.equal(await said(machine, '/set/b/3/kept'), 'True');
  assert.equal(await said(machine, '/get/b/kept'), '3');
  await stored(machine, 2);

  await machine.must('systemctl stop app');
  await machine.must('systemctl start app');
  assert.equal(await said(machine, '/get/a/kept'), 'nothing');
});

machineStory('a cache whose size was changed begins anew, and says so', async (machine) => {
  configure(machine, two);
  const reloads = 'RuntimeDirectory=app\nExecReload=/usr/bin/reeve reload\n';
  await machine.service('app', keeps + reloads);
  await machine.must('systemctl start app');
  await stored(machine, 2);
  assert.equal(await said(machine, '/set/a/1/kept'), 'True');
  configure(machine, 'cache2 = name=kept,items=10,keep=restart\ncache2 = name=other,items=9');
  await machine.must('systemctl reload app');
  assert.equal(await said(machine, '/get/a/kept'), 'nothing');
  assert.equal(await said(machine, '/set/a/2/kept'), 'True');
  await machine.must('systemctl restart app');
  assert.equal(await said(machine, '/get/a/kept'), '2');
  await stored(machine, 2);

  configure(machine, 'cache2 = name=kept,items=11,keep=restart\ncache2 = name=other,items=9');
  await machine.must('systemctl restart app');
  await machine.journalSays(/"kept" begins anew: it was kept with items=10,.* with items=11,/);
  assert.equal(await said(machine, '/get/a/kept'), 'nothing');
  await stored(machine, 2);
  configure(machine, 'cache2 = name=other,items=9,keep=restart');
  await machine.must('systemctl restart app');
  assert.equal(await said(machine, '/get/a/other'), 'nothing');
  await stored(machine, 2);
});

machineStory('without room in systemd a cache works, and a start says so', async (machine) => {
  configure(machine, two);
  await machine.service('app', 'FileDescriptorStoreMax=1\n');
  await machine.must('systemctl start app');
  await machine.journalSays(/"kept" begins anew at a restart .*FileDescriptorStoreMax=1/);
  assert.equal(await said(machine, '/set/a/1/kept'), 'True');
  await machine.must('systemctl restart app');
  assert.equal(await said(machine, '/get/a/kept'), 'nothing');
  await machine.service('app', '');
  const check = await machine.run('reeve check --unit app /etc/reeve/app.ini');
  assert.match(check.output, /begins anew at a restart, as app has FileDescriptorStoreMax=0/);
});
