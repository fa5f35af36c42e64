/** An upgrade that is cut in two by kill -9: of the command, and of the instance. */

import assert from 'node:assert/strict';

import { clientsDuring } from '../support/clients.ts';
import { machineStory } from '../support/machine.ts';
import { until } from '../support/until.ts';
import { later, versionOf, withLaterCode } from '../support/later-code.ts';

machineStory(
  'kill -9 of an upgrade leaves every instance serving; the next upgrade does the rest',
  async (machine) => {
    machine.application('first', { app: 'imports_slowly' });
    machine.application('second', { isUnheard: true, ini: 'http = /run/reeve/second/s' });
    await machine.must('systemctl start reeve@first reeve@second');
    const old = await machine.must('reeve --version');
    await withLaterCode(machine, async () => {
      const load = await clientsDuring(machine.port, 2, '/', async () => {
        const upgrade = machine.run('reeve upgrade & echo $! >/run/upgrade.pid; wait $!');
        await machine.says('systemctl list-jobs reeve@first.service', /reeve@first/);
        await machine.must('kill -9 $(cat /run/upgrade.pid)');
        assert.notEqual((await upgrade).code, 0);
        await until('the restart has gone on without it', async () => {
          return (await versionOf(machine, 'reeve@first')) === later;
        });
      });
      assert.deepEqual(load.failures(), []);
      assert.equal(await versionOf(machine, 'reeve@second'), old);
      assert.equal((await machine.get('/', { socket: '/run/reeve/second/s' })).status, 200);
      assert.match(await machine.must('reeve upgrade'), /reeve@second: restarted/);
      assert.equal(await versionOf(machine, 'reeve@second'), later);
      await machine.must('systemctl stop reeve@first reeve@second');
    });
  },
);

machineStory(
  'kill -9 of an instance while it is upgraded: the upgrade ends, and systemd starts it again',
  async (machine) => {
    machine.application('app', { app: 'imports_slowly' });
    await machine.must('systemctl start reeve@app');
    const before = Number(await machine.show('reeve@app', 'MainPID'));
    await withLaterCode(machine, async () => {
      const load = await clientsDuring(machine.port, 2, '/', async () => {
        const upgrade = machine.run('reeve upgrade');
        await until('the new master is importing', async () => {
          const pid = Number(await machine.show('reeve@app', 'MainPID'));
          return pid > 0 && pid !== before && machine.withRole('reeve@app.service', 'spawner')[0];
        });
        await machine.signal('reeve@app.service', 'master', 'SIGKILL');
        const { output } = await upgrade;
        assert.match(output, /reeve@app: (restarted|the restart .* has failed)/);
        await machine.says('systemctl is-active reeve@app', /^active$/, { timeoutMs: 90_000 });
      });
      assert.deepEqual(load.failures(), []);
      assert.equal(await versionOf(machine, 'reeve@app'), later);
      await machine.must('systemctl stop reeve@app');
    });
  },
);
