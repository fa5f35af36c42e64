/**
 * Which settings are in force: after a reload that failed all of the old ones, also in the master
 * itself and for its listeners; after one that succeeded all of the new ones.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import type { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { isAlive } from '../support/processes.ts';
import { isListening } from '../support/sockets.ts';
import { throughout, until } from '../support/until.ts';

/** What is wrong with the new configuration: a line of the ini, or the application. */
const faults = [
  { what: 'whose application raises', line: '', breaks: true },
  { what: 'that is refused for a value', line: 'processes = many', breaks: false },
  { what: 'that names a missing page', line: 'error-page-502 = /missing.html', breaks: false },
];

/** The file that touch-reload names before, or after. */
function touched(place: Place, when: 'old' | 'new'): string {
  return place.path(`touch-${when}`);
}

function oldSettings(place: Place): string {
  return [
    'module = app',
    'procname-prefix-spaced = old',
    `touch-reload = ${touched(place, 'old')}`,
    `http-socket = ${place.path('app.sock')}`,
    'chmod-socket = 600',
  ].join('\n');
}

function newSettings(place: Place, port: number): string {
  return [
    'module = app',
    'procname-prefix-spaced = new',
    `touch-reload = ${touched(place, 'new')}`,
    `http-socket = ${place.path('app.sock')}`,
    'chmod-socket = 666',
    'die-on-term = false',
    `http = 127.0.0.1:${port}`,
  ].join('\n');
}

function touch(path: string): void {
  fs.writeFileSync(path, `${process.hrtime.bigint()}`);
}

function socketMode(place: Place): string {
  return (fs.statSync(place.path('app.sock')).mode & 0o777).toString(8);
}

async function startWithOld(place: Place): Promise<Daemon> {
  place.writeAnswering('one');
  for (const when of ['old', 'new'] as const) touch(touched(place, when));
  return place.start({ ini: oldSettings(place) });
}

/** Every process, the master too, has this prefix, and there is one of each. */
async function showsTitlesOf(daemon: Daemon, prefix: string): Promise<void> {
  await until(`the titles begin with ${prefix}`, () => {
    const titles = daemon.titles();
    const isAll = titles.length === 4 && titles.every((title) => title.startsWith(`${prefix} `));
    if (!isAll) throw new Error(titles.join(', '));
    return true;
  });
}

for (const { what, line, breaks } of faults) {
  story(`after a reload with a configuration ${what} all is as before`, async (place) => {
    const daemon = await startWithOld(place);
    const port = await place.anotherPort();
    if (breaks) place.write('app.py', 'raise RuntimeError("not today")\n');
    const idle = 'idle = 1\ndie-on-idle = true\nworker-reload-mercy = 1';
    daemon.writeIni(`${newSettings(place, port)}\n${idle}\n${line}`);
    assert.equal(await daemon.reload(), 'failed');

    await showsTitlesOf(daemon, 'old');
    assert.equal(socketMode(place), '600');
    await until('nobody listens on the new port', () => !isListening(port));
    let from = daemon.mark();
    touch(touched(place, 'new'));
    await throughout('idle does not end it', 2_500, () => isAlive(daemon.masterPid));
    assert.doesNotMatch(daemon.log(from), /reload: |stopping/);
    touch(touched(place, 'old'));
    await daemon.says(/reload: .*touch-old has been touched/, { from });
    assert.equal(await daemon.reloadOutcome(from), 'failed');
    assert.equal((await daemon.get('/')).text, 'one');

    from = daemon.mark();
    process.kill(daemon.masterPid, 'SIGTERM');
    assert.equal(await daemon.exitCode(), 0);
    assert.match(daemon.log(from), /stopping: SIGTERM/);
    assert.doesNotMatch(daemon.log(from), /at most 1 s/);
  });
}

story('after a reload that succeeds all is as the new configuration says', async (place) => {
  const daemon = await startWithOld(place);
  const port = await place.anotherPort();
  place.writeAnswering('two');
  daemon.writeIni(newSettings(place, port));
  assert.equal(await daemon.reload(), 'reloaded');

  await showsTitlesOf(daemon, 'new');
  await until('the socket has its new mode', () => socketMode(place) === '666');
  assert.ok(isListening(port));
  let from = daemon.mark();
  touch(touched(place, 'old'));
  await throughout(
    'the old file is not looked at',
    2_500,
    () => !/reload: /.test(daemon.log(from)),
  );
  touch(touched(place, 'new'));
  await daemon.says(/reload: .*touch-new has been touched/, { from });
  assert.equal(await daemon.reloadOutcome(from), 'reloaded');

  from = daemon.mark();
  process.kill(daemon.masterPid, 'SIGTERM');
  assert.equal(await daemon.reloadOutcome(from), 'reloaded');
  assert.match(daemon.log(from), /reload: SIGTERM, with die-on-term = false/);
  assert.equal((await daemon.get('/')).text, 'two');
});

story('die-on-idle holds from the reload on that brings it', async (place) => {
  place.writeAnswering('one');
  const daemon = await place.start({ ini: 'module = app' });
  daemon.writeIni('module = app\nidle = 1\ndie-on-idle = true');
  assert.equal(await daemon.reload(), 'reloaded');
  await daemon.says(/stopping: no request for 1 s \(die-on-idle\)/);
  assert.equal(await daemon.exitCode(), 0);
});

story('a reload that fails takes die-on-idle away from nobody', async (place) => {
  place.writeAnswering('one');
  const idle = 'module = app\nidle = 3\ndie-on-idle = true';
  const daemon = await place.start({ ini: idle });
  place.write('app.py', 'raise RuntimeError("not today")\n');
  daemon.writeIni('module = app');
  assert.equal(await daemon.reload(), 'failed');
  await daemon.says(/stopping: no request for 3 s \(die-on-idle\)/);
  assert.equal(await daemon.exitCode(), 0);
});

story('what a later reload waits for does not come into force with the first', async (place) => {
  place.writeAnswering('one');
  const daemon = await place.start({ ini: 'module = app\nprocname-prefix-spaced = old' });
  const gate = place.path('gate');
  const waits = `import os, time\nwhile not os.path.exists(${JSON.stringify(gate)}): time.sleep(0.02)\n`;
  place.writeAnswering('two', 'app.py', waits);
  daemon.writeIni('module = app\nprocname-prefix-spaced = second');
  let from = daemon.mark();
  process.kill(daemon.masterPid, 'SIGHUP');
  await until('it loads', () => daemon.titles().some((title) => title.startsWith('second ')));
  daemon.writeIni('module = missing\nprocname-prefix-spaced = third');
  process.kill(daemon.masterPid, 'SIGHUP');
  await daemon.says(/this reload follows it/, { from });
  assert.ok(daemon.titles().includes('old reeve master'));
  place.write('gate', '');
  assert.equal(await daemon.reloadOutcome(from), 'reloaded');
  from = daemon.log().indexOf('serves now');
  await daemon.says(/generation serves|keeps serving/, { from });
  await showsTitlesOf(daemon, 'second');
});
