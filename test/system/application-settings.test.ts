/** The application side: what each setting that concerns the application does. */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';

import { testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';

/** What describes_process answers, as far as these tests look. */
interface Description {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly path: readonly string[];
  readonly argv: readonly string[];
  readonly multithread: boolean;
  readonly multiprocess: boolean;
  readonly main_thread: boolean;
  readonly threads: number;
}

/** Starts describes_process with these lines and returns what it says of itself at `target`. */
async function describe(
  place: Place,
  ini: string,
  options: { target?: string; env?: Record<string, string>; app?: string } = {},
): Promise<Description> {
  place.copyApplication('describes_process');
  const daemon = await place.start({ ini, env: options.env ?? {} });
  const answer = await daemon.get(options.target ?? '/');
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text);
}

for (const lines of [
  'module = describes_process',
  'module = describes_process:application',
  'wsgi = describes_process:application',
  'module = describes_process\ncallable = application',
  'wsgi-file = describes_process.py',
  'file = describes_process.py\ncallable = application',
  `wsgi-file = %dalso-dashed.py`,
  'module = also-dashed',
  'module = package.inner:holder.application',
  'module = package.inner:make()',
]) {
  story(`an application is found by ${lines.replaceAll('\n', ' and ')}`, async (place) => {
    place.write('also-dashed.py', 'from describes_process import application\n');
    place.write('package/__init__.py', '');
    place.write(
      'package/inner.py',
      [
        'import describes_process',
        'class holder: application = staticmethod(describes_process.application)',
        'def make(): return describes_process.application',
        '',
      ].join('\n'),
    );
    assert.equal((await describe(place, lines)).cwd, place.directory);
  });
}

story('env, unenv and the environment of the starter', async (place) => {
  const { env } = await describe(
    place,
    'module = describes_process\nenv = ADDED=a=b\nenv = FOUND=new\nunenv = REMOVED',
    {
      env: { KEPT: 'kept', REMOVED: 'no', FOUND: 'old' },
    },
  );
  assert.deepEqual(
    [env.ADDED, env.FOUND, env.KEPT, env.REMOVED],
    ['a=b', 'new', 'kept', undefined],
  );
});

story('pythonpath and pyargv', async (place) => {
  mkdirSync(place.path('library'));
  const { path, argv } = await describe(
    place,
    `module = describes_process\npythonpath = ${place.path('library')}\npyargv = --one two`,
  );
  assert.ok(path.includes(place.path('library')));
  assert.deepEqual(argv.slice(1), ['--one', 'two']);
});

story('chdir', async (place) => {
  mkdirSync(place.path('elsewhere'));
  const description = await describe(
    place,
    `chdir = ${place.path('elsewhere')}\nwsgi-file = ${place.path('describes_process.py')}`,
  );
  assert.equal(description.cwd, place.path('elsewhere'));
});

for (const option of ['home', 'venv', 'virtualenv', 'pyhome']) {
  story(
    `${option} names the virtualenv, and its interpreter runs the application`,
    async (place) => {
      const made = await place.run([
        testPython(),
        '-m',
        'venv',
        '--without-pip',
        place.path('venv'),
      ]);
      assert.equal(made.code, 0, made.output);
      place.copyApplication('describes_process');
      const daemon = await place.start({
        bare: true,
        ini: `http = 127.0.0.1:${place.port}\nmodule = describes_process\n${option} = ${place.path('venv')}`,
      });
      const description = JSON.parse((await daemon.get('/')).text);
      assert.equal(description.prefix, place.path('venv'));
    },
  );
}

story('threads are truthful: one process and thread, or several', async (place) => {
  const one = await describe(place, 'module = describes_process\nprocesses = 1');
  assert.deepEqual(
    [one.multithread, one.multiprocess, one.main_thread, one.threads],
    [false, false, true, 1],
  );
});

story('threads = 2 and processes = 2 are said to the application', async (place) => {
  const two = await describe(place, 'module = describes_process\nprocesses = 2\nthreads = 2');
  assert.deepEqual([two.multithread, two.multiprocess], [true, true]);
});

story("the soft limit of open files is the operator's", async (place) => {
  place.copyApplication('describes_process');
  const daemon = await place.start({
    ini: 'module = describes_process',
    wrapper: ['prlimit', '--nofile=1234:4321'],
  });
  assert.equal(JSON.parse((await daemon.get('/')).text).nofile, 1234);
});

story('mount: several applications, longest path first, with manage-script-name', async (place) => {
  place.copyApplication('describes_process');
  place.writeAnswering('default');
  place.writeAnswering('other', 'other.py');
  const daemon = await place.start({
    ini: 'module = app\nmanage-script-name = true\nmount = /described=describes_process.py\nmount = /other=other:application',
  });
  assert.equal((await daemon.get('/')).text, 'default');
  assert.equal((await daemon.get('/otherwise')).text, 'default');
  assert.equal((await daemon.get('/other/x')).text, 'other');
  const description = JSON.parse((await daemon.get('/described/a/b')).text);
  assert.deepEqual([description.script_name, description.path_info], ['/described', '/a/b']);
  const root = JSON.parse((await daemon.get('/described')).text);
  assert.deepEqual([root.script_name, root.path_info], ['/described', '']);
});

story('nothing of ours shadows a module of the application', async (place) => {
  for (const name of [
    'serve',
    'control',
    'spawner',
    'wsgi',
    'application',
    'title',
    'reeve_worker',
  ]) {
    place.write(`${name}.py`, `WHOSE = "the application's"\n`);
  }
  place.write(
    'app.py',
    [
      'import serve, control, spawner, wsgi, application as own, title, reeve_worker',
      'def application(environ, start_response):',
      '    start_response("200 OK", [])',
      '    modules = (serve, control, spawner, wsgi, own, title, reeve_worker)',
      '    return [" ".join(module.WHOSE for module in modules).encode()]',
      '',
    ].join('\n'),
  );
  const daemon = await place.start({ ini: 'module = app' });
  assert.equal((await daemon.get('/')).text, Array(7).fill("the application's").join(' '));
});

story("the tutorial's file and a Flask application", async (place) => {
  place.write(
    'flask-app.py',
    'from flask import Flask\napp = Flask(__name__)\n@app.get("/")\ndef index(): return "from flask"\n',
  );
  const daemon = await place.start({
    ini: [
      'wsgi-file = flask-app.py',
      'callable = app',
      'master = true',
      'processes = 2',
      'threads = 2',
      'single-interpreter = true',
      'die-on-term = true',
      'need-app = true',
      'lazy-apps = true',
      'procname-prefix-spaced = demo',
      'py-autoreload = 2',
      `pidfile = ${place.path('demo.pid')}`,
      'vacuum = true',
      'worker-reload-mercy = 5',
    ].join('\n'),
  });
  assert.equal((await daemon.get('/')).text, 'from flask');
  assert.equal((await daemon.get('/nothing')).status, 404);
});

story("NODE_OPTIONS reaches the application, and not Reeve's own Node", async (place) => {
  const seen = await describe(place, 'module = describes_process', {
    env: { NODE_OPTIONS: '--no-such-option' },
  });
  assert.equal(seen.env['NODE_OPTIONS'], '--no-such-option');
});
