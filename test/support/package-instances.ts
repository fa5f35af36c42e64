/** Three instances of an installed package, one of each kind, and clients that ask them all. */

import assert from 'node:assert/strict';

import { clientsDuring } from './clients.ts';
import { keepAliveClientsDuring } from './keep-alive-clients.ts';
import type { Machine } from './machine.ts';
import { versionOf } from './package-story.ts';
import { currentVersion } from './packages.ts';

/** With systemd's store, with a socket unit, and one of `reeve enable`. */
export const instances = ['reeve@kept', 'reeve@socket', 'shop'];

/** Starts the three, on a port and two unix sockets. */
export async function startInstances(machine: Machine): Promise<void> {
  machine.application('kept', { app: 'hello', ini: 'processes = 2' });
  machine.application('socket', { app: 'hello', isUnheard: true, ini: 'protocol = http' });
  machine.write('/srv/shop/app.py', machine.read('/srv/kept/app.py'));
  machine.write(
    '/srv/shop/shop.ini',
    '[uwsgi]\nhttp = /run/shop/shop.sock\nchdir = /srv/shop\nmodule = app:application\n' +
      'worker-reload-mercy = 5\n',
  );
  await machine.must('systemctl start reeve@kept reeve@socket.socket reeve@socket');
  machine.stopsAtTheEnd('shop.service');
  await machine.must('reeve enable --yes --now /srv/shop/shop.ini');
  for (const name of instances) assert.equal(await versionOf(machine, name), currentVersion);
}

/** Clients of all three, of both kinds, lose nothing while it happens. */
export async function underLoad(machine: Machine, happening: () => Promise<void>): Promise<void> {
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

/** All three run it, and so does the command. */
export async function allRun(machine: Machine, version: string): Promise<void> {
  assert.equal(await machine.must('reeve --version'), version);
  for (const name of instances) assert.equal(await versionOf(machine, name), version, name);
}
