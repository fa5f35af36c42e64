/** Spoolers: tasks are run once they are queued, whatever happens in between. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

function start(place: Place, ini = '', more: { readonly wait?: 'nothing' } = {}): Promise<Daemon> {
  const env = { RAN: place.path('ran'), GO: place.path('go') };
  return place.start({
    app: 'spools',
    ini: `spooler = ${place.path('spool')}\n${ini}`,
    env,
    ...more,
  });
}

/** The kinds and numbers of the tasks that were begun, in their order. */
function ran(place: Place): string[] {
  return place.read('ran').split('\n').filter(Boolean);
}

function queued(place: Place, folder = ''): string[] {
  const path = place.path(`spool/${folder}`);
  if (!fs.existsSync(path)) return [];
  return fs.readdirSync(path).filter((name) => /^uwsgi_spoolfile.*\d$/.test(name));
}

story(
  'tasks run in their order, by priority, with bodies of any size; what they fork runs no other',
  async (place) => {
    const daemon = await start(place);
    await daemon.get('/sleep?number=0');
    await until('it runs', () => ran(place).length === 1);
    await daemon.get('/ok?number=3&size=200000');
    await daemon.get('/ok?number=4');
    await daemon.get('/ok?number=2&priority=7');
    await daemon.get('/ok?number=1&priority=3');
    await daemon.get(`/ok?number=5&at=${Math.floor(Date.now() / 1000) + 3600}`);
    assert.match((await daemon.get('/ok?long=70000')).text, /65535 bytes in all; put it into body/);
    assert.match((await daemon.get('/ok?spooler=/none')).text, /\/none is no spooler/);
    const refused = await daemon.get(`/ok?priority=${encodeURIComponent('²')}`);
    assert.match(refused.text, /the priority '²' is not a number/);
    for (const number of [1, 2, 3]) await daemon.get(`/fork?number=${number}`);
    place.write('go', '');
    const order = ['sleep 0 0', 'ok 1 0', 'ok 2 0', 'ok 3 200000', 'ok 4 0'];
    order.push('fork 1 0', 'fork 2 0', 'fork 3 0');
    await until('all have run', () => ran(place).length >= order.length);
    assert.deepEqual(ran(place), order);
    await daemon.says(/task \S+ has failed \(try 1\)\nTraceback[^]*RuntimeError: in a child/);
    const isEnded = /forked by the application, returned from where it was: ended/g;
    await until('its children are ended', () => [...daemon.log().matchAll(isEnded)].length === 2);
    await until('one waits for its time', () => queued(place).length === 1);
    await daemon.stop();
  },
);

story(
  'a task that kills its spooler, or fails, is tried again later and put aside; others go on',
  async (place) => {
    const daemon = await start(place, 'spooler-retries = 2');
    await daemon.get('/kill?number=1');
    await daemon.get('/raise?number=2');
    await daemon.get('/retry?number=3');
    await daemon.get('/ignore?number=4');
    await daemon.get('/ok?number=5');
    await until('the last one has run', () => ran(place).includes('ok 5 0'));
    await until('three are put aside', () => queued(place, 'dead').length === 3, {
      timeoutMs: 90_000,
    });
    assert.equal(queued(place).length, 1);
    const tries = (kind: string) => ran(place).filter((line) => line.startsWith(kind)).length;
    assert.deepEqual([tries('kill'), tries('raise'), tries('retry')], [2, 2, 2]);
    await daemon.says(/task \S+ has failed \(try 1\)\nTraceback[^]*RuntimeError: on purpose/);
    const env = place.environment();
    const reeve = (...words: string[]) => place.run([Daemon.binary, 'jobs', ...words], { env });
    const { output } = await reeve('list', daemon.iniPath);
    assert.match(output, /put aside .* tried 2 times: RuntimeError: on purpose/);
    assert.match(output, /1 queued, 3 put aside in/);
    const failed = /(\S+): put aside .*RuntimeError/.exec(output)?.[1] ?? '';
    assert.match((await reeve('show', failed, daemon.iniPath)).output, /"kind" = "raise"/);
    await reeve('retry', failed, daemon.iniPath);
    await until('it is tried again', () => tries('raise') === 3);
    await reeve('drop', 'all', daemon.iniPath);
    await until('none is put aside but that one', () => queued(place, 'dead').length === 0);
    const status = await place.run([Daemon.binary, 'status', daemon.iniPath], { env });
    assert.match(status.output, /spooler 1 .* up .* failed in/);
    assert.match(status.output, /tasks in \S+spool: \d queued, \d put aside/);
    await daemon.stop();
  },
);

story('no task is lost by kill -9 of spooler and master, a reload or a stop', async (place) => {
  const first = await start(place);
  await first.get('/sleep?number=1');
  await until('it runs', () => ran(place).length === 1);
  process.kill(await first.pid('spooler 1'), 'SIGKILL');
  await until('it runs again', () => ran(place).length === 2, { timeoutMs: 90_000 });
  await first.get('/ok?number=2');
  process.kill(first.masterPid, 'SIGKILL');
  await first.exit;
  place.write('go', '');
  const second = await start(place, 'processes = 2\nspooler-processes = 2');
  await until('both are done', () => queued(place).length === 0, { timeoutMs: 90_000 });
  assert.equal(ran(place).filter((line) => line === 'ok 2 0').length, 1);
  fs.unlinkSync(place.path('go'));
  await second.get('/sleep?number=3');
  await until('it runs', () => ran(place).includes('sleep 3 0'));
  assert.equal(await second.reload(), 'reloaded');
  await second.get('/ok?number=4');
  await until('the next spooler goes on', () => ran(place).includes('ok 4 0'));
  place.write('go', '');
  await until('the old one finishes', () => queued(place).length === 0);
  assert.equal(ran(place).filter((line) => line === 'sleep 3 0').length, 1);
  await second.stop();
});

story(
  'harakiri ends a task with its stack; max-tasks and a touched file bring another spooler',
  async (place) => {
    place.write('touched', '');
    const ini = `spooler-harakiri = 1\nspooler-max-tasks = 1\nspooler-quiet = true\ntouch-spoolers-reload = ${place.path('touched')}`;
    const daemon = await start(place, ini);
    await daemon.get('/hang?number=1');
    await daemon.says(/Timeout[^]*spools\.py", line \d+ in run/);
    await daemon.says(/spooler 1 \(pid \d+\) exited with code 1/);
    await daemon.get('/ok?number=2');
    await until('it has run', () => ran(place).includes('ok 2 0'));
    await until('another one', () => daemon.timesSaid(/job\.started job="spooler 1"/) >= 3);
    const before = await daemon.pid('spooler 1');
    place.write('touched', 'again');
    await until('one more', async () => (await daemon.pid('spooler 1')) !== before);
    assert.doesNotMatch(daemon.log(), /spooler 1 has done/);
    await daemon.stop();
  },
);
