/** `reeve advise`: it guesses nothing, measures what comes, and its lines fit into the ini. */

import assert from 'node:assert/strict';

import { clientsDuring } from '../support/clients.ts';
import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';

story(
  'advice comes of what was measured, and can be pasted',
  async (place) => {
    const ini = `control-socket = ${place.path('c')}\nprocesses = 2`;
    const daemon = await place.start({ app: 'sleeps', ini });
    const advise = (...flags: readonly string[]) =>
      place.run([Daemon.binary, 'advise', ...flags, place.path('c')], { timeoutMs: 90_000 });
    assert.equal((await daemon.get('/')).status, 200);
    const few = await advise();
    assert.equal(few.code, 0, few.output);
    assert.match(few.output, /^; No advice for .*: 1 requests? in /);
    assert.doesNotMatch(few.output, /^[^;\n]/m, 'nothing but comments');
    const wrong = await advise('--seconds=long');
    assert.deepEqual([wrong.code, /not a number of seconds/.test(wrong.output)], [64, true]);
    const measured = { output: '' };
    const load = await clientsDuring(place.port, 2, '/nap?0.005', async () => {
      // A slow machine needs longer for as many requests.
      for (const seconds of [12, 60]) {
        measured.output = (await advise(`--seconds=${seconds}`, '--json')).output;
        if (JSON.parse(measured.output).sure !== 'no') break;
      }
    });
    assert.deepEqual(load.failures(), []);
    const { sure, seen, machine, options } = JSON.parse(measured.output);
    assert.deepEqual([sure, seen.source], ['roughly', 'measured'], measured.output);
    assert.ok(seen.load.seconds >= 12 && seen.load.requests >= 500, measured.output);
    // Each has slept for 5 ms at least, and two run at a time at most.
    assert.ok(seen.load.busySeconds >= seen.load.requests * 0.005);
    assert.ok(seen.load.busySeconds <= seen.load.seconds * 2 + 1);
    assert.ok(machine.cores >= 0.1 && machine.roomBytes < machine.memoryBytes);
    assert.deepEqual([options.processes.now, options.harakiri.now], [2, 0]);
    assert.ok(options.processes.advised >= 2 && options.harakiri.advised >= 10);
    const text = (await advise()).output;
    const sentences = text.replaceAll('\n; ', ' ');
    assert.match(
      sentences,
      /requests\/s × [\d.]+ ms in the worker = [\d.]+ busy slots \(Little's law\)/,
    );
    place.write('advised.ini', `[uwsgi]\nhttp = 127.0.0.1:0\nmodule = sleeps\n${text}`);
    const checked = await place.run([
      Daemon.binary,
      'check',
      '--strict',
      place.path('advised.ini'),
    ]);
    assert.equal(checked.code, 0, checked.output);
  },
  { timeoutMs: 180_000 },
);
