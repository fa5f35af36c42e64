/** Commands that wait show what they wait for: on a terminal on one line, elsewhere on lines. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { Terminal } from '../support/terminal.ts';
import { until } from '../support/until.ts';

/** An application whose import ends when PLACE/go is there. */
function writeApplication(place: Place, ini: string): void {
  const lines = [
    'import os, time',
    `while not os.path.exists(${JSON.stringify(place.path('go'))}): time.sleep(0.05)`,
    'from hello import application',
  ];
  place.copyApplication('hello');
  place.write('app.py', `${lines.join('\n')}\n`);
  const options = [
    `http = 127.0.0.1:${place.port}`,
    `python = ${testPython()}`,
    `pidfile = ${place.path('app.pid')}`,
    `control-socket = ${place.path('control.sock')}`,
    'module = app',
    'processes = 2',
    'procname-prefix-spaced = shop',
    ini,
  ];
  place.write('app.ini', `[uwsgi]\n${options.join('\n')}\n`);
}

/** Runs a command away from a terminal, and returns how to read its two streams meanwhile. */
function running(place: Place, ...words: string[]) {
  const script = `exec "$@" >${place.path('stdout')} 2>${place.path('stderr')}`;
  return place.run(['sh', '-c', script, 'sh', Daemon.binary, ...words]);
}

/** What it has written, with escapes as a character that can be read. */
function visible(terminal: Terminal): string {
  return terminal.output().replaceAll('\x1b', '␛');
}

const loading = /shop: loading the application, \d+ s; 0 of 2 workers ready/;

story('a start in the background, a reload and a stop are watched on a terminal', async (place) => {
  writeApplication(place, `daemonize = ${place.path('daemon.log')}`);
  const start = await Terminal.run(place, { args: ['app.ini'], until: loading });
  place.write('go', '');
  assert.equal(await start.exitCode(), 0);
  // The line is taken away before the result is written.
  assert.match(visible(start), /\r␛\[Kreeve: runs in the background as pid \d+; .*\r\n$/);

  fs.rmSync(place.path('go'));
  fs.rmSync(place.path('terminal.log'));
  const args = ['reload', place.path('control.sock')];
  const reload = await Terminal.run(place, { args, until: loading });
  place.write('go', '');
  assert.equal(await reload.exitCode(), 0);
  assert.match(visible(reload), /\r␛\[Kreeve: shop \(pid \d+\): generation 2 serves now.*\r\n$/);

  const pid = Number(place.read('app.pid'));
  const { code } = await running(place, 'stop', place.path('control.sock'));
  assert.equal(code, 0);
  await Daemon.gone([pid]);
});

story(
  'away from a terminal they write lines to stderr, and stdout stays as it was',
  async (place) => {
    writeApplication(place, `daemonize = ${place.path('daemon.log')}`);
    const start = running(place, 'app.ini');
    await until('the start is watched', () => loading.test(place.read('stderr')));
    place.write('go', '');
    assert.equal((await start).code, 0);
    assert.equal(place.read('stdout'), '');
    assert.match(place.read('stderr'), /^(reeve: .*\n)+reeve: runs in the background as pid .*\n$/);

    fs.rmSync(place.path('go'));
    place.write('stderr', ''); // What the start has written would be taken for the reload's.
    const reload = running(place, 'reload', place.path('control.sock'));
    await until('the reload is watched', () => loading.test(place.read('stderr')));
    place.write('go', '');
    assert.equal((await reload).code, 0);
    assert.match(place.read('stdout'), /^reeve: shop \(pid \d+\): generation 2 serves now.*\n$/);
    assert.match(place.read('stderr'), /^(reeve: shop: (re)?loading.*, \d+ s.*\n)+$/);
    assert.doesNotMatch(place.read('stderr'), /\r|\[K/);

    const pid = Number(place.read('app.pid'));
    assert.equal((await running(place, 'stop', place.path('control.sock'))).code, 0);
    await Daemon.gone([pid]);
  },
);
