/** Socket units: named, found by address, several, on demand; and what is refused of them. */

import assert from 'node:assert/strict';

import { clientsDuring } from '../support/clients.ts';
import { machineStory } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';
import { nginxVariables, uwsgiRequest } from '../support/uwsgi-client.ts';
import { until } from '../support/until.ts';

/** Writes a socket unit that belongs to app.service. */
function socketUnit(machine: Machine, name: string, lines: string): Promise<void> {
  return machine.writeUnit(`${name}.socket`, `[Socket]\nService=app.service\n${lines}\n`);
}

/** What a front server gets that speaks the uwsgi protocol to a socket of the machine. */
async function peerStatus(machine: Machine, socket: string): Promise<number> {
  const answer = await uwsgiRequest({ path: machine.path(socket) }, nginxVariables('GET', '/'));
  return answer.status;
}

machineStory('two socket units, by name and by address, whatever their order', async (machine) => {
  const { port } = machine;
  const abstract = `reeve-test-${port}`;
  machine.application('app', {
    isUnheard: true,
    ini: `http = :${port}\nhttp-socket = @${abstract}\nuwsgi-socket = /run/app/peer.sock`,
  });
  await machine.service('app', 'Sockets=zweb.socket apeer.socket');
  // Listening on both families is what ListenStream= with a port alone does.
  await socketUnit(machine, 'zweb', `ListenStream=${port}\nFileDescriptorName=http`);
  await socketUnit(machine, 'apeer', `ListenStream=/run/app/peer.sock\nListenStream=@${abstract}`);
  await machine.must('systemctl start zweb.socket apeer.socket app.service');
  assert.equal((await machine.get('/')).status, 200);
  assert.equal(await peerStatus(machine, '/run/app/peer.sock'), 200);
  const curl = `curl -s -o /dev/null -w '%{http_code}' --abstract-unix-socket ${abstract} http://a/`;
  assert.equal(await machine.must(curl), '200');
  assert.equal(
    await machine.must(`curl -s -o /dev/null -w '%{http_code}' 'http://[::1]:${port}/'`),
    '200',
  );
  await machine.must('systemctl restart app.service');
  assert.equal(await peerStatus(machine, '/run/app/peer.sock'), 200);
});

machineStory(
  'an ini without a listener is served as `socket`, and the file stays',
  async (machine) => {
    machine.application('app', { isUnheard: true, ini: 'vacuum = true' });
    await machine.service('app');
    await socketUnit(machine, 'app', 'ListenStream=/run/app.sock\nSocketMode=0660');
    await machine.must('systemctl start app.socket app.service');
    assert.equal(await peerStatus(machine, '/run/app.sock'), 200);
    await machine.journalSays(
      /\/run\/app\.sock is served as socket: systemd passed it, and the ini/,
    );
    await machine.must('systemctl stop app.service');
    assert.equal(await machine.must('stat -c %a /run/app.sock'), '660');
  },
);

machineStory('what no listener names fails the start with 78 and its name', async (machine) => {
  machine.application('app');
  await machine.service('app');
  await socketUnit(machine, 'other', 'ListenStream=/run/other.sock');
  await machine.must('systemctl start other.socket');
  const { code } = await machine.run('systemctl start app.service');
  assert.notEqual(code, 0);
  assert.equal(await machine.show('app', 'ExecMainStatus'), '78');
  await machine.journalSays(
    /no listener of the ini names .*socket on \/run\/other\.sock .* named "other\.socket"/,
  );
});

machineStory('a datagram socket is refused with a sentence', async (machine) => {
  machine.application('app');
  await machine.service('app');
  await socketUnit(machine, 'app', 'ListenDatagram=/run/app.dgram');
  await machine.must('systemctl start app.socket');
  assert.notEqual((await machine.run('systemctl start app.service')).code, 0);
  assert.equal(await machine.show('app', 'ExecMainStatus'), '78');
  await machine.journalSays(/\/run\/app\.dgram .* cannot be served: it is a datagram socket/);
});

machineStory('a socket of our own unit is served beside the ini’s', async (machine) => {
  machine.application('app');
  await machine.service('app');
  await socketUnit(machine, 'app', 'ListenStream=/run/app.sock\nFileDescriptorName=reeve');
  await machine.must('systemctl start app.socket app.service');
  assert.equal((await machine.get('/')).status, 200);
  assert.equal(await peerStatus(machine, '/run/app.sock'), 200);
});

machineStory(
  'a request starts the service; idle ends it, and the next starts it again',
  async (machine) => {
    machine.application('app', { ini: 'idle = 1\ndie-on-idle = true' });
    await machine.service('app');
    await socketUnit(machine, 'app', `ListenStream=127.0.0.1:${machine.port}`);
    await machine.must('systemctl start app.socket');
    assert.equal(await machine.show('app', 'ActiveState'), 'inactive');
    for (let times = 0; times < 2; times += 1) {
      assert.equal((await machine.get('/')).status, 200);
      await until(
        'it has ended',
        async () => (await machine.show('app', 'ActiveState')) === 'inactive',
        {
          timeoutMs: 60_000,
        },
      );
      assert.equal(await machine.show('app', 'Result'), 'success');
      assert.equal(await machine.show('app', 'ExecMainStatus'), '0');
    }
  },
);

machineStory(
  'a restart under load with the socket unit: nobody refused, nothing lost',
  async (machine) => {
    machine.application('app', { ini: 'processes = 2' });
    await machine.service('app');
    await socketUnit(machine, 'app', `ListenStream=127.0.0.1:${machine.port}`);
    await machine.must('systemctl start app.socket app.service');
    const load = await clientsDuring(machine.port, 8, '/', async () => {
      for (let times = 0; times < 3; times += 1)
        await machine.must('systemctl restart app.service');
    });
    assert.deepEqual(load.failures(), []);
    assert.ok(load.answered >= 8, `${load.answered} answered`);
  },
);

machineStory('a crash under load with the socket unit: nobody refused', async (machine) => {
  machine.application('app', { ini: 'processes = 2' });
  await machine.service('app', 'Restart=on-failure\nRestartSec=100ms');
  await socketUnit(machine, 'app', `ListenStream=127.0.0.1:${machine.port}`);
  await machine.must('systemctl start app.socket app.service');
  const clients = 8;
  const load = await clientsDuring(machine.port, clients, '/', async () => {
    const pid = await machine.show('app', 'MainPID');
    await machine.signal('app.service', 'master', 'SIGKILL');
    await until('it serves again', async () => {
      const now = await machine.show('app', 'MainPID');
      return now !== pid && (await machine.show('app', 'ActiveState')) === 'active';
    });
    assert.equal((await machine.get('/')).status, 200);
  });
  assert.deepEqual(
    load.errors.filter((error) => error.includes('REFUSED')),
    [],
  );
  // Each client's request may be cut, and its next one meet a gateway whose workers have gone.
  assert.ok(load.failures().length <= 2 * clients, load.failures().join());
});
