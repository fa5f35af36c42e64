/** Cron entries of an ini: their commands run in their minute, once, and are told of. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';
import { processesWithEnvironment } from '../support/processes.ts';
import { until } from '../support/until.ts';

story(
  'a cron command runs once in its minute, also when it reloads the server itself',
  async (place) => {
    place.write(
      'reload.sh',
      `echo run >> ${place.path('runs')}\nkill -HUP $(cat ${place.path('pid')})\n`,
    );
    const ini = `pidfile = ${place.path('pid')}\ncron = -1 -1 -1 -1 -1 sh ${place.path('reload.sh')}`;
    const daemon = await place.start({ app: 'hello', ini });
    const minute = () => Math.floor(Date.now() / 60_000);
    const from = minute();
    await daemon.reloadOutcome(0);
    await daemon.reload();
    const runs = place.read('runs').trim().split('\n').length;
    assert.ok(runs === 1 || minute() !== from, `${runs} runs`);
    await daemon.says(/cron\.ended cron=sh: cron sh exited with code 0 after/);
    await daemon.stop();
  },
);

story('what a cron command prints, its code and its end by harakiri are logged', async (place) => {
  const daemon = await place.start({
    app: 'hello',
    ini: [
      'cron = -1 -1 -1 -1 -1 echo said; exit 5',
      'cron2 = harakiri=1 sleep 7020',
      'cron2 = harakiri=1,minute=-1 sleep 7021',
      'unique-cron = -1 -1 -1 -1 -1 no-such-program',
    ].join('\n'),
  });
  await daemon.says(/cron\.output cron=echo: said\n/);
  await daemon.says(/cron\.failed cron=echo: cron echo exited with code 5 after/);
  await daemon.says(/cron\.failed cron=no-such-program: .*exited with code 127/);
  await daemon.says(/cron\.overdue cron=sleep: .*1 s \(harakiri\): it is killed/);
  await daemon.says(/cron\.failed cron=sleep.*: .* was killed by SIGKILL/);
  await daemon.stop();
});

story('a stop waits for a cron command, within its mercy', async (place) => {
  const ini = `cron = -1 -1 -1 -1 -1 sleep 1; echo done > ${place.path('done')}\ncron = -1 -1 -1 -1 -1 sleep 7022`;
  const daemon = await place.start({ app: 'hello', ini: `worker-reload-mercy = 3\n${ini}` });
  await until('both run', () => daemon.timesSaid(/cron\.started/) >= 2);
  await daemon.stop();
  assert.equal(place.read('done'), 'done\n');
  assert.match(daemon.log(), /cron\.awaited .*the stop waits for sleep, sleep-2/);
  assert.deepEqual(processesWithEnvironment(place.marker), []);
});
