/**
 * Points 2, 5 and 11: a daemon that cannot start says why, once, and with which exit code it ends.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import net from 'node:net';

import { testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import type { Daemon } from '../support/daemon.ts';

/** Starts with these lines, waits for the end, and checks the exit code. */
async function endsWith(
  place: Place,
  code: number,
  ini: string,
  env: Record<string, string> = {},
): Promise<Daemon> {
  const daemon = await place.start({ ini, env, wait: 'exit' });
  assert.equal(await daemon.exitCode(), code);
  assert.doesNotMatch(daemon.log(), /^\s+at .*\.(ts|js|mjs):\d+/m, 'no stack of ours');
  assert.doesNotMatch(daemon.log(), /reeve_worker/, 'no frame of the shim');
  return daemon;
}

for (const lazy of [false, true]) {
  const how = lazy ? 'with lazy-apps' : 'imported once';
  const line = `lazy-apps = ${lazy}\nprocesses = 2\n`;

  story(`${how}: an exception on import ends it with 22 and one traceback`, async (place) => {
    place.write('app.py', 'def load():\n    raise ValueError("cannot load")\n\nload()\n');
    const daemon = await endsWith(place, 22, `${line}module = app`);
    assert.equal(daemon.timesSaid(/^ValueError: cannot load/), 1, 'the traceback is shown once');
    assert.match(daemon.log(), /app\.py", line 2, in load/);
  });

  story(
    `${how}: a missing callable ends it with 22 and a sentence that names it`,
    async (place) => {
      place.write('app.py', 'app = 1\n');
      const daemon = await endsWith(place, 22, `${line}module = app:application`);
      assert.match(daemon.log(), /application/);
    },
  );

  story(
    `${how}: a module that is not there ends it with 22 and a sentence that names it`,
    async (place) => {
      const daemon = await endsWith(place, 22, `${line}module = not_there`);
      assert.match(daemon.log(), /not_there/);
    },
  );

  story(`${how}: a module of another environment: the log names this one`, async (place) => {
    const venv = place.path('venv');
    const made = await place.run([testPython(), '-m', 'venv', '--without-pip', venv]);
    assert.equal(made.code, 0, made.output);
    place.write('app.py', 'import flask\n');
    const ini = `[uwsgi]\nhttp = 127.0.0.1:${place.port}\nchdir = ${place.directory}\nhome = ${venv}\n`;
    const file = place.write('other.ini', `${ini}module = app\n${line}`);
    const daemon = await place.start({ args: [file], cwd: '/', wait: 'exit' });
    assert.equal(await daemon.exitCode(), 22);
    const version = String.raw`\d+\.\d+\.\d+`;
    const facts = `Python ${version} \\(${venv}/bin/python\\), environment ${venv}, sys.prefix ${venv}`;
    assert.match(daemon.log(), new RegExp(`application\\.interpreter .*: ${facts}\n`));
    const words = `No module named 'flask' .*; Python ${version} of the virtual environment ${venv} has`;
    assert.match(daemon.log(), new RegExp(words));
    assert.match(
      daemon.log(),
      new RegExp(`starting as pid .*, working directory ${place.directory}\n`),
    );
  });

  story(`${how}: SystemExit on import ends it with 22`, async (place) => {
    place.copyApplication('exits_at_import');
    await endsWith(place, 22, `${line}module = exits_at_import`, { MANNER: 'system-exit' });
  });
}

story('a missing callable among the names of Flask: one sentence, one try', async (place) => {
  const names = 'from flask import Flask, current_app, g, request, session\n';
  place.write('hello.py', `${names}app = Flask(__name__)\n`);
  const daemon = await endsWith(place, 22, 'module = hello');
  const said =
    /there is no callable "application" in module "hello"; did you mean "app"\? \(.*reeve\.ini:\d+\)/;
  assert.equal(daemon.timesSaid(said), 1);
  assert.equal(daemon.timesSaid(/Traceback|trying again/), 0);
});

story('an async application is refused with 22 and a sentence; it is not run', async (place) => {
  place.write('app.py', 'async def app(scope, receive, send):\n    print("ran")\n');
  const daemon = await endsWith(place, 22, 'module = app:app');
  assert.match(daemon.log(), /"app" in module "app" is an ASGI application: ASGI is not supported/);
  assert.equal(daemon.timesSaid(/\bran\b/), 0);
});

story('with need-app = false an async application leaves the answer to 500s', async (place) => {
  place.write('app.py', 'async def app(scope, receive, send):\n    print("ran")\n');
  const daemon = await place.start({ ini: 'module = app:app\nneed-app = false' });
  assert.equal((await daemon.get('/')).status, 500);
  assert.match(daemon.log(), /ASGI is not supported yet/);
});

for (const [manner, lazy] of [
  ['sleep', false],
  ['c', true],
] as const) {
  story(`an import that hangs (${manner}, lazy-apps = ${lazy}) is shown twice`, async (place) => {
    place.copyApplication('hangs_at_import');
    const daemon = await place.start({
      ini: `module = hangs_at_import\nstart-timeout = 4\nlazy-apps = ${lazy}`,
      env: { MANNER: manner },
      wait: 'nothing',
    });
    assert.equal(await daemon.exitCode(50_000), 22);
    const log = daemon.log();
    const [, early = '', late = ''] = log.split('the application has not loaded after');
    for (const shown of [early, late]) {
      assert.match(shown, /it is ended after 4 s \(start-timeout\)/);
      assert.match(shown, /main thread:\n +File .*hangs_at_import\.py", line \d+ in hang_deeply\n/);
      assert.match(shown, /another thread:\n.*\n.*\n.* in wait_in_thread/);
      assert.doesNotMatch(shown, /reeve_worker|importlib/);
    }
    assert.equal(/is in C code, called by the first line below/.test(late), manner === 'c');
    assert.match(late, /the application did not load within 4 s \(start-timeout\)/);
  });
}

story('a wsgi-file that is not there ends it with 22 and names the file', async (place) => {
  const daemon = await endsWith(place, 22, 'wsgi-file = not-there.py');
  assert.match(daemon.log(), /not-there\.py/);
});

for (const manner of ['SIGKILL', 'SIGSEGV', 'exit']) {
  story(
    `an import that ends its process by ${manner} is tried five times, then it ends`,
    async (place) => {
      place.copyApplication('exits_at_import');
      const daemon = await place.start({
        ini: 'module = exits_at_import',
        env: { MANNER: manner },
        wait: 'nothing',
      });
      assert.equal(await daemon.exitCode(50_000), 22);
      assert.match(daemon.log(), /5 times|five times/);
    },
  );
}

story('a configuration file that is missing: 66', async (place) => {
  const daemon = await place.start({ args: ['not-there.ini'], wait: 'exit' });
  assert.equal(await daemon.exitCode(), 66);
  assert.match(daemon.log(), /not-there\.ini/);
});

story('a configuration file that includes itself: one sentence, no stack', async (place) => {
  const daemon = await place.start({ bare: true, ini: 'ini = reeve.ini', wait: 'exit' });
  assert.ok([66, 78].includes(await daemon.exitCode()));
  assert.doesNotMatch(daemon.log(), /^\s+at /m);
});

for (const path of ['/dev/zero', '.']) {
  story(`a configuration "file" ${path}: one sentence and exit code`, async (place) => {
    const run = await place.start({ args: ['--ini', path], wait: 'exit' });
    assert.ok([66, 78].includes(await run.exitCode()), run.log());
    assert.doesNotMatch(run.log(), /^\s+at /m);
    assert.ok(run.log().trim().split('\n').length <= 3, run.log());
  });
}

story('an unknown flag: 64', async (place) => {
  const daemon = await place.start({ args: ['--procesess', '2'], wait: 'exit' });
  assert.equal(await daemon.exitCode(), 64);
  assert.match(daemon.log(), /processes/);
});

story('no arguments: 64 and a short help', async (place) => {
  const daemon = await place.start({ args: [], wait: 'exit' });
  assert.equal(await daemon.exitCode(), 64);
  assert.match(daemon.log(), /--http/);
});

story('--http without an address: 64 and a sentence that names what is meant', async (place) => {
  const daemon = await place.start({ args: ['--http', '--module', 'flask-app:app'], wait: 'exit' });
  assert.equal(await daemon.exitCode(), 64);
  assert.match(daemon.log(), /address.*:8000|:8000.*address/s);
});

story('strict refuses an unknown key with 78, its place and the nearest name', async (place) => {
  const daemon = await endsWith(place, 78, 'strict = true\nmodule = app\nvaccum = true');
  assert.match(daemon.log(), /reeve\.ini:\d+.*vaccum/);
  assert.match(daemon.log(), /vacuum/);
});

story('a protocol that Reeve does not have is refused with 78', async (place) => {
  const socket = `socket = 127.0.0.1:${await place.anotherPort()}`;
  await endsWith(place, 78, `${socket}\nprotocol = fastcgi\nmodule = app`);
});

story('an address in use: 69 and a sentence that names it', async (place) => {
  place.writeAnswering('hello');
  const other = net.createServer().listen(place.port, '127.0.0.1');
  await once(other, 'listening');
  try {
    const daemon = await endsWith(place, 69, 'module = app');
    assert.match(daemon.log(), new RegExp(`${place.port}`));
  } finally {
    other.close();
  }
});

story('a unix socket that somebody answers on: 69', async (place) => {
  place.writeAnswering('hello');
  const other = net.createServer().listen(place.path('app.sock'));
  await once(other, 'listening');
  try {
    const daemon = await endsWith(
      place,
      69,
      `http-socket = ${place.path('app.sock')}\nmodule = app`,
    );
    assert.match(daemon.log(), /app\.sock/);
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

story(
  'a logto that is a fifo which nobody reads: 73, and no waiting for a reader',
  async (place) => {
    place.writeAnswering('hello');
    const path = place.path('fifo');
    assert.equal((await place.run(['mkfifo', path])).code, 0);
    const daemon = await endsWith(place, 73, `logto = ${path}\nmodule = app`);
    assert.match(daemon.log(), /fifo cannot be made or written: it is a fifo that nobody reads/);
  },
);

for (const option of ['pidfile', 'logto']) {
  story(`a ${option} in a directory that is not there: 73`, async (place) => {
    place.writeAnswering('hello');
    const path = place.path('not-there/file');
    const daemon = await place.start({ ini: `${option} = ${path}\nmodule = app`, wait: 'exit' });
    assert.equal(await daemon.exitCode(), 73);
    assert.match(daemon.log(), /not-there/);
  });
}

story(
  'a port below 1024 as an ordinary user: 77',
  async (place) => {
    place.writeAnswering('hello');
    chmodSync(place.directory, 0o777);
    const daemon = await place.start({
      bare: true,
      ini: 'http = 127.0.0.1:81\nmodule = app',
      wrapper: [
        'setpriv',
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        '--inh-caps=-all',
        '--bounding-set=-all',
      ],
      wait: 'exit',
    });
    assert.equal(await daemon.exitCode(), 77);
  },
  { skip: process.getuid?.() !== 0 && 'needs root' },
);

story(
  'a user that is not there: 78',
  async (place) => {
    place.writeAnswering('hello');
    await endsWith(place, 78, 'uid = no-such-user\nmodule = app');
  },
  { skip: process.getuid?.() !== 0 && 'needs root' },
);

story('nothing to listen on: 78', async (place) => {
  const daemon = await place.start({ bare: true, ini: 'module = app', wait: 'exit' });
  assert.equal(await daemon.exitCode(), 78);
});
