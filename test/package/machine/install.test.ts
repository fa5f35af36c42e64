/** What an installation brings, and what it leaves alone. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { repository } from '../../support/interpreters.ts';
import { install, nothingRuns, packageStory, versionOf } from '../../support/package-story.ts';
import { currentVersion, laterVersion, packageFiles } from '../../support/packages.ts';
import { until } from '../../support/until.ts';

packageStory('installed without a network, it is complete and runs nothing', async (machine) => {
  const has = async (program: string): Promise<boolean> =>
    (await machine.run(`command -v ${program}`)).code === 0;
  for (const program of ['node', 'npm', 'cc', 'pip']) assert.ok(!(await has(program)), program);
  await install(machine, 'current');
  assert.equal(await machine.must("dpkg-query -W -f '${Status}' reeve"), 'install ok installed');
  assert.equal(await machine.must('dpkg --audit'), '');
  await machine.must('unshare --net apt-get check');
  assert.match(await machine.must('getent passwd reeve'), /:\/var\/lib\/reeve:.*nologin$/);
  for (const folder of ['/etc/reeve', '/run/reeve', '/var/lib/reeve', '/var/log/reeve']) {
    assert.equal(await machine.must(`stat -c '%F %a %U' ${folder}`), 'directory 755 root', folder);
  }
  // Whatever the umask, the code is everybody's to run; what was shut is opened again.
  for (const damage of ['find kept -type d -exec chmod go-rwx {} +', 'rm -r kept']) {
    await machine.must(`cd /usr/lib/reeve && ${damage}; umask 077; ./maintain installed`);
    const shut = 'find /usr/lib/reeve ! -perm -044 -o -type d ! -perm -055';
    assert.equal(await machine.must(shut), '', damage);
  }
  await nothingRuns(machine);
  const states = "systemctl list-units --all --plain --no-legend 'reeve*.s[eo]*'";
  assert.equal(await machine.must(states), '');
  for (const unit of ['reeve.service', 'reeve@hello.service', 'reeve@hello.socket']) {
    assert.equal((await machine.run(`systemctl is-enabled ${unit}`)).output, 'disabled', unit);
  }
  const first = machine.systemd < 254 ? '1s' : '100ms';
  assert.equal(await machine.show('reeve@hello', 'RestartUSec'), first);
  const unknown = (await machine.journal()).filter(({ message }) => /Unknown key/.test(message));
  assert.deepEqual(unknown, []);
  assert.equal(await machine.must('reeve --version'), currentVersion);
  const misled = 'REEVE_NODE=/bin/false REEVE_PYTHON=/bin/false REEVE_PROGRAM=/bin/false';
  assert.equal(await machine.must(`${misled} reeve --version`), currentVersion);
  assert.match(
    await machine.must(`${misled} reeve check /etc/reeve/hello.ini`),
    /0 errors, 0 warnings; this file starts/,
  );
  for (const file of [
    ...['man1/reeve.1', 'man5/reeve.ini.5', 'man7/reeve-systemd.7'].map(
      (page) => `/usr/share/man/${page}.gz`,
    ),
    '/usr/share/bash-completion/completions/reeve',
    '/usr/share/zsh/vendor-completions/_reeve',
    '/usr/share/fish/vendor_completions.d/reeve.fish',
    '/usr/share/doc/reeve/copyright',
  ]) {
    assert.ok(machine.exists(file), file);
  }
  assert.match(await machine.must('journalctl --list-catalog'), /has stopped/);
});

packageStory(
  'README.md: its lines for Debian install, serve the example and stop',
  async (machine) => {
    const readme = fs.readFileSync(path.join(repository, 'README.md'), 'utf8');
    const [, block = ''] =
      /^## Install\n[\s\S]*?On Debian[\s\S]*?```\n([\s\S]*?)```/m.exec(readme) ?? [];
    const lines = block.split('\n').map((line) => line.replace(/\s+#.*/, ''));
    const [aptInstall = '', start = '', ask = '', stop = ''] = lines;
    assert.match(aptInstall, /^apt install \.\/reeve_\S+\.deb$/);
    await machine.must(aptInstall.replace(/\.\/\S+/, `/packages/${packageFiles.current}`));
    // The machines share this one's network: an administrator gives it a port that is free.
    await machine.must(`sed -i s/:8000/:${machine.port}/ /etc/reeve/hello.ini`);
    await machine.must(start);
    assert.equal(ask, 'curl http://127.0.0.1:8000/', 'which is asked from here');
    assert.match((await machine.get('/')).text, /Hello from worker \d+/);
    await machine.must(stop);
    const said = await machine.must('journalctl -x -u reeve@hello --no-pager');
    assert.match(said, /All of its processes have ended/, 'the catalog');
    await nothingRuns(machine);
    const examples = await machine.must("find /usr/share/doc/reeve/examples -name '*.ini'");
    assert.notEqual(examples, '');
    for (const example of examples.split('\n')) {
      assert.match(
        await machine.must(`reeve check ${example}`),
        /0 errors, 0 warnings; this file starts/,
      );
    }
  },
);

packageStory('without systemd, as in a container, all of it works too', async (machine) => {
  /** What asks for /run/systemd/system finds none. */
  const contained = (command: string): Promise<string> =>
    machine.must(`unshare --mount sh -c 'mount -t tmpfs none /run/systemd && ${command}'`);
  const dpkg = (file: string): Promise<string> => contained(`dpkg --install /packages/${file}`);
  await dpkg(packageFiles.current);
  await machine.must('getent passwd reeve');
  const ini = machine.application('app');
  await contained(`reeve --ini ${ini} --daemonize /run/app.log`);
  assert.doesNotMatch(await dpkg(packageFiles.later), /reeve: /);
  assert.equal(await machine.must('reeve --version'), laterVersion);
  assert.equal(await versionOf(machine, ini), currentVersion, 'who started it restarts it');
  const workers = (): readonly string[] => {
    const pids = fs.readdirSync(machine.path('/proc')).filter((name) => /^\d+$/.test(name));
    const title = (pid: string): string => machine.read(`/proc/${pid}/cmdline`);
    return pids.filter((pid) => /reeve (worker|http) 1/.test(title(pid)));
  };
  const victims = workers();
  assert.equal(victims.length, 2);
  for (const pid of victims) await machine.must(`kill -KILL ${pid}`);
  await until('its old code is there', async () => (await machine.get('/')).status === 200);
  await contained('dpkg --purge reeve');
  await nothingRuns(machine);
  assert.ok(!machine.exists('/usr/lib/reeve'));
});
