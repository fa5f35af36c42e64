/** Each worker in a control group of its own, where the unit delegates its own. */

import assert from 'node:assert/strict';

import { machineStory, type Machine } from '../support/machine.ts';
import { until } from '../support/until.ts';

const unprivileged = 'User=nobody\nNoNewPrivileges=yes\nCapabilityBoundingSet=\n';

async function start(machine: Machine, lines: string, ini = ''): Promise<void> {
  machine.application('blog', { app: 'says_who', ini: `processes = 2\n${ini}` });
  await machine.service('blog', lines);
  await machine.must('systemctl start blog');
}

/** The groups below the unit's, with the commands in each. */
async function groups(machine: Machine): Promise<Record<string, string>> {
  const list =
    'cd /sys/fs/cgroup/system.slice/blog.service && for d in $(find . -mindepth 1 -type d | sort); ' +
    'do echo "$d:" $(for p in $(cat $d/cgroup.procs); do tr "\\0" " " < /proc/$p/cmdline; done); done';
  const lines = (await machine.must(list)).split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', commands = ''] = line.split(/: ?(.*)/s);
      return [name.replace('./', ''), commands.replace(/\s+/g, ' ').trim()];
    }),
  );
}

async function sleepers(machine: Machine): Promise<number> {
  return Number(await machine.must('pgrep -c -x sleep || true'));
}

for (const lines of ['', unprivileged]) {
  const who = lines === '' ? 'root' : 'a user without privileges';
  machineStory(`every process moves into a group of its own, as ${who}`, async (machine) => {
    await start(machine, `Delegate=yes\n${lines}`);
    const all = await groups(machine);
    assert.match(all['master'] ?? '', /reeve master/);
    assert.match(all['generation-1/spawner'] ?? '', /^reeve spawner$/);
    assert.equal(all['generation-1/worker-1'], 'reeve worker 1');
    assert.equal(all['generation-1/worker-2'], 'reeve worker 2');
    assert.equal(
      await machine.must('cat /sys/fs/cgroup/system.slice/blog.service/cgroup.procs'),
      '',
    );

    const pid = await machine.must('systemctl show -P MainPID blog');
    await machine.must(`kill -HUP ${pid}`);
    await until('the first generation has left no group', async () => {
      const names = Object.keys(await groups(machine));
      return names.includes('generation-2/worker-2') && !names.includes('generation-1');
    });
    await machine.must('kill -USR1 ' + pid);
    await machine.journalSays(/worker 1 pid \d+ up for \d+ s with \d+ MB/, '-u blog');
  });
}

machineStory('what a killed worker left behind is killed, nothing else', async (machine) => {
  await start(machine, 'Delegate=yes', 'worker-reload-mercy = 1');
  await machine.must('systemd-run --unit reeve-bystander sleep 600');
  assert.equal((await machine.get('/child-and-kill')).status, 502);
  const entry = await machine.journalSays(
    /^killed processes that worker [12] left behind: sleep/,
    '-u blog',
  );
  assert.equal(entry.fields['REEVE_EVENT'], 'worker.leftovers');
  await until('only the bystander sleeps', async () => (await sleepers(machine)) === 1);
  assert.equal((await machine.get('/')).status, 200);
  await until('its group is gone', async () => {
    const names = Object.keys(await groups(machine));
    return names.filter((name) => name.startsWith('generation-1/worker-')).length === 2;
  });
});

machineStory('a worker that overruns takes its children with it', async (machine) => {
  await start(machine, 'Delegate=yes', 'harakiri = 1\nworker-reload-mercy = 1');
  assert.equal((await machine.get('/hang')).status, 504);
  await machine.journalSays(/^killed processes that worker [12] left behind: sleep/, '-u blog');
  await until('nothing sleeps', async () => (await sleepers(machine)) === 0);
});

machineStory('children of a worker that ends in order live on', async (machine) => {
  await start(machine, 'Delegate=yes', 'worker-reload-mercy = 1');
  await machine.get('/child');
  const pid = await machine.must('systemctl show -P MainPID blog');
  await machine.must(`kill -HUP ${pid}`);
  await machine.journalSays(/^worker 2 .*as it was asked/, '-u blog');
  await machine.journalSays(/^worker 1 .*as it was asked/, '-u blog');
  assert.equal(await sleepers(machine), 1);
  const left = (await machine.journal('-u blog REEVE_EVENT=worker.leftovers')).length;
  assert.equal(left, 0);
});

machineStory('without delegation the control group is left alone', async (machine) => {
  await start(machine, '', 'log-level = debug');
  assert.deepEqual(
    await machine.must('ls -d /sys/fs/cgroup/system.slice/blog.service/*/ || true'),
    "ls: cannot access '/sys/fs/cgroup/system.slice/blog.service/*/': No such file or directory",
  );
  const off = await machine.journalSays(/has not delegated/, '-u blog REEVE_EVENT=cgroup.off');
  assert.equal(off.priority, 7);
  assert.match((await machine.get('/')).text, / \S*\/blog\.service$/);
});

machineStory(
  'with DelegateSubgroup= the groups stand beside it',
  async (machine) => {
    await start(machine, `Delegate=yes\nDelegateSubgroup=supervisor\n${unprivileged}`);
    const all = await groups(machine);
    assert.match(all['supervisor'] ?? '', /reeve master/);
    assert.equal(all['generation-1/worker-1'], 'reeve worker 1');
    assert.equal('master' in all, false);
  },
  { suites: ['trixie'] },
);
