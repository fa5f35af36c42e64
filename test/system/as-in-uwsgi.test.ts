/** What a file that was written for uWSGI relies on, and Reeve does as uWSGI does. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { request } from '../support/http.ts';
import { testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

const isRoot = process.getuid?.() === 0;

function modeOf(place: Place, name: string): number {
  return fs.statSync(place.path(name)).mode & 0o777;
}

story('with module and wsgi-file the module is served', async (place) => {
  place.writeAnswering('the module', 'one.py');
  place.writeAnswering('the file', 'two.py');
  const words = [...Daemon.words(place), '--wsgi-file', 'two.py', '--module', 'one'];
  const daemon = await place.start({ args: words });
  assert.equal((await daemon.get('/')).text, 'the module');
});

story('with logto and logto2 the second is the log', async (place) => {
  place.writeAnswering('hello');
  const words = [
    ...Daemon.words(place),
    '--module',
    'app',
    '--logto2',
    'b.log',
    '--logto',
    'a.log',
  ];
  const daemon = await place.start({ args: words, wait: 'nothing' });
  await daemon.answers('it serves', ({ status }) => status === 200);
  await until('the second has the log', () => /ready, serving/.test(place.read('b.log')));
  assert.equal(place.exists('a.log'), false);
});

story('one address with two protocols is bound once, for the first line', async (place) => {
  place.writeAnswering('hello');
  const address = `127.0.0.1:${place.port}`;
  for (const [lines, isHttp] of [
    [`http-socket = ${address}\nsocket = ${address}`, true],
    [`socket = ${address}\nhttp-socket = ${address}`, false],
  ] as const) {
    place.write('a.ini', `[uwsgi]\n${lines}\nmodule = app\npython = ${testPython()}\n`);
    const daemon = await place.start({ args: ['a.ini'] });
    assert.match(
      daemon.log(),
      new RegExp(`listening on .*${isHttp ? 'HTTP' : 'the uwsgi protocol'}`),
    );
    assert.match(daemon.log(), /is the address of \S+ \(a\.ini:2\) already/);
    await daemon.stop();
  }
});

story('a number is the name of a unix socket, and its clients are 0.0.0.0', async (place) => {
  place.write(
    'app.py',
    'def application(environ, start_response):\n' +
      '    start_response("200 OK", [])\n' +
      '    return [environ["REMOTE_ADDR"].encode()]\n',
  );
  const words = ['--http', '18001', '--module', 'app', '--python', testPython(), '--vacuum'];
  const daemon = await place.start({ args: words });
  assert.match(daemon.log(), /18001 is the name of a unix socket.*for port 18001 write :18001/);
  const answer = await request({ path: place.path('18001') }, '/');
  assert.equal(answer.text, '0.0.0.0');
});

story('under daemonize a unix socket has mode 777, and files keep the umask', async (place) => {
  place.writeAnswering('hello', 'app.py', 'open("made", "w").close()');
  const words = [...Daemon.words(place), '--module', 'app', '--socket', 'd.sock', '--vacuum'];
  const run = await place.run([
    ...['sh', '-c', 'umask 022; exec "$@"', 'sh', Daemon.binary, ...words],
    ...['--daemonize', 'd.log', '--pidfile', 'd.pid'],
  ]);
  assert.equal(run.code, 0, run.output);
  assert.equal(modeOf(place, 'd.sock'), 0o777);
  assert.equal(modeOf(place, 'made'), 0o644);
  assert.equal((await place.run([Daemon.binary, '--stop', 'd.pid'])).code, 0);
});

story('with no-default-app a path outside of every mount is answered 404', async (place) => {
  place.writeAnswering('mounted', 'one.py');
  const words = [...Daemon.words(place), '--mount', '/one=one.py', '--manage-script-name'];
  const first = await place.start({ args: words });
  assert.equal((await first.get('/other')).text, 'mounted');
  await first.stop();
  const daemon = await place.start({ args: [...words, '--no-default-app'] });
  assert.equal((await daemon.get('/other')).status, 404);
  assert.equal((await daemon.get('/one/x')).text, 'mounted');
});

story('pythonpath may be a pattern, and print is filled in', async (place) => {
  place.write('pp/one/lib/first.py', 'text = "first "');
  place.write('pp/two/lib/second.py', 'text = "second"');
  place.writeAnswering('hello', 'app.py', 'import first, second\n');
  place.write(
    'a.ini',
    `[uwsgi]\nhttp = 127.0.0.1:${place.port}\nmodule = app\npython = ${testPython()}\n` +
      'pythonpath = pp/*/lib\nprint = home is $(HOME)\n',
  );
  const daemon = await place.start({ args: ['a.ini'], env: { HOME: '/srv/home' } });
  assert.equal((await daemon.get('/')).text, 'hello');
  assert.match(daemon.log(), /home is \/srv\/home/);
});

for (const lines of [
  'chown-socket = www-data\nchmod-socket = 660',
  'chown-socket = www-data:www-data',
  'chown-socket = :www-data\nchmod-socket',
]) {
  story(
    `a reload under ${JSON.stringify(lines)} and uid is done: all is as asked`,
    async (place) => {
      place.writeAnswering('hello');
      place.write(
        'a.ini',
        `[uwsgi]\nhttp = 127.0.0.1:${place.port}\nmodule = app\npython = /usr/bin/python3\n` +
          `uid = nobody\nsocket = s.sock\nvacuum = true\n${lines}\n`,
      );
      const daemon = await place.start({ args: ['a.ini'] });
      for (let reload = 0; reload < 2; reload++) {
        const from = daemon.mark();
        process.kill(daemon.masterPid, 'SIGHUP');
        await daemon.says(/reload\.done/, { from });
      }
      assert.doesNotMatch(daemon.log(), /cannot be given its owner or mode/);
      fs.rmSync(place.path('s.sock'));
    },
    { skip: !isRoot && 'needs root' },
  );
}
