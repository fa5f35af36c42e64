/** Point 9: a detached daemon whose parent returns when it is ready. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { request } from '../support/http.ts';
import { testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import type { Place, RunResult } from '../support/place.ts';
import { processInfo } from '../support/processes.ts';

/** Runs Reeve with a daemonize line, and returns what its parent did. */
function daemonize(place: Place, option: string): Promise<RunResult> {
  const lines = [
    `http = 127.0.0.1:${place.port}`,
    `python = ${testPython()}`,
    'module = app',
    `pidfile = ${place.path('app.pid')}`,
    'vacuum = true',
    `${option} = ${place.path('daemon.log')}`,
  ];
  place.write('app.ini', `[uwsgi]\n${lines.join('\n')}\n`);
  return place.run([Daemon.binary, 'app.ini']);
}

for (const option of ['daemonize', 'daemonize2']) {
  story(
    `${option}: the parent returns 0 once the child serves; the pidfile names the child`,
    async (place) => {
      place.write('daemon.log', 'written before\n');
      place.copyApplication('describes_process');
      place.write('app.py', 'from describes_process import application\n');
      const run = await daemonize(place, option);
      assert.equal(run.code, 0, run.output);
      const answer = await request({ port: place.port }, '/', { timeoutMs: 2000 });
      assert.equal(JSON.parse(answer.text).cwd, place.directory);
      const pid = Number(place.read('app.pid'));
      const info = processInfo(pid);
      assert.match(info?.title ?? '', /reeve master/);
      assert.equal(info?.session, pid, 'it leads its own session');
      assert.match(place.read('daemon.log'), /^written before\n[\s\S]*ready/);
      assert.equal((await place.run([Daemon.binary, '--stop', place.path('app.pid')])).code, 0);
      await Daemon.gone([pid]);
    },
  );

  story(
    `${option}: the parent returns the child's exit code when it cannot start`,
    async (place) => {
      place.write('app.py', 'raise ValueError("cannot start")\n');
      const run = await daemonize(place, option);
      assert.equal(run.code, 22, run.output);
      assert.match(place.read('daemon.log'), /cannot start/);
      assert.equal(place.exists('app.pid'), false);
    },
  );
}
