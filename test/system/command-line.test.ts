/** What a user types: flags, files, sections, and the commands that answer without starting. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

story('flags alone: --http --module --master --processes --threads', async (place) => {
  place.copyApplication('hello');
  const daemon = await place.start({
    args: [
      '--http',
      `127.0.0.1:${place.port}`,
      '--module',
      'hello:application',
      '--master',
      '--processes',
      '2',
      '--threads',
      '2',
      '--python',
      testPython(),
    ],
  });
  assert.equal((await daemon.get('/')).text, 'hello');
  assert.equal(daemon.workerPids().length, 2);
});

story('--socket with --protocol=http', async (place) => {
  place.copyApplication('hello');
  const daemon = await place.start({
    args: [
      '--socket',
      `127.0.0.1:${place.port}`,
      '--protocol=http',
      '--module',
      'hello:application',
      '--python',
      testPython(),
    ],
  });
  assert.equal((await daemon.get('/')).text, 'hello');
});

for (const args of [['--ini', 'reeve.ini'], ['reeve.ini']]) {
  story(`${args.join(' ')}`, async (place) => {
    const daemon = await place.start({ app: 'hello', args });
    assert.equal((await daemon.get('/')).text, 'hello');
  });
}

story('a section of a file: uwsgi.ini:staging', async (place) => {
  place.writeAnswering('staging');
  place.write(
    'uwsgi.ini',
    [
      '[uwsgi]',
      'module = not_there',
      '[staging]',
      `http = 127.0.0.1:${place.port}`,
      `python = ${testPython()}`,
      'module = app',
      '',
    ].join('\n'),
  );
  const daemon = await place.start({ args: ['uwsgi.ini:staging'] });
  assert.equal((await daemon.get('/')).text, 'staging');
});

story(
  'UWSGI_ variables are the weakest, then flags and --ini in order, then files',
  async (place) => {
    const daemon = await place.start({
      app: 'hello',
      ini: 'processes = 3',
      env: { UWSGI_PROCESSES: '1', UWSGI_PROCNAME_PREFIX_SPACED: 'fromenv' },
      args: ['--processes', '2', place.path('reeve.ini')],
    });
    await until('there are three workers', () => daemon.workerPids().length === 3);
    assert.ok(daemon.titles().every((title) => title.startsWith('fromenv ')));
  },
);

story('reeve check says what is wrong with file and line, without starting', async (place) => {
  place.writeAnswering('hello');
  place.write('good.ini', `[uwsgi]\nhttp = 127.0.0.1:${place.port}\nmodule = app\n`);
  place.write(
    'bad.ini',
    `[uwsgi]\nhttp = 127.0.0.1:${place.port}\nmodule = app\nprocesses = many\nvaccum = true\n`,
  );
  const good = await place.run([Daemon.binary, 'check', 'good.ini']);
  assert.equal(good.code, 0, good.output);
  const bad = await place.run([Daemon.binary, 'check', 'bad.ini']);
  assert.match(bad.output, /bad\.ini:5.*vaccum/);
  const missing = await place.run([Daemon.binary, 'check', 'not-there.ini']);
  assert.equal(missing.code, 66);
});

story('--help, options and --version print and end with 0', async (place) => {
  for (const args of [['--help'], ['options'], ['--version']]) {
    const run = await place.run([Daemon.binary, ...args]);
    assert.equal(run.code, 0, run.output);
    assert.notEqual(run.output, '');
  }
});

story('help explains a command, an option, a section and all of them', async (place) => {
  for (const [words, first, another] of [
    [['help', 'reload'], /^Usage: reeve reload /, /--all/],
    [['reload', '--help'], /^Usage: reeve reload /, /--all/],
    [['help', 'harakiri'], /^-t, --harakiri=SECONDS\n/, /A reload applies a change/],
    [['help', '--harakiri'], /^-t, --harakiri=SECONDS\n/, /worker-reload-mercy/],
    [['options', 'harakiri', 'threads'], /^-t, --harakiri/, /^--threads=NUMBER\n/m],
    [['help', 'workers'], /^-p, --processes, --workers=NUMBER\n/, /number of worker processes/],
    [['help', 'ini'], /^--ini=FILE\n/, /read ini file/],
    [['help', 'emperor'], /^--emperor\n/, /uWSGI that Reeve does not have: run one unit/],
    [['--help', 'logging'], /^Logging:\n/, /--logto=/],
    [['--help', 'all'], /^Usage:\n/, /--reload-mode=/],
    [['--help=all'], /^Usage:\n/, /--reload-mode=/],
    [['--help'], /^Usage:\n/, /Common options:\n[^]*reeve --help all +every option/],
    [['help'], /^Usage:\n/, /Common options:\n/],
  ] as const) {
    const run = await place.run([Daemon.binary, ...words]);
    assert.equal(run.code, 0, `${words.join(' ')}: ${run.output}`);
    assert.match(run.output, first);
    assert.match(run.output, another);
  }
});

story('it runs from any directory, and through a symbolic link', async (place) => {
  const linked = await place.run(['ln', '-s', Daemon.binary, place.path('reeve-link')]);
  assert.equal(linked.code, 0);
  const run = await place.run([place.path('reeve-link'), '--version'], { cwd: '/' });
  assert.equal(run.code, 0, run.output);
});

story('words that cannot be meant end with 64 and say what to do', async (place) => {
  for (const [words, sentence] of [
    [['--no-such-flag'], /unknown option --no-such-flag; `reeve --help all` lists all/],
    [['--http', '--module', 'app'], /--http needs an address such as :8000; the next word is/],
    [['--stop'], /--stop needs a value \(PIDFILE\); it is the last word of the command line/],
    [['options', '--format=html'], /options: there is no format "html": it is one of text, man/],
    [
      ['options', '--format'],
      /options: --format needs a value; `reeve options --help` shows how it is called/,
    ],
    [['enable', 'app.ini', '--name'], /enable: --name needs a value; `reeve enable --help`/],
    [
      ['enable', 'app.ini', '--dry-rum'],
      /enable: unknown option --dry-rum; did you mean --dry-run/,
    ],
    [['status', '--frob'], /status: unknown option --frob; `reeve status --help` lists all/],
    [['options', 'harakri'], /there is no option "harakri"; did you mean harakiri\?/],
    [['help', 'relod'], /there is no command or option "relod"; did you mean reload\?/],
    [['--help', 'nonsense'], /there is no command or option "nonsense"; `reeve --help all` lists/],
    [['statsu'], /^reeve: unknown command statsu; did you mean status\?\n$/],
    [['relaod', 'app'], /^reeve: unknown command relaod; did you mean reload\?\n$/],
    [['options', 'http', '--format=man'], /--format: names of options are explained as text only/],
    [['check'], /check: FILE is missing; `reeve check --help` shows how it is called\n$/],
    [['enable'], /enable: FILE is missing; /],
    [['disable'], /disable: NAME\|FILE is missing; /],
    [['log-level'], /log-level: LEVEL is missing; /],
    [['scale'], /scale: NUMBER is missing; /],
    [['reload', 'one', 'two'], /reload: too many words: two; /],
    [['status', '--json=1'], /status: --json takes no value\n$/],
    [['start', 'app.ini'], /^reeve: unknown command start; `reeve FILE\.ini` starts it, .*\n$/],
    [['Restart'], /^reeve: unknown command Restart; `reeve reload` loads code and settings/],
    [['--name', 'shop'], /^reeve: error: unknown option --name; it may mean --namespace, .*\n$/],
    [['stop', '4194399'], /no process has pid 4194399; name an instance/],
    [[], /Usage:\n {2}reeve \[options\]/],
  ] as const) {
    const run = await place.run([Daemon.binary, ...words]);
    const code = words[0] === 'stop' ? 69 : 64;
    assert.equal(run.code, code, `${words.join(' ')}: ${run.output}`);
    assert.match(run.output, sentence);
    assert.doesNotMatch(run.output, /^ {4}at /m);
  }
});

story('a file is read in each format, and its reader is loaded only for it', async (place) => {
  place.writeAnswering('hello');
  for (const [name, text] of [
    ['app.yaml', 'uwsgi:\n  http: :8000\n  module: "app:one\\ttwo"\n'],
    ['app.json', '{"uwsgi": {"http": ":8000", "module": "app:one\\ttwo"}}'],
    ['app.xml', '<uwsgi><http>:8000</http><module>app:one&#9;two</module></uwsgi>'],
  ] as const) {
    place.write(name, text);
    const run = await place.run([Daemon.binary, 'check', '--show', name]);
    assert.equal(run.code, 0, run.output);
    assert.match(run.output, /^module = app:one\ttwo$/m);
  }
});

story('reeve check tells by its exit code and last line what a start would do', async (place) => {
  place.writeAnswering('hello');
  place.write('good.ini', '[uwsgi]\nhttp = 127.0.0.1:8000\nmodule = app\n');
  place.write('nothing.ini', '[uwsgi]\nmodule = app\n');
  const lacking = 'this file does not start here: in the way here:';
  const lines = (number: number) =>
    `${number} line${number === 1 ? '' : 's'}: ${number} same, 0 always on, 0 differ, 0 not there`;
  place.write(
    'chdir.ini',
    '[uwsgi]\nhttp = 127.0.0.1:8000\nchdir = /nowhere\nwsgi-file = none.py\n',
  );
  place.write('file.ini', '[uwsgi]\nhttp = 127.0.0.1:8000\nwsgi-file = none.py\n');
  place.write('address.ini', '[uwsgi]\nhttp = 127.0.0.1:80000\nmodule = app\n');
  for (const [words, code, line] of [
    [
      ['good.ini'],
      0,
      `good.ini: ${lines(2)}; 0 errors, 0 warnings; ` +
        'this file starts here, if the application loads (not tried)',
    ],
    [['chdir.ini'], 78, `chdir.ini: ${lines(3)}; 1 error, 0 warnings; ${lacking} chdir /nowhere`],
    [['file.ini'], 22, `file.ini: ${lines(2)}; 1 error, 0 warnings; ${lacking} wsgi-file none.py`],
    [
      ['nothing.ini'],
      78,
      `nothing.ini: ${lines(1)}; 1 error, 0 warnings; this file does not start`,
    ],
    [
      ['address.ini'],
      78,
      `address.ini: ${lines(2)}; 1 error, 0 warnings; this file does not start`,
    ],
    [
      ['missing.ini'],
      66,
      `no file was read: ${lines(0)}; 1 error, 0 warnings; ` +
        'this command line does not start here: in the way here: the file missing.ini',
    ],
    [
      ['good.ini', '--harakri', '5'],
      64,
      `good.ini: ${lines(2)}; 1 error, 0 warnings; this file does not start`,
    ],
    [
      ['--stop', 'x.pid'],
      0,
      `no file was read: ${lines(1)}; 0 errors, 0 warnings; this is no start, but --stop`,
    ],
  ] as const) {
    const run = await place.run([Daemon.binary, 'check', ...words]);
    assert.equal(run.output.trim().split('\n').at(-1), `reeve: ${line}`);
    assert.equal(run.code, code, run.output);
  }
});

story('show-config prints the settings between the lines of uWSGI, and starts', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'show-config = true' });
  const shown = /^;uWSGI instance configuration\n\[uwsgi\]\n([^]*?)^;end of configuration$/m;
  assert.match(shown.exec(daemon.log())?.[1] ?? '', /^module = hello:application$/m);
  assert.doesNotMatch(daemon.log(), /show-config is known/);
  assert.equal((await daemon.get('/')).text, 'hello');
});

story('a listener by a flag that cannot be opened names the flag once', async (place) => {
  const words = ['--http', '192.0.2.1:8000', '--module', 'app'];
  const run = await place.run([Daemon.binary, ...words]);
  assert.equal(run.code, 69, run.output);
  assert.match(run.output, /--http: cannot listen on 192\.0\.2\.1:8000/);
});

story('pidfiles that name one file are refused before anything is opened', async (place) => {
  const words = ['--pidfile', 'a.pid', '--pidfile2', './a.pid', '--module', 'app'];
  const run = await place.run([Daemon.binary, '--http', `127.0.0.1:${place.port}`, ...words]);
  assert.equal(run.code, 78, run.output);
  assert.match(run.output, /pidfile2 and pidfile name one file/);
  assert.equal(place.exists('a.pid'), false);
});

story('reeve check --show prints a file that gives the same settings', async (place) => {
  place.write('a.ini', '[uwsgi]\nhttp = :8000\nmodule = app\nenv = A=%%d\n[other]\nx = y\n');
  const once = await place.run([Daemon.binary, 'check', '--show', 'a.ini']);
  const file = once.output.slice(0, once.output.indexOf('reeve:'));
  const places = [3, 4, 2].map((line) => `; a.ini:${line}\n`);
  const [module, env, http] = places;
  assert.equal(file, `[uwsgi]\n${module}module = app\n${env}env = A=%%d\n${http}http = :8000\n`);
});

story('reeve options prints every format', async (place) => {
  for (const [format, beginning] of [
    ['text', 'Usage:'],
    ['man', '.TH REEVE 1'],
    ['man5', '.TH REEVE.INI 5'],
    ['markdown', '# Options of Reeve'],
    ['json', '[\n  {\n    "name": "module"'],
    ['ini', '[uwsgi]\n'],
  ] as const) {
    const run = await place.run([Daemon.binary, 'options', '--format', format]);
    assert.equal(run.code, 0, run.output);
    assert.ok(run.output.startsWith(beginning), run.output.slice(0, 80));
  }
});
