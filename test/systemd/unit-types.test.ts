/** A unit that ran uWSGI, with `reeve` in its place: every Type=, with what an ini may have. */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';
import { until } from '../support/until.ts';

interface Unit {
  /** Lines of [Service], and of the ini; PID and LOG stand for files of the unit. */
  readonly service: readonly string[];
  readonly ini: readonly string[];
  readonly flags?: string;
  /** systemd has no main process for it. */
  readonly hasNoMain?: boolean;
}

const units: Readonly<Record<string, Unit>> = {
  simple: { service: ['Type=simple'], ini: [] },
  'simple, no Type=, daemonize': { service: [], ini: ['daemonize = LOG'] },
  'simple that is told': { service: ['NotifyAccess=all'], ini: ['daemonize = LOG'] },
  'exec, pidfile': { service: ['Type=exec'], ini: ['pidfile = PID'] },
  'exec, daemonize': { service: ['Type=exec'], ini: ['daemonize2 = LOG'] },
  notify: { service: ['Type=notify'], ini: [] },
  'notify, all': { service: ['Type=notify', 'NotifyAccess=all'], ini: ['daemonize = LOG'] },
  'notify, exec, PIDFile=': {
    service: ['Type=notify', 'NotifyAccess=exec', 'PIDFile=PID'],
    ini: ['safe-pidfile = PID'],
  },
  'notify, reload': { service: ['Type=notify', 'Type=notify-reload'], ini: [] },
  'forking, as most have it': {
    service: ['Type=forking', 'PIDFile=PID'],
    ini: ['daemonize = LOG', 'pidfile = PID'],
  },
  'forking, all by flags': {
    service: ['Type=forking', 'PIDFile=/var/runPID', 'NotifyAccess=all'],
    ini: [],
    flags: '--pidfile PID --daemonize LOG',
  },
  'forking, all, neither in the ini': {
    service: ['Type=forking', 'PIDFile=PID', 'NotifyAccess=all', 'WatchdogSec=20'],
    ini: [],
  },
  'forking, main, no PIDFile=': {
    service: ['Type=forking', 'NotifyAccess=main'],
    ini: ['daemonize2 = LOG', 'safe-pidfile = PID'],
  },
  'forking, neither, no PIDFile=': { service: ['Type=forking'], ini: [] },
  'forking, another pidfile': {
    service: ['Type=forking', 'PIDFile=PID'],
    ini: ['daemonize = LOG', 'pidfile = PID2'],
  },
  'oneshot, daemonize': {
    service: ['Type=oneshot', 'RemainAfterExit=yes', 'NotifyAccess=all'],
    ini: ['daemonize = LOG', 'pidfile = PID'],
    hasNoMain: true,
  },
};

async function runs(machine: Machine, what: string, unit: Unit): Promise<void> {
  const fill = (text: string): string =>
    text
      .replace('/var/runPID', '/var/run/types.pid')
      .replaceAll('PID2', '/run/other-types.pid')
      .replaceAll(/\bPID\b/g, '/run/types.pid')
      .replaceAll('LOG', '/var/log/types.log');
  machine.application('types', { app: 'hello', ini: unit.ini.map(fill).join('\n') });
  const flags = fill(unit.flags ?? '');
  const start = `ExecStart=/usr/bin/reeve --ini /etc/reeve/types.ini ${flags}`;
  const lines = [...unit.service.map(fill), start, 'KillSignal=SIGQUIT', 'TimeoutStartSec=60'];
  await machine.writeUnit('types.service', `[Service]\n${lines.join('\n')}\n`);
  for (const word of ['start', 'restart']) {
    const { code, output } = await machine.run(`systemctl ${word} types`);
    assert.equal(code, 0, `${what}: ${word}: ${output}`);
    assert.equal(await machine.show('types', 'ActiveState'), 'active', what);
    assert.equal((await until200(machine, what)).status, 200, what);
    const [master, ...others] = machine.withRole('types.service', 'master');
    assert.deepEqual(others, [], what);
    const own = await machine.must(`cat /proc/$(systemctl show -P MainPID types)/cmdline || true`);
    const title = unit.hasNoMain === true ? '' : 'reeve master';
    assert.equal(own.replaceAll('\0', '').trim().startsWith(title), true, `${what}: ${own}`);
    assert.ok(master, what);
  }
  const status = await machine.must('/usr/bin/reeve status types');
  assert.match(status, /^types: pid \d+, /, what);
  await machine.must('systemctl stop types');
  assert.deepEqual(machine.processes('types.service'), [], what);
  const log = await machine.must('journalctl --no-pager -o short-precise -n 25 -u types');
  assert.match(await machine.show('types', 'Result'), /success/, `${what}: ${log}`);
}

/** A unit of type simple or exec is active before it serves. */
function until200(machine: Machine, what: string): Promise<{ readonly status: number }> {
  return until(`${what}: it answers`, () => machine.get('/'));
}

const groups = Object.groupBy(Object.entries(units), ([what]) => what.split(',')[0] ?? '');
for (const [type, rows = []] of Object.entries(groups)) {
  machineStory(
    `every unit of type ${type} runs Reeve as it ran uwsgi`,
    async (machine) => {
      for (const [what, unit] of rows) await runs(machine, what, unit);
    },
    { timeoutMs: 120_000 },
  );
}
