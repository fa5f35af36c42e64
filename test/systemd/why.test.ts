/** `reeve why` where a unit does not run: what systemd and the journal know of it. */

import assert from 'node:assert/strict';

import { machineStory, type Machine } from '../support/machine.ts';

async function says(machine: Machine, unit: string, ...patterns: readonly RegExp[]): Promise<void> {
  const { code, output } = await machine.run(`reeve why ${unit}`);
  assert.equal(code, 69, output);
  for (const pattern of patterns) assert.match(output, pattern);
}

machineStory('why a unit does not run, and what to do', async (machine) => {
  await says(machine, 'nobody', /systemd has no unit reeve@nobody\.service or nobody\.service/);

  machine.application('app', { ini: 'need-app = true' });
  const again = 'Restart=on-failure\nRestartSec=100ms';
  await machine.service('app', again);
  await machine.dropIn('app.service', '[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=3\n');
  await says(machine, 'app', /app\.service is stopped: it was not started, or somebody/);

  machine.write('/srv/app/app.py', 'raise LookupError("no such table")\n');
  await machine.run('systemctl start app');
  await machine.says('systemctl show -P ActiveState app', /^failed$/);
  const failed =
    /app\.service has failed since .*: .*exit code 22: the application cannot be loaded/;
  await says(
    machine,
    'app',
    failed,
    /reset-failed app\.service && systemctl start/,
    /no such table/,
  );

  await machine.dropIn('app.service', '[Service]\nRestartSec=1h\n');
  await machine.must('systemctl reset-failed app');
  await machine.run('systemctl start app');
  await machine.says('systemctl show -P SubState app', /^auto-restart/);
  await says(machine, 'app', /app\.service fails again and again: its last process ended .* 22/);
  await machine.must('systemctl stop app');
  await says(
    machine,
    'app',
    /app\.service (is stopped: it was not started, or|was stopped since|has failed)/,
    /no such table/,
  );

  await machine.writeUnit('wrong.service', '[Service]\nType=notify\n');
  await says(machine, 'wrong', /wrong\.service cannot be loaded \(bad-setting\)/);
  await machine.must('systemctl mask reeve@hidden');
  try {
    await says(machine, 'hidden', /reeve@hidden\.service is masked: .*\n.*systemctl unmask/);
  } finally {
    await machine.must('systemctl unmask reeve@hidden');
  }
});
