/**
 * `reeve check` and the start judge with the same functions: for each kind of fault that keeps a
 * file from starting, both end with the same code, and both name it.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { checkOf, startOf } from '../support/check-and-start.ts';
import { Daemon } from '../support/daemon.ts';
import { testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';

const isRoot = process.getuid?.() === 0;

/** The faults: a title, the lines, the code, and what both say. */
const faults: readonly (readonly [title: string, lines: string, code: number, words: RegExp])[] = [
  [
    'a log in a directory that is missing',
    'logto = none/app.log',
    73,
    /none\/app\.log .*directory/,
  ],
  ['logto2 in such a directory', 'logto2 = none/app.log', 73, /none\/app\.log/],
  ['a pidfile in a directory that is missing', 'pidfile = none/p', 73, /none\/p .*directory/],
  ['pidfile2 in such a directory', 'pidfile2 = none/p', 73, /none\/p/],
  ['a socket in a directory that is missing', 'socket = none/s', 73, /none\/s .*directory/],
  ['stats in a directory that is missing', 'stats = none/s', 73, /none\/s .*directory/],
  ['metrics in a directory that is missing', 'metrics = none/m', 73, /none\/m .*directory/],
  ['metrics at an address of another machine', 'metrics = 192.0.2.1:9000', 69, /192\.0\.2\.1/],
  ['a socket where a file is', 'socket = app.py', 73, /app\.py exists and is not a socket/],
  ['a fifo in a directory that is missing', 'master-fifo = none/f', 73, /none\/f/],
  ['an unknown user', 'uid = nobody-here', 78, /no user "nobody-here"/],
  ['an unknown group', 'gid = nobody-here', 78, /no group "nobody-here"/],
  ['an unknown group beside', 'add-gid = nobody-here', 78, /no group "nobody-here"/],
  [
    'an unknown owner of sockets',
    'socket = a.sock\nchown-socket = nobody-here',
    78,
    /no user "nobody-here"/,
  ],
  ['a home without an interpreter', 'home = tmp', 78, /tmp is no virtual environment/],
  ['a python that is none', 'python = ./app.py', 78, /app\.py is not a program/],
  ['a directory that is missing', 'chdir = none', 78, /none is not a directory/],
  ['a spooler in a file', 'spooler = app.py', 78, /app\.py is not a directory/],
  ['an address of another machine', 'http-socket = 192.0.2.1:8000', 69, /192\.0\.2\.1:8000/],
  ['a host that nobody knows', 'http-socket = nobody.invalid:80', 69, /nobody\.invalid/],
  ['a mounted file that is missing', 'mount = /a=nope.py', 22, /no file "nope\.py"/],
  ['a mounted module that is missing', 'mount = /a=nope:app', 22, /no module "nope"/],
  ['a file that is no Python', 'mount = /a=broken.py', 22, /broken\.py.*SyntaxError/],
  ['an error page that is missing', 'error-page-404 = none.html', 78, /none\.html/],
  ['two pidfiles with one name', 'pidfile = p\npidfile2 = ./p', 78, /name one file/],
  [
    'a fifo at the path of a pidfile',
    'pidfile = one\nmaster-fifo = one',
    73,
    /\/one (is a fifo for master-fifo, and a file for pidfile|cannot be made)/,
  ],
  [
    'a socket at the path of a pidfile',
    'safe-pidfile = two\nsocket = ./two',
    73,
    /two (is a socket for socket, and a file for safe-pidfile|exists and is not a socket)/,
  ],
];

function iniOf(place: Place, lines: string): string {
  place.writeAnswering('hello');
  place.write('broken.py', 'def (:\n');
  const name = 'app.ini';
  const address = `127.0.0.1:${place.port}`;
  const python = lines.includes('python =') || lines.includes('home =') ? '' : testPython();
  const interpreter = python === '' ? '' : `python = ${python}\n`;
  const text = `[uwsgi]\nhttp = ${address}\nmodule = app\n${interpreter}${lines}\n`;
  place.write(name, text);
  return name;
}

for (const [title, lines, code, words] of faults) {
  story(`${title}: check and start end with ${code}`, async (place) => {
    const ini = iniOf(place, lines);
    const before = fs.readdirSync(place.directory).toSorted();
    const checked = await checkOf(place, [ini]);
    assert.equal(checked.code, code, checked.output);
    assert.match(checked.output, words);
    assert.match(checked.output, /this file does not start/);
    assert.doesNotMatch(checked.output, /^\s+at |fault of Reeve/m);
    assert.deepEqual(fs.readdirSync(place.directory).toSorted(), before, 'nothing is left');
    const started = await startOf(place, [ini]);
    assert.equal(started.code, code, started.output);
    assert.match(started.output, words);
  });
}

for (const application of ['module = nope', 'module = nope.wsgi:app', 'wsgi-file = nope.py']) {
  story(`${application}, which is not there: 22`, async (place) => {
    const address = `127.0.0.1:${place.port}`;
    place.write(
      'app.ini',
      `[uwsgi]\nhttp = ${address}\npython = ${testPython()}\n${application}\n`,
    );
    const checked = await checkOf(place, ['app.ini']);
    assert.equal(checked.code, 22, checked.output);
    assert.match(checked.output, /app\.ini:4/);
    assert.equal((await startOf(place, ['app.ini'])).code, 22);
  });
}

story(
  'programs of mules that are not there are named, and the start does without',
  async (place) => {
    const ini = iniOf(place, '');
    const lines = fs.readFileSync(place.path(ini), 'utf8');
    place.write(
      ini,
      `${lines}mule = nope.py\nmule = nope:run\nmule = app.py\nmule =\nfarm = a:4\n`,
    );
    const checked = await checkOf(place, [ini]);
    assert.equal(checked.code, 0, checked.output);
    assert.match(
      checked.output,
      /warning: there is no file "nope\.py" .*the mule is started again/,
    );
    assert.match(checked.output, /warning: there is no module "nope" .*the mule is started again/);
    assert.equal(checked.output.match(/: warning: .*the mule is started/g)?.length, 2);
    assert.match(checked.output, /this file starts here, if the application loads/);
    place.write(ini, `${lines}mules = 2\nfarm = a:3\n`);
    const refused = await checkOf(place, [ini]);
    assert.match(
      refused.output,
      /error: farm a:3: there is no mule 3: there are 2 \(mule, mules\)/,
    );
    assert.equal((await startOf(place, [ini])).code, refused.code);
  },
);

for (const application of ['module = nope', 'wsgi-file = nope.py', 'mount = /a=broken.py']) {
  story(`${application}, where need-app = false asks to start without: 0`, async (place) => {
    const ini = iniOf(place, '');
    const lines = fs.readFileSync(place.path(ini), 'utf8').replace('module = app\n', '');
    place.write(ini, `${lines}need-app = false\n${application}\n`);
    const checked = await checkOf(place, [ini]);
    assert.equal(checked.code, 0, checked.output);
    assert.match(checked.output, /app\.ini:6: warning: .*every request is answered 500/);
    assert.match(checked.output, /this file starts here$/m);
    const started = await startOf(place, [ini]);
    assert.equal(started.code, 0, started.output);
    assert.match(started.output, /serving 500 until a reload succeeds/);
  });
}

/** An interpreter that sees its standard library alone, whatever is installed. */
function bareOf(place: Place): string {
  const path = place.path('bare-python');
  fs.writeFileSync(path, `#!/bin/sh\nexec ${testPython()} -S "$@"\n`, { mode: 0o755 });
  return path;
}

story(
  'the library that a server of Redis needs is missing: 22, and how it is installed',
  async (place) => {
    const uses = ['spooler = redis://:hidden@h/0', 'cache2 = name=a,store=redis://:hidden@h/0'];
    const server = 'redis://h/0 needs a client library';
    for (const line of [...uses, `${uses[1]}\nneed-app = false`]) {
      const isKept = line.includes('need-app');
      const ini = iniOf(place, `${line}\npython = ${bareOf(place)}`);
      const checked = await checkOf(place, [ini]);
      const kind = isKept ? 'warning' : 'error';
      const said = new RegExp(`app\\.ini:4: ${kind}: ${server}.* pip install redis`);
      assert.match(checked.output, said);
      assert.doesNotMatch(checked.output, /: (error|warning): .*hidden/);
      assert.equal(checked.code, isKept ? 0 : 22);
      const started = await startOf(place, [ini]);
      assert.match(started.output, new RegExp(`${server}.* pip install redis`));
      assert.equal(started.code, checked.code);
    }
  },
);

story('an address in use: 69, and who has it', async (place) => {
  const daemon = await place.start({ app: 'hello' });
  const other = iniOf(place, '');
  const checked = await checkOf(place, [other]);
  assert.equal(checked.code, 69, checked.output);
  assert.match(checked.output, /is in use by/);
  assert.equal((await startOf(place, [other])).code, 69);
  // The file of what runs here is served: its own address is not in its way.
  const own = await checkOf(place, [daemon.iniPath]);
  assert.equal(own.code, 0, own.output);
});

story('a port that two lines of the file ask for: 69, and both lines', async (place) => {
  for (const line of ['http-socket = :PORT', 'stats = 127.0.0.1:PORT', 'stats = localhost:PORT']) {
    const ini = iniOf(place, line.replace('PORT', `${place.port}`));
    for (const told of [await checkOf(place, [ini]), await startOf(place, [ini])]) {
      assert.equal(told.code, 69, told.output);
      assert.match(told.output, /app\.ini:5: .*is taken already by http = \S+ \(app\.ini:2\)/);
      assert.doesNotMatch(told.output, /stop that process/);
    }
  }
});

story('all that is missing is named at once, each with its line', async (place) => {
  const ini = iniOf(place, 'logto = none/l\npidfile = none/p\nuid = nobody-here\nhome = tmp');
  const { output } = await checkOf(place, [ini]);
  const missing = /in the way here: (.*)$/m.exec(output)?.[1];
  assert.equal(missing, 'uid nobody-here, pidfile none/p, logto none/l, home tmp');
  assert.match(output, /app\.ini:4: error: logto: /);
});

story(
  'a directory that the user may not enter: 77',
  async (place) => {
    fs.mkdirSync(place.path('closed'), { mode: 0o700 });
    const ini = iniOf(place, 'chdir = closed\npythonpath = ..\nuid = nobody');
    place.write('closed/app.py', '');
    const words = [ini, '--python', '/usr/bin/python3'];
    const checked = await checkOf(place, words);
    assert.equal(checked.code, 77, checked.output);
    assert.equal((await startOf(place, words)).code, 77);
  },
  { skip: !isRoot && 'needs root' },
);

story(
  'an interpreter of the user is asked as the user, never as root',
  async (place) => {
    fs.chmodSync(place.directory, 0o777);
    const asked = place.write('asked', '');
    fs.chmodSync(asked, 0o666);
    const program = `#!/bin/sh\nid -un >>${asked}\nexec /usr/bin/python3 "$@"\n`;
    fs.chmodSync(place.write('own-python', program), 0o755);
    place.write('app.py', '');
    const unit = place.write(
      'shop.service',
      '[Service]\nExecStart=/usr/bin/uwsgi app.ini\nUser=nobody\n' +
        `WorkingDirectory=${place.directory}\n`,
    );
    const checks: readonly (readonly [lines: string, words: readonly string[], who: string])[] = [
      ['uid = nobody', [], 'nobody\n'],
      ['uid = nobody-here', [], ''],
      ['', ['--unit', unit], 'nobody\n'],
      ['uid = www-data', ['--unit', unit], 'nobody\n'],
    ];
    for (const [lines, words, who] of checks) {
      const ini = iniOf(place, `python = ${place.path('own-python')}\n${lines}`);
      const { output } = await checkOf(place, [...words, ini]);
      assert.equal(place.read('asked'), who, output);
      place.write('asked', '');
    }
  },
  { skip: !isRoot && 'needs root' },
);

story('a variable and an include that are missing are told as files are', async (place) => {
  const ini = iniOf(place, 'processes = $(WORKERS_OF_NOBODY)\ninclude = none.ini');
  const { code, output } = await checkOf(place, [ini]);
  assert.equal(code, 66, output);
  const missing = /in the way here: (.*)$/m.exec(output)?.[1];
  assert.equal(missing, 'the file none.ini, the variable WORKERS_OF_NOBODY');
});

story('what starts is said to start, and does', async (place) => {
  const ini = iniOf(place, 'pidfile = p\nsocket = s.sock\nmaster-fifo = f\nvacuum = 1');
  const checked = await checkOf(place, [ini, '--strict']);
  assert.equal(checked.code, 0, checked.output);
  assert.match(checked.output, /7 lines: .* 0 not there; 0 errors, 0 warnings; this file starts/);
  for (const name of ['p', 's.sock', 'f']) assert.equal(place.exists(name), false, name);
  const daemon = await place.start({ args: [ini] });
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

story('check --strict ends with 78 where something is lost', async (place) => {
  const ini = iniOf(place, 'thread-stacksize = 512');
  assert.equal((await checkOf(place, [ini])).code, 0);
  const strict = await checkOf(place, ['--strict', ini]);
  assert.equal(strict.code, 78);
  assert.match(
    strict.output,
    /starts here.*; refused by --strict \(1 not there\), which ends with 78/,
  );
  const json = await place.run([Daemon.binary, 'check', '--strict', '--json', ini]);
  assert.equal(json.code, 78);
  assert.match(json.output, /"starts": false,\s*"exitCode": 78/);
});

story('a whole command line is checked after --', async (place) => {
  const ini = iniOf(place, '');
  const words = ['--', '/usr/bin/uwsgi', '--ini', ini, '--processes', 'many'];
  const { code, output } = await checkOf(place, words);
  assert.equal(code, 64, output);
  assert.match(output, /--processes: error: processes needs a number/);
});

story('what differs because of a line that is not in the file is one note', async (place) => {
  const absent = /^reeve: not in the file: (\S+): .*uWSGI/gm;
  const namesIn = ({ output }: { output: string }): (string | undefined)[] =>
    [...output.matchAll(absent)].map(([, name]) => name);
  const ini = iniOf(place, 'master = true');
  const told = await checkOf(place, ['--strict', ini]);
  assert.equal(told.code, 0, told.output);
  assert.deepEqual(namesIn(told).toSorted(), ['die-on-term', 'need-app']);
  iniOf(place, 'master = true\ndie-on-term = true\nneed-app = true');
  assert.deepEqual(namesIn(await checkOf(place, [ini])), []);
});

story('lines whose condition is false are counted, with their places', async (place) => {
  const block =
    'if-exists = none\nvaccum = 1\nthread-stacksize = 512\nendif =\nif-dir = .\nvacuum = 1\nendif =';
  const { code, output } = await checkOf(place, [iniOf(place, block)]);
  assert.equal(code, 0, output);
  assert.match(output, /2 lines were not judged, as .* false here.*: app\.ini:6, app\.ini:7\n/);
  assert.match(output, /0 not there; 0 errors, 0 warnings/);
});

story('a refused line is counted as refused, and not as not there', async (place) => {
  const { code, output } = await checkOf(place, [
    iniOf(place, 'chroot = /srv\nthread-stacksize = 512'),
  ]);
  assert.equal(code, 78, output);
  assert.match(output, /1 not there, 1 refused; .*this file does not start/);
});

story('check --diff tells what changes in effect, and what it takes', async (place) => {
  place.write('old.ini', '[uwsgi]\nhttp = :8000\nmodule = app\nprocesses = 2\n');
  place.write('new.ini', '[uwsgi]\nmodule = app\nworkers = 4\nhttp = :8000\nenv = A=1\n');
  const { code, output } = await checkOf(place, ['--diff', 'old.ini', 'new.ini']);
  assert.equal(code, 0);
  const lines = ['+ env = A=1 (a reload)', 'processes: 2 -> 4 (a reload)', 'a reload is enough'];
  assert.deepEqual(output.trim().split('\n'), lines);
  place.write('new.ini', '[uwsgi]\nmodule = app\nhttp = :8000\nuid = www-data\n');
  const restart = await checkOf(place, ['--diff', 'old.ini', 'new.ini']);
  assert.match(restart.output, /a restart is needed for uid\n$/);
});

story(
  'check --diff ends with the code of the new file, and names what does nothing',
  async (place) => {
    place.write('old.ini', '[uwsgi]\nhttp = :8000\nmodule = app\nthread-stacksize = 512\n');
    const lines = '[uwsgi]\nhttp = :8000\nmodule = app\nthread-stacksize = 512\n';
    place.write('new.ini', `${lines}vaccum = 1\nbacktrace-depth = 9\n`);
    const { code, output } = await checkOf(place, ['--diff', 'old.ini', 'new.ini']);
    assert.equal(code, 0, output);
    assert.match(output, /^\+ vaccum = 1 \(new\.ini:5: unknown, without effect; .*vacuum/m);
    assert.match(output, /^\+ backtrace-depth = 9 \(new\.ini:6: not there, without effect/m);
    assert.doesNotMatch(output, /stacksize/);
    for (const refused of ['emperor = /etc/vassals', 'chroot = /srv']) {
      place.write('new.ini', `${lines}${refused}\n`);
      const told = await checkOf(place, ['--diff', 'old.ini', 'new.ini']);
      assert.equal(told.code, 78, told.output);
      assert.match(told.output, /new\.ini:5: error: /);
      assert.match(told.output, /new\.ini does not start, so nothing is compared/);
    }
    const absent = await checkOf(place, ['--diff', 'old.ini', 'none.ini']);
    assert.equal(absent.code, 66, absent.output);
    assert.match(absent.output, /check --diff: .*cannot read none\.ini: there is no such file/);
    for (const flag of ['--json', '--show', '--strict', '--unit=shop']) {
      const told = await checkOf(place, ['--diff', flag, 'old.ini', 'new.ini']);
      assert.equal(told.code, 64, told.output);
      assert.match(told.output, /--diff compares two files in words/);
    }
  },
);

story('check --unit reads the unit: its command, user, variables and sandbox', async (place) => {
  place.writeAnswering('hello');
  place.write(
    'shop.ini',
    `[uwsgi]\nsocket = /tmp/shop.sock\nprocesses = $(WORKERS)\nmodule = app\n`,
  );
  const unit = place.write(
    'shop.service',
    `[Service]\nExecStart=/usr/bin/uwsgi --ini shop.ini\nUser=www-data\n` +
      `WorkingDirectory=${place.directory}\nEnvironment=WORKERS=3 "OTHER=a b"\nPrivateTmp=yes\n`,
  );
  const { output } = await checkOf(place, ['--unit', unit]);
  assert.match(output, /shop\.ini:3 {2}processes = 3/);
  assert.match(output, /nobody else sees it there \(PrivateTmp=\)/);
  assert.match(output, /starts in shop\.service/);
});

story('check of a file that Reeve cannot serve says so in one sentence', async (place) => {
  for (const [lines, language] of [
    ['psgi = app.pl', 'Perl'],
    ['rack = config.ru', 'Ruby'],
    ['php-docroot = /srv/www\nstatic-map = /s=/srv', 'PHP'],
    ['plugins = cgi\ncgi = /srv/cgi', 'CGI'],
    ['lua = app.lua', 'Lua'],
  ] as const) {
    place.write('other.ini', `[uwsgi]\nhttp = 127.0.0.1:${place.port}\n${lines}\n`);
    const { code, output } = await checkOf(place, ['other.ini']);
    assert.equal(code, 78, output);
    assert.match(output, new RegExp(`this file is for ${language}.*Python`));
    assert.doesNotMatch(output, /there is no application/);
    assert.equal((await startOf(place, ['other.ini'])).code, 78);
  }
});

story('the start of another daemon is not disturbed by a check of its file', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'pidfile = p' });
  const { code, output } = await place.run([Daemon.binary, 'check', daemon.iniPath]);
  assert.equal(code, 0, output);
  assert.equal((await daemon.get('/')).text, 'hello');
});
