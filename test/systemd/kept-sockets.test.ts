/** Listening sockets that systemd keeps for a service without a socket unit. */

import assert from 'node:assert/strict';

import { clientsDuring } from '../support/clients.ts';
import { keepAliveClientsDuring } from '../support/keep-alive-clients.ts';
import { machineStory } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';
import { until } from '../support/until.ts';

const keeps = 'FileDescriptorStoreMax=8\nRestart=on-failure\nRestartSec=100ms\n';

/** Waits until systemd keeps so many of the unit's descriptors. */
async function kept(machine: Machine, count: number): Promise<void> {
  await until(`${count} are kept`, async () => {
    const now = await machine.show('app', 'NFileDescriptorStore');
    if (now === String(count)) return true;
    throw new Error(now);
  });
}

async function startedAfter(machine: Machine, pid: string): Promise<void> {
  await until('it serves again', async () => {
    const now = await machine.show('app', 'MainPID');
    return now !== pid && now !== '0' && (await machine.show('app', 'ActiveState')) === 'active';
  });
}

machineStory('vacuum holds over a stop, and a restart keeps the file', async (machine) => {
  machine.application('app', { ini: 'socket = /run/left.sock\nvacuum = true' });
  await machine.service('app', keeps);
  await machine.must('systemctl start app');
  await kept(machine, 2);
  const inode = await machine.must('stat -c %i /run/left.sock');
  await machine.must('systemctl restart app');
  assert.equal(await machine.must('stat -c %i /run/left.sock'), inode);
  await machine.must('systemctl stop app');
  assert.ok(!machine.exists('/run/left.sock'));
  await machine.must('systemctl start app');
  await machine.must('systemctl stop app');
  assert.ok(!machine.exists('/run/left.sock'));
});

machineStory('a restart under load: nobody refused, nothing lost', async (machine) => {
  machine.application('app', { ini: 'processes = 2' });
  await machine.service('app', keeps);
  await machine.must('systemctl start app');
  await kept(machine, 1);
  const load = await clientsDuring(machine.port, 8, '/', async () => {
    for (let times = 0; times < 3; times += 1) await machine.must('systemctl restart app');
  });
  assert.deepEqual(load.failures(), []);
  assert.ok(load.answered >= 8, `${load.answered} answered`);
  await kept(machine, 1);
});

machineStory('clients that keep their connections lose nothing in a restart', async (machine) => {
  machine.application('app', { app: 'hello', ini: 'processes = 2' });
  await machine.service('app', keeps);
  await machine.must('systemctl start app');
  await kept(machine, 1);
  const load = await keepAliveClientsDuring({ port: machine.port }, 6, async () => {
    for (let times = 0; times < 2; times += 1) await machine.must('systemctl restart app');
  });
  assert.deepEqual(load.failures, []);
  assert.ok(load.again > 0, 'no connection was used twice');
});

machineStory(
  'a crash under load: nobody refused, no more cut than was running',
  async (machine) => {
    machine.application('app', { ini: 'processes = 2' });
    await machine.service('app', keeps);
    await machine.must('systemctl start app');
    await kept(machine, 1);
    const clients = 8;
    const load = await clientsDuring(machine.port, clients, '/', async () => {
      const pid = await machine.show('app', 'MainPID');
      await machine.signal('app.service', 'master', 'SIGKILL');
      await startedAfter(machine, pid);
      assert.equal((await machine.get('/')).status, 200);
    });
    assert.deepEqual(
      load.errors.filter((error) => error.includes('REFUSED')),
      [],
    );
    // Each client's request may be cut, and its next one meet a gateway whose workers have gone.
    assert.ok(load.failures().length <= 2 * clients, load.failures().join());
    await kept(machine, 1);
  },
);

machineStory('a unix socket stays in its place over restarts, for nginx', async (machine) => {
  machine.application('app', { ini: 'http = /run/app/app.sock\nvacuum = true' });
  const directory = 'RuntimeDirectory=app\nRuntimeDirectoryPreserve=restart\n';
  await machine.service('app', keeps + directory);
  await machine.must('systemctl start app');
  await kept(machine, 2);
  const inode = await machine.must('stat -c %i /run/app/app.sock');
  await machine.must('systemctl restart app');
  assert.equal(await machine.must('stat -c %i /run/app/app.sock'), inode);
  assert.equal((await machine.get('/', { socket: '/run/app/app.sock' })).status, 200);
  await kept(machine, 2);
});

machineStory('one whose directory systemd has removed is bound anew', async (machine) => {
  machine.application('app', { ini: 'http = /run/app/app.sock' });
  await machine.service('app', `${keeps}RuntimeDirectory=app\n`);
  await machine.must('systemctl start app');
  await kept(machine, 2);
  await machine.must('systemctl restart app');
  await machine.journalSays(/reeve-listener\.file.* has lost its file: it is closed/);
  assert.equal((await machine.get('/', { socket: '/run/app/app.sock' })).status, 200);
  await kept(machine, 2);
});

machineStory('what the ini names no more is closed and not kept', async (machine) => {
  const more = 'http = 127.0.0.1:0';
  machine.application('app', { ini: more });
  await machine.service('app', keeps);
  await machine.must('systemctl start app');
  await kept(machine, 2);
  machine.application('app');
  await machine.must('systemctl restart app');
  await machine.journalSays(/listener reeve-listener\.any-port.* is asked for no more: closed/);
  await kept(machine, 1);
});

machineStory('a stop and a start without the unit’s store work as ever', async (machine) => {
  machine.application('app', { ini: 'http = /run/app/app.sock\nvacuum = true' });
  await machine.service('app', 'RuntimeDirectory=app\nRuntimeDirectoryPreserve=yes\n');
  await machine.must('systemctl start app');
  assert.equal((await machine.get('/', { socket: '/run/app/app.sock' })).status, 200);
  await kept(machine, 0);
  await machine.must('systemctl stop app');
  // 252 does not say that it keeps nothing, and would log a warning if it were given something.
  const said = (await machine.journal()).map((entry) => entry.message);
  assert.deepEqual(
    said.filter((message) => message.includes('FileDescriptorStoreMax')),
    [],
  );
  assert.equal((await machine.run('test -e /run/app/app.sock')).code, 1);
  await machine.must('systemctl start app');
  assert.equal((await machine.get('/')).status, 200);
});
