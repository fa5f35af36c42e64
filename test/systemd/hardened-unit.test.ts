/** The shipped units: what systemd says of them, and applications that run in their sandbox. */

import assert from 'node:assert/strict';

import { request } from '../support/http.ts';
import { machineStory } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';
import { until } from '../support/until.ts';

machineStory('systemd finds nothing wrong with the units', async (machine) => {
  machine.application('x', {});
  const units = ['reeve@x.service', 'reeve@x.socket', 'reeve.service'].join(' ');
  const { code, output } = await machine.run(`systemd-analyze verify --man=no ${units}`);
  const lines = output.split('\n').filter((line) => /reeve/.test(line));
  assert.deepEqual([code, lines], [0, []]);
});

machineStory('the exposure that systemd counts is at most 2.0', async (machine) => {
  machine.application('x', {});
  const unit = '/usr/lib/systemd/system/reeve@.service';
  const { code, output } = await machine.run(
    `cp ${unit} /tmp/reeve@x.service; systemd-analyze security --offline=true --threshold=20 ` +
      '/tmp/reeve@x.service',
  );
  assert.equal(code, 0, output);
  assert.doesNotMatch(machine.read(unit), /^MemoryDenyWriteExecute=(yes|true|1|on)/m);
});

machineStory('Node, CPython and their libraries work in the sandbox', async (machine) => {
  machine.application('app', { app: 'tries_sandbox', ini: 'processes = 2\nthreads = 2' });
  machine.write('/home/somebody/secret', 'x');
  await machine.must('systemctl start reeve@app');
  const answer = await machine.get('/', { method: 'POST', body: Buffer.alloc(3_000_000) });
  assert.equal(answer.status, 200, answer.text);
  const { shut, ...rest } = JSON.parse(answer.text);
  assert.deepEqual(rest, {
    worked: {
      closure: 'ok',
      database: 'ok',
      log_file: 'ok',
      temporary_file: '/var/tmp',
      child_program: '42',
      shared_memory: 'ok',
      thread: 'ok',
      addresses: 'ok',
      affinity: 'ok',
      own_group: 'ok',
      memory_figures: 'MemTotal',
    },
    home: [],
    received: 3_000_000,
    user: Number(await machine.must('id -u reeve')),
    umask: '0o27',
  });
  assert.ok(!Object.values(shut).includes('open'), JSON.stringify(shut));
  const titles = machine.processes('reeve@app.service').map((info) => info.title);
  assert.ok(titles.includes('app reeve worker 2'), titles.join(', '));
  await machine.must('systemctl stop reeve@app');
  assert.equal(await machine.show('reeve@app', 'Result'), 'success');
});

machineStory('an application can be replaced, killed and started anew there', async (machine) => {
  machine.application('app', { app: 'describes_process', ini: 'harakiri = 60' });
  await machine.must('systemctl start reeve@app');
  const worker = await machine.signal('reeve@app.service', 'worker 1', 'SIGKILL');
  await until('another worker serves', () => {
    const [now] = machine.withRole('reeve@app.service', 'worker 1');
    return now !== undefined && now.pid !== worker;
  });
  assert.equal((await machine.get('/')).status, 200);
  await machine.signal('reeve@app.service', 'master', 'SIGKILL');
  await machine.says('systemctl show -P NRestarts reeve@app', /^1$/);
  await machine.says('systemctl is-active reeve@app', /^active$/);
  assert.equal((await machine.get('/')).status, 200);
});

machineStory('a name without an ini is refused, and so is a configuration', async (machine) => {
  assert.match((await machine.run('systemctl start reeve@absent')).output, /Assertion failed/);
  machine.application('app', { text: 'x', ini: 'processes = many' });
  assert.notEqual((await machine.run('systemctl start reeve@app')).code, 0);
  assert.equal(await machine.show('reeve@app', 'ExecMainStatus'), '78');
  assert.equal(await machine.show('reeve@app', 'NRestarts'), '0');
  assert.equal(await machine.show('reeve@app', 'ActiveState'), 'failed');
});

machineStory('a client of the socket does not start a broken ini for ever', async (machine) => {
  machine.application('app', { text: 'x', ini: 'processes = many' });
  // The shipped limit is ten in twenty seconds, which a slow machine may not reach.
  const limit = '[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=4\n';
  await machine.dropIn('reeve@app.service', limit);
  await machine.must('systemctl start reeve@app.socket');
  const socket = machine.path('/run/reeve/app.sock');
  await assert.rejects(request({ path: socket }, '/', { timeoutMs: 60_000 }));
  await machine.says('systemctl show -P Result reeve@app.socket', /^service-start-limit-hit$/);
  machine.application('app', { text: 'mended' });
  await machine.must('systemctl reset-failed reeve@app reeve@app.socket');
  await machine.must('systemctl start reeve@app');
  assert.equal((await machine.get('/')).text, 'mended');
});

machineStory('what may pass is tried again, without giving up', async (machine) => {
  machine.application('app', { app: 'exits_at_import' });
  await machine.dropIn('reeve@app.service', '[Service]\nRestartSec=500ms\n');
  assert.notEqual((await machine.run('systemctl start reeve@app')).code, 0);
  await machine.journalSays(/reeve@app.service: Main process exited.*status=22/);
  await machine.says('systemctl show -P NRestarts reeve@app', /^[1-9]/);
  machine.application('app', { text: 'late' });
  await machine.says('systemctl is-active reeve@app', /^active$/);
  assert.equal((await machine.get('/')).text, 'late');
});

machineStory('drop-ins give back what the sandbox takes', async (machine) => {
  await machine.must("echo 'u blog - - /home/blog' | systemd-sysusers -");
  await machine.must('python3 -m venv --system-site-packages --without-pip /home/blog/venv');
  await machine.must('mkdir /home/blog/data && chown blog /home/blog/data');
  machine.application('app', {
    app: 'describes_process',
    ini:
      'uid = blog\nhome = /home/blog/venv\nlogto = /home/blog/data/app.log\n' +
      'http-socket = /tmp/app.sock\nchmod-socket = 666',
  });
  await machine.dropIn(
    'reeve@app.service',
    '[Service]\nUser=blog\nGroup=blog\nProtectHome=read-only\nReadWritePaths=/home/blog/data\n' +
      'PrivateTmp=no\nReadWritePaths=/tmp /var/tmp\n',
  );
  assert.match(await machine.must('reeve check /etc/reeve/app.ini'), /0 warnings/);
  await machine.must('systemctl start reeve@app');
  const { prefix } = JSON.parse((await machine.get('/', { socket: '/tmp/app.sock' })).text);
  assert.equal(prefix, '/home/blog/venv');
  assert.match(machine.read('/home/blog/data/app.log'), /ready/);
});

machineStory(
  'stop, start, restart and reload of reeve.service reach applications',
  async (machine) => {
    machine.application('app', { text: 'one' });
    await machine.must('systemctl enable reeve reeve@app');
    await machine.must('systemctl start reeve');
    assert.equal((await machine.get('/')).text, 'one');
    const before = await machine.show('reeve@app', 'MainPID');
    await machine.must('systemctl restart reeve');
    assert.notEqual(await machine.show('reeve@app', 'MainPID'), before);
    await isActive(machine, 'reeve@app', 'active');
    await machine.must('systemctl reload reeve');
    machine.write('/srv/app/app.py', 'raise RuntimeError("broken")\n');
    assert.notEqual((await machine.run('systemctl reload reeve')).code, 0);
    assert.equal((await machine.get('/')).text, 'one');
    await machine.must('systemctl stop reeve');
    await isActive(machine, 'reeve@app', 'inactive');
  },
);

machineStory("stop of reeve and 'reeve@*' returns when all have stopped", async (machine) => {
  machine.application('app');
  const code = machine.read('/srv/app/app.py');
  machine.write('/srv/app/app.py', `import atexit, time\natexit.register(time.sleep, 2)\n${code}`);
  await machine.must('systemctl enable reeve reeve@app');
  await machine.must('systemctl start reeve');
  assert.equal((await machine.get('/')).status, 200);
  await machine.must("systemctl stop reeve 'reeve@*'");
  assert.equal(await machine.show('reeve@app', 'ActiveState'), 'inactive');
});

async function isActive(machine: Machine, unit: string, state: string): Promise<void> {
  await machine.says(`systemctl is-active ${unit}`, new RegExp(`^${state}$`));
}

machineStory(
  'the lines of the manual bring up a socket, its service and the umbrella',
  async (machine) => {
    const ini = 'http-socket = /run/reeve/demo/web.sock\nprotocol = http';
    machine.application('demo', { text: 'one', ini });
    await machine.must('systemctl enable --now reeve@demo.socket');
    await machine.must('systemctl enable --now reeve@demo');
    await machine.must('systemctl enable --now reeve');
    assert.equal((await machine.get('/', { socket: '/run/reeve/demo.sock' })).text, 'one');
    await machine.must('systemctl reload reeve');
    // And where the service runs before its socket does.
    await machine.must('systemctl stop reeve@demo reeve@demo.socket');
    await machine.must('systemctl start reeve@demo');
    assert.notEqual((await machine.run('systemctl start reeve@demo.socket')).code, 0);
    await machine.must('systemctl stop reeve@demo');
    await machine.must('systemctl start reeve@demo.socket');
    await machine.must('systemctl start reeve@demo');
    assert.equal((await machine.get('/', { socket: '/run/reeve/demo.sock' })).text, 'one');
  },
);
