/** `systemctl reload` tells the truth, and `kill -HUP` is seen. */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';
import { until } from '../support/until.ts';

/** Without the byte code of Python: code of the same size and second would be taken for the old. */
const unit = [
  'ExecReload=/usr/bin/reeve reload',
  'RuntimeDirectory=app',
  'Environment=PYTHONDONTWRITEBYTECODE=1',
].join('\n');

/**
 * The application from now on: it waits at import until /srv/app/go exists, then answers `text`.
 */
function code(machine: Machine, text: string, before = ''): void {
  machine.write(
    '/srv/app/app.py',
    `import os, time\n${before}\n` +
      'while not os.path.exists("/srv/app/go"):\n    time.sleep(0.02)\n' +
      'def application(environ, start_response):\n' +
      '    start_response("200 OK", [])\n' +
      `    return [b"${text}"]\n`,
  );
}

async function serving(machine: Machine, text: string): Promise<void> {
  machine.application('app');
  machine.write('/srv/app/go', '');
  code(machine, text);
  await machine.service('app', unit);
  await machine.must('systemctl start app');
}

machineStory('a reload returns when the new code answers', async (machine) => {
  await serving(machine, 'one');
  code(machine, 'two');
  await machine.must('systemctl reload app');
  assert.equal((await machine.get('/')).text, 'two');
  assert.equal(await machine.show('app', 'ActiveState'), 'active');
});

machineStory(
  'a reload that fails is said to have failed, and the old code serves on',
  async (machine) => {
    await serving(machine, 'one');
    code(machine, 'two', 'raise ValueError("not this one")');
    const { code: failed } = await machine.run('systemctl reload app');
    assert.notEqual(failed, 0);
    assert.equal(await machine.show('app', 'ActiveState'), 'active');
    assert.equal(await machine.show('app', 'ReloadResult'), 'exit-code');
    assert.match(await machine.show('app', 'StatusText'), /generation 1 serves.*not this one/);
    assert.equal((await machine.get('/')).text, 'one');
    await machine.journalSays(/reeve: app \(pid \d+\): .*ValueError: not this one/, '-u app');
    code(machine, 'three');
    await machine.must('systemctl reload app');
    assert.equal((await machine.get('/')).text, 'three');
  },
);

machineStory('a bare SIGHUP shows as reloading until the new code serves', async (machine) => {
  await serving(machine, 'one');
  await machine.must('rm /srv/app/go');
  code(machine, 'two');
  await machine.must('systemctl kill --kill-whom=main --signal=HUP app');
  await machine.says('systemctl show -P ActiveState app', /^reloading$/);
  assert.equal((await machine.get('/')).text, 'one');
  await machine.must('touch /srv/app/go');
  await machine.says('systemctl show -P ActiveState app', /^active$/);
  assert.equal((await machine.get('/')).text, 'two');
});

machineStory(
  'an import that outlasts TimeoutStartSec does not fail the reload',
  async (machine) => {
    machine.application('app');
    machine.write('/srv/app/go', '');
    code(machine, 'one');
    await machine.service('app', `${unit}\nTimeoutStartSec=8`);
    await machine.must('systemctl start app');
    code(machine, 'two', 'time.sleep(12)');
    await machine.must('systemctl reload app');
    assert.equal((await machine.get('/')).text, 'two');
  },
);

machineStory('two reloads at once both end when the new code answers', async (machine) => {
  await serving(machine, 'one');
  code(machine, 'two');
  const both = await Promise.all([
    machine.run('systemctl reload app'),
    machine.run('/usr/bin/reeve reload app'),
  ]);
  for (const { code: ended, output } of both) assert.equal(ended, 0, output);
  assert.equal((await machine.get('/')).text, 'two');
  await until('nothing reloads any more', async () => {
    return (await machine.show('app', 'ActiveState')) === 'active';
  });
});

machineStory('the umbrella reloads every instance, and fails when one does', async (machine) => {
  machine.application('one', { isUnheard: true, ini: 'http = /run/reeve/one/http.sock\n' });
  machine.application('two', { isUnheard: true, ini: 'http = /run/reeve/two/http.sock\n' });
  await machine.must('systemctl start reeve reeve@one reeve@two');
  await machine.must('systemctl reload reeve');
  machine.write('/srv/two/app.py', 'raise ValueError("two is broken")\n');
  const { code: failed } = await machine.run('systemctl reload reeve');
  assert.notEqual(failed, 0);
  await machine.journalSays(/two \(pid \d+\): .*two is broken/, '-u reeve');
  await machine.journalSays(/one \(pid \d+\): generation 3 serves now/, '-u reeve');
});

machineStory('a reload reaches the unit that it was asked of, and no other', async (machine) => {
  machine.application('silent', { text: 'silent', ini: 'control-socket = off' });
  machine.application('elsewhere', {
    text: 'elsewhere',
    isUnheard: true,
    ini: 'http-socket = /run/reeve/elsewhere/web.sock\ncontrol-socket = /run/reeve/elsewhere/c.sock',
  });
  await machine.must('systemctl start reeve@silent');
  await machine.must('systemctl start reeve@elsewhere');
  assert.notEqual((await machine.run('systemctl reload reeve@silent')).code, 0);
  await machine.journalSays(/instance of this unit .*control-socket = off/);
  assert.match(
    await machine.must('reeve status /run/reeve/elsewhere/c.sock'),
    /generation 1, serving/,
  );
  await machine.must('systemctl reload reeve@elsewhere');
  assert.match(
    await machine.must('reeve status /run/reeve/elsewhere/c.sock'),
    /generation 2, serving/,
  );
});

machineStory('a stop during a reload is a stop in order', async (machine) => {
  await serving(machine, 'one');
  await machine.must('rm /srv/app/go');
  const reload = machine.run('systemctl reload app');
  await machine.says('systemctl show -P StatusText app', /loading/);
  await machine.must('systemctl stop app');
  assert.notEqual((await reload).code, 0, 'systemctl says that the reload was none');
  assert.equal(await machine.show('app', 'ActiveState'), 'inactive');
  assert.equal(await machine.show('app', 'Result'), 'success');
  await machine.journalSays(/the reload was cut short/, '-u app');
});
