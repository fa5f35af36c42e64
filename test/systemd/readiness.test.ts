/** A start takes the time that it needs and no more, and one that fails says why. */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';

/** Writes the application's code in place of the usual. */
function code(machine: Machine, name: string, lines: string): void {
  const answer =
    'def application(environ, start_response):\n' +
    '    start_response("200 OK", [])\n' +
    '    return [b"here"]\n';
  machine.write(`/srv/${name}/app.py`, `${lines}\n${answer}`);
}

machineStory('an import that takes longer than TimeoutStartSec is waited for', async (machine) => {
  machine.application('app');
  code(machine, 'app', 'import time\ntime.sleep(12)');
  await machine.service('app', 'TimeoutStartSec=8');
  await machine.must('systemctl start app');
  assert.equal((await machine.get('/')).text, 'here');
  const pid = await machine.show('app', 'MainPID');
  assert.match(await machine.show('app', 'StatusText'), /^serving: 1 worker, /);
  assert.equal(await machine.must(`cat /proc/${pid}/comm`), 'reeve');
});

machineStory('an import that hangs fails at its own limit', async (machine) => {
  machine.application('app', { ini: 'start-timeout = 12\n' });
  code(machine, 'app', 'import time\ntime.sleep(1000)');
  await machine.service('app', 'TimeoutStartSec=8');
  const { code: failed } = await machine.run('systemctl start app');
  assert.notEqual(failed, 0);
  assert.equal(await machine.show('app', 'ExecMainStatus'), '22');
  assert.equal(await machine.show('app', 'StatusErrno'), '110');
  assert.match(await machine.show('app', 'StatusText'), /start-timeout/);
});

machineStory('a stopped import does not start for ever', async (machine) => {
  machine.application('app');
  code(machine, 'app', 'import os\nos.kill(os.getpid(), 19)');
  await machine.service('app', 'TimeoutStartSec=8');
  const { code: failed } = await machine.run('systemctl start app', { timeoutMs: 180_000 });
  assert.notEqual(failed, 0);
  assert.equal(await machine.show('app', 'Result'), 'timeout');
});

machineStory('a refused configuration ends with 78 and is not tried again', async (machine) => {
  machine.application('app', { ini: 'threads = many\n' });
  const policy = 'Restart=on-failure\nRestartSec=100ms\nRestartPreventExitStatus=64 66 77 78';
  await machine.service('app', policy);
  const { code: failed } = await machine.run('systemctl start app');
  assert.notEqual(failed, 0);
  assert.equal(await machine.show('app', 'ExecMainStatus'), '78');
  assert.equal(await machine.show('app', 'NRestarts'), '0');
  assert.match(await machine.show('app', 'StatusText'), /threads/);
});

machineStory('a port in use ends with 69, and systemd shows the reason', async (machine) => {
  machine.application('first');
  machine.application('second');
  await machine.service('first');
  await machine.service('second');
  await machine.must('systemctl start first');
  const { code: failed } = await machine.run('systemctl start second');
  assert.notEqual(failed, 0);
  assert.equal(await machine.show('second', 'ExecMainStatus'), '69');
  assert.equal(await machine.show('second', 'StatusErrno'), '98');
  const { output } = await machine.run('systemctl status second');
  assert.match(output, /Error: (code: )?98 \(Address already in use\)/);
});

machineStory('an old unit with Type=forking and daemonize works as it did', async (machine) => {
  machine.application('app', { ini: 'daemonize = /var/log/app.log\n' });
  const lines = [
    '[Service]',
    'Type=forking',
    'PIDFile=/run/app.pid',
    'ExecStart=/usr/bin/reeve /etc/reeve/app.ini',
    'KillMode=mixed',
  ];
  await machine.writeUnit('app.service', `${lines.join('\n')}\n`);
  await machine.must('systemctl start app');
  assert.equal((await machine.get('/')).status, 200);
  const pid = await machine.show('app', 'MainPID');
  assert.equal(machine.read('/run/app.pid'), `${pid}\n`);
  await machine.must('systemctl stop app; rm -f /var/log/app.log');
  assert.equal(await machine.show('app', 'Result'), 'success');
});
