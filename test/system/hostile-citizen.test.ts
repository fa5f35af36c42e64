/** An application that changes all that belongs to its process, under the whole daemon. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';

import type { Daemon } from '../support/daemon.ts';
import { connect } from '../support/http.ts';
import { repository, testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

/** Longer than the default timeout that the application sets for sockets. */
const PAUSE_MS = 400;

// What forbids others to look into a process forbids it to these tests, too.
const skip = process.getuid?.() !== 0 && 'needs root';

/** The modules that the shim imports, which the application then breaks. */
function brokenModules(): string {
  const script = 'from test_citizen import imported_by_the_shim as modules; print(*modules())';
  return execFileSync(testPython(), ['-c', script], {
    cwd: path.join(repository, 'test/process/python_shim'),
    encoding: 'utf8',
  }).trim();
}

async function start(place: Place, ini: string): Promise<Daemon> {
  place.copyApplication('hostile_citizen');
  return place.start({
    ini: [
      'wsgi-file = hostile_citizen.py',
      `pyargv = ${place.path('own')} ${brokenModules()}`,
      'processes = 2',
      'request-buffering = false',
      ini,
    ].join('\n'),
  });
}

/** Sends a body in two parts and returns all that comes back. */
async function sendSlowly(place: Place): Promise<string> {
  const socket = connect({ port: place.port });
  let text = '';
  socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
  socket.write('POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\none ');
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  socket.write('two');
  await until('it is answered', () => text.endsWith('one two') || text.includes('HTTP/1.1 5'));
  socket.destroy();
  return text;
}

for (const threads of [1, 4]) {
  for (const lazy of [false, true]) {
    story(
      `is served with threads = ${threads} and lazy-apps = ${lazy}, replaced, reloaded and stopped`,
      async (place) => {
        const daemon = await start(place, `threads = ${threads}\nlazy-apps = ${lazy}`);
        assert.equal((await daemon.get('/')).text, 'first second');
        assert.equal((await daemon.get('/large')).body.length, 8 << 20);
        assert.match(await sendSlowly(place), /^HTTP\/1\.1 200 /);
        assert.equal((await daemon.get('/raise')).status, 500);
        await daemon.says(/exception in GET \/raise \(request .*\)\nTraceback/);

        const killed = await daemon.signal('worker 1', 'SIGKILL');
        await daemon.says(/worker 1 .*SIGKILL/);
        await until('there are two workers again', () => {
          const pids = daemon.workerPids();
          return pids.length === 2 && !pids.includes(killed);
        });
        assert.equal((await daemon.get('/')).text, 'first second');

        assert.equal(await daemon.reload(), 'reloaded');
        assert.equal((await daemon.get('/')).text, 'first second');
        assert.equal(daemon.withRole('spawner').length, 1);
        assert.doesNotMatch(daemon.log(), /the spawner (exited|was killed)|internal error/);
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
      },
      { skip },
    );
  }
}
