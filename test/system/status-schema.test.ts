/** `reeve status --json` is what docs/status.schema.json says, and its counts outlive reloads. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { Daemon } from '../support/daemon.ts';
import { repository } from '../support/interpreters.ts';
import { schemaFaults } from '../support/json-schema.ts';
import { story, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';

const schema: unknown = JSON.parse(
  fs.readFileSync(path.join(repository, 'docs/status.schema.json'), 'utf8'),
);

type Status = ReturnType<typeof JSON.parse>;

async function statusOf(place: Place): Promise<Status> {
  const { code, output } = await place.run([Daemon.binary, 'status', '--json', place.path('c')]);
  assert.equal(code, 0, output);
  const status: Status = JSON.parse(output);
  assert.deepEqual(schemaFaults(status, schema), []);
  return status;
}

/** How many requests there were, by "MOUNT ROUTE STATUS". */
function counted(status: Status): Record<string, number> {
  const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
  return Object.fromEntries(
    status.totals.times.map((each: Status) => [
      `${each.mount} ${each.route} ${each.status}`,
      sum(each.run.counts),
    ]),
  );
}

story('times are counted by mount, label and status, across gateways', async (place) => {
  place.copyApplication('sleeps');
  const ini = (more: string): string =>
    [
      `control-socket = ${place.path('c')}`,
      'mount = /deadly=deadly.py',
      'manage-script-name = true',
      'metrics-label = naps ^/nap',
      more,
    ].join('\n');
  place.copyApplication('deadly');
  const daemon = await place.start({ app: 'sleeps', ini: ini('processes = 2') });
  const asked = ['/', '/nap?0.3', '/nap/more', '/deadly/', '/deadly/slow?0'];
  for (const target of asked) assert.equal((await daemon.get(target)).status, 200);
  assert.equal((await daemon.get('/deadly/exit')).status, 502);
  const before = await until('a worker was started again', async () => {
    const status = await statusOf(place);
    return status.totals.workerStarts === 3 ? status : undefined;
  });
  const all = { '  2xx': 1, ' naps 2xx': 2, '/deadly  2xx': 2, '/deadly  5xx': 1 };
  assert.deepEqual(counted(before), all);
  assert.equal(before.totals.workerDeaths, 1);
  const naps = before.totals.times.find(({ route }: Status) => route === 'naps');
  assert.ok(naps.run.seconds >= 0.3, 'one of them has slept so long');
  daemon.writeIni(ini('processes = 2\nheader-timeout = 20'));
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await daemon.get('/')).status, 200);
  const after = await until('the gateway before has gone', async () => {
    const status = await statusOf(place);
    return status.gateways.length === 1 ? status : undefined;
  });
  assert.deepEqual(counted(after), { ...all, '  2xx': 2 });
  assert.deepEqual(after.totals.reloads, { started: 1, reloaded: 1, failed: 0, refused: 0 });
  assert.equal(after.totals.gatewayStarts, 2);
});

story('the schema holds while requests run, overrun and wait, and in a stop', async (place) => {
  const ini = (harakiri: number): string =>
    `control-socket = ${place.path('c')}\nthreads = 2\nharakiri = ${harakiri}\n` +
    'attach-daemon = sleep 1000\ncron = -1 -1 -1 -1 -1 true';
  const daemon = await place.start({ app: 'waits_for_file', ini: ini(1) });
  assert.equal((await daemon.get(`/?${place.path('never')}`)).status, 504);
  const overrun = await statusOf(place);
  assert.deepEqual([overrun.totals.overruns, counted(overrun)], [1, { '  5xx': 1 }]);
  daemon.writeIni(`${ini(60)}\nworker-reload-mercy = 60`);
  assert.equal(await daemon.reload(), 'reloaded');
  const target = `/?${place.path('file')}`;
  const asked = [daemon.get(target), daemon.get(target), daemon.get('/')];
  const busy = await until('two run and one waits', async () => {
    const status = await statusOf(place);
    return status.queue.running === 2 && status.queue.queued === 1 ? status : undefined;
  });
  const [now] = busy.generations.flatMap((each: Status) =>
    each.workers.flatMap((worker: Status) => worker.now),
  );
  assert.deepEqual([now.method, now.uri], ['GET', target]);
  await daemon.signal('master', 'SIGTERM');
  await until('it stops', async () => (await statusOf(place)).phase === 'stopping');
  place.write('file', '');
  for (const answer of await Promise.all(asked)) assert.equal(answer.status, 200);
});

story('timers, crons and tasks are listed, with what has come of them', async (place) => {
  place.write('watched', '');
  const spool = place.path('tasks');
  const daemon = await place.start({
    app: 'raises_signals',
    ini: [`control-socket = ${place.path('c')}`, `spooler = ${spool}`, 'mule = true'].join('\n'),
  });
  assert.equal((await daemon.get('/?8')).status, 200);
  const status = await until('its timer was due, and a handler has failed', async () => {
    const now = await statusOf(place);
    const [timer] = now.jobs.raisers;
    return timer?.raised >= 1 && now.jobs.signals.failures === 1 ? now : undefined;
  });
  const raisers = status.jobs.raisers.map((each: Status) => [each.kind, each.signal, each.seconds]);
  assert.deepEqual(raisers, [
    ['timer', 10, 1],
    ['timer', 11, 1],
    ['cron', 12, null],
    ['file', 13, null],
  ]);
  const [timer, , cron, file] = status.jobs.raisers;
  assert.ok(timer.raised >= 1 && timer.lastAtMs <= status.takenAtMs);
  // It may be due by now, and is raised in a moment.
  assert.ok(
    timer.nextAtMs > status.takenAtMs - 1_000 && timer.nextAtMs <= status.takenAtMs + 1_000,
  );
  assert.ok(cron.nextAtMs > status.takenAtMs - 60_000 && cron.nextAtMs % 60_000 === 0);
  assert.deepEqual([file.path, file.nextAtMs], [place.path('watched'), null]);
  const table = (await place.run([Daemon.binary, 'status', place.path('c')])).output;
  assert.match(table, /^timer every 1 s → signal 10, next in [01] s, raised \d+ times?, last /m);
  assert.match(table, /^file .*watched → signal 13$/m);
  assert.match(table, /; 1 mule, 1 spooler/);
  const metrics = (await place.run([Daemon.binary, 'metrics', place.path('c')])).output;
  assert.match(metrics, /^reeve_signals_failed_total 1$/m);
  assert.match(metrics, /^reeve_signal_raisers\{kind="timer"\} 2$/m);
  assert.match(metrics, /^reeve_spooler_tasks\{directory=".*tasks",state="dead"\} 0$/m);
  assert.match(metrics, /^reeve_job_up\{generation="1",name="mule 1",kind="mule"\} 1$/m);
});
