/** What can be observed of a server from outside: one function per subject of the comparison. */

import { until } from '../support/until.ts';
import type { Daemon } from '../support/daemon.ts';
import type { Answer, RequestOptions } from '../support/http.ts';
import type { Place } from '../support/place.ts';
import type { Observations } from './compare.ts';
import { steady } from './environ-observations.ts';
import { MASTER, startServer, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

const answers: readonly (readonly [app: string, target: string, options: RequestOptions])[] = [
  ['hello', '/', {}],
  ['hello', '/', { method: 'HEAD' }],
  ['hello', '/', { version: '1.0' }],
  ['sets_headers', '/', {}],
  ['answers_status', '/204', {}],
  ['answers_status', '/304', {}],
  ['answers_status', '/404', {}],
  ['writes', '/', {}],
  ['raises', '/before', {}],
  ['raises', '/after-chunk', {}],
  ['sends_much', '/pieces?250000', {}],
  ['sends_much', '/length?250000', { method: 'HEAD' }],
  ['uses_exc_info', '/in-time', {}],
];

/** Status, headers and body of what several applications answer. */
export async function responseObservations(name: ServerName, place: Place): Promise<Observations> {
  const seen: Record<string, string> = {};
  const mounted = [...new Set(answers.map(([app]) => app))];
  for (const app of mounted) {
    const ini = `${MASTER}\ndisable-logging = true`;
    await whileServing(name, place, { app, ini }, async (daemon) => {
      for (const [, target, options] of answers.filter(([of]) => of === app)) {
        const what = [options.method ?? 'GET', target, options.version ?? '', 'of', app].join(' ');
        const answer = await daemon.get(target, options).catch((error: Error) => error.message);
        Object.assign(seen, answerObservations(what.replace('  ', ' '), answer));
      }
    });
  }
  return seen;
}

function answerObservations(what: string, answer: Answer | string): Observations {
  if (typeof answer === 'string') return { [`${what}, failure`]: answer };
  const headers = answer.headerList.map(([name, value]) => [
    `${what}, header ${name}`,
    name === 'Date' ? 'DATE' : value,
  ]);
  return {
    [`${what}, status`]: `HTTP/${answer.version} ${answer.status} ${answer.reason}`,
    [`${what}, body`]: answer.body.length > 200 ? `${answer.body.length} bytes` : answer.text,
    [`${what}, complete`]: String(answer.complete),
    ...Object.fromEntries(headers),
  };
}

/** An ini whose `env` lines show what each construction of the dialect becomes. */
const dialect = `
; a comment
# another
env = PLAIN=value
  env   =   BLANKS=  in  the  middle   
env = QUOTED="kept"
env = EQUALS=a=b=c
env = COMMENT=value ; not a comment
word = defined
env = PLACEHOLDER=%(word)
env = LATER=%(later)
later = defined later
env = NESTED=%(outer)
outer = x%(word)x
env = UNKNOWN=%(nothing)
env = FROM_ENVIRONMENT=$(DIFFERENTIAL)
env = NOT_IN_ENVIRONMENT=$(NOT_THERE_AT_ALL)
env = FROM_FILE=@(%dword.txt)
one = 1
env = SUM=%(one + 2)
env = PRODUCT=%(three * 4)
three = 3
env = TWO_WORDS=%(word later)
env = PERCENT=100%%
env = FILE=%s %n %e %x
env = DIRECTORY=%d %c
env = NUMBERED=%0 %1
env = ODD=a%qb
env = DROPPED=%Y-%m
env = EMPTY=
word = defined last
if-env = DIFFERENTIAL
env = IF_ENV=%(_)
endif =
if-env = NOT_THERE_AT_ALL
env = IF_NOT=wrong
endif =
if-file = %dword.txt
env = IF_FILE=yes
end-if =
if-dir = %dword.txt
env = IF_DIR=wrong
end =
if-opt = processes=1
env = IF_OPT=%(_)
endif =
for = a b c
env = FOR_%(_)=%(_)
endfor =
for-times = 2
env = TIMES_%(_)=x
end-for =
set = setword=by set
env = SET=%(setword)
set-placeholder = phword=by set-placeholder
env = PH=%(phword)
ini = included.ini
ini = included.ini:other
env = AFTER=%(included)
processes = 2 ; two
[other]
env = OTHER=wrong
[uwsgi]
env = SECOND_PART=seen
`;

export function iniObservations(name: ServerName, place: Place): Promise<Observations> {
  place.write('word.txt', 'word from a file\n');
  place.write(
    'included.ini',
    '[uwsgi]\nenv = INCLUDED=%s %S %n\nincluded = placeholder\n[other]\nenv = SECTION=%x\n',
  );
  const head = `http = 127.0.0.1:${place.port}\nmodule = describes_process\n${MASTER}`;
  place.write('dialect.ini', `[ignored]\nx = y\n[uwsgi]\n${head}\n${dialect}`);
  const options = {
    app: 'describes_process',
    args: ['--ini', 'dialect.ini'],
    env: { DIFFERENTIAL: 'from the environment' },
  };
  return whileServing(name, place, options, async (daemon) => {
    const { env, multiprocess } = JSON.parse((await daemon.get('/')).text);
    const seen: Record<string, string> = { multiprocess: String(multiprocess) };
    for (const key of Object.keys(env)) {
      if (!(key in process.env)) seen[key] = steady(key, env[key], place);
    }
    delete seen['REEVE_TEST_MARK'];
    return seen;
  });
}

const precedences: readonly (readonly [
  what: string,
  args: readonly string[],
  env: Record<string, string>,
])[] = [
  ['flag before a positional file', ['--procname-prefix', 'flag-', 'one.ini'], {}],
  ['flag before --ini', ['--procname-prefix', 'flag-', '--ini', 'one.ini'], {}],
  ['flag after --ini', ['--ini', 'one.ini', '--procname-prefix', 'flag-'], {}],
  ['positional file before flag', ['one.ini', '--procname-prefix', 'flag-'], {}],
  [
    'environment and flag',
    ['--procname-prefix', 'flag-', '--ini', 'none.ini'],
    { UWSGI_PROCNAME_PREFIX: 'env-' },
  ],
  ['environment alone', ['--ini', 'none.ini'], { UWSGI_PROCNAME_PREFIX: 'env-' }],
  ['environment and file', ['--ini', 'one.ini'], { UWSGI_PROCNAME_PREFIX: 'env-' }],
  ['a flag shortened', ['--ini', 'none.ini', '--procname-prefix-sp', 'flag'], {}],
  ['short flags bundled', ['--ini', 'none.ini', '-LMp3'], {}],
  ['section of a file', ['--ini', 'one.ini:second'], {}],
  ['inherit', ['--ini', 'inherits.ini'], {}],
  ['two files', ['--ini', 'one.ini', '--ini', 'two.ini'], {}],
  ['set', ['--ini', 'none.ini', '-S', 'procname-prefix=set-'], {}],
];

/** The titles, and so the number of processes and the prefix, for each order of sources. */
export async function precedenceObservations(
  name: ServerName,
  place: Place,
): Promise<Observations> {
  const head = `http = 127.0.0.1:${place.port}\nmodule = hello\n${MASTER}\nauto-procname = true\n`;
  place.write('none.ini', `[uwsgi]\n${head}`);
  place.write(
    'one.ini',
    `[uwsgi]\n${head}procname-prefix = one-\n[second]\n${head}procname-prefix = second-\n`,
  );
  place.write('two.ini', '[uwsgi]\nprocname-prefix = two-\nprocesses = 2\n');
  place.write('inherits.ini', `[uwsgi]\n${head}inherit = two.ini\nprocname-prefix = own-\n`);
  const seen: Record<string, string> = {};
  for (const [what, args, env] of precedences) {
    const options = { app: 'hello', args, env };
    seen[what] = await whileServing(name, place, options, (daemon) => workerTitles(daemon));
  }
  return seen;
}

/** Titles of the workers, with uWSGI's name as ours. */
function workerTitles(daemon: Daemon): Promise<string> {
  return until('workers have titles', () =>
    daemon
      .titles()
      .map((title) => title.replace('uWSGI', 'reeve'))
      .filter((title) => /reeve worker/.test(title))
      .toSorted()
      .join(', '),
  );
}

export async function titleObservations(name: ServerName, place: Place): Promise<Observations> {
  const seen: Record<string, string> = {};
  for (const lines of [
    'auto-procname = true',
    'procname-prefix = demo',
    'procname-prefix-spaced = demo',
    'procname-append = tail',
    'procname = all',
    'procname = all\nprocname-master = boss',
    'procname-prefix = demo\nprocname-append = tail',
    'procname = all\nprocname-prefix-spaced = demo',
  ]) {
    const ini = `${MASTER}\nprocesses = 2\n${lines}`;
    await whileServing(name, place, { app: 'hello', ini }, async (daemon) => {
      const titles = await until('every process has its title', () => {
        const all = daemon.titles().map((title) => title.replace('uWSGI', 'reeve'));
        return all.some((title) => title.includes('.ini')) ? undefined : all.toSorted();
      });
      seen[`${lines.replaceAll('\n', ', ')}, all but the spawner`] = titles
        .filter((title) => !title.includes('spawner'))
        .join(', ');
    });
  }
  return seen;
}

/** How a start that cannot succeed ends. */
export async function exitCodeObservations(name: ServerName, place: Place): Promise<Observations> {
  place.write('raises.py', 'raise ValueError("cannot load")\n');
  place.write('empty.py', '');
  place.write('unknown.ini', '[uwsgi]\nstrict = true\nnot-an-option = 1\n');
  const http = ['--http', `127.0.0.1:${place.port}`, '--master'];
  const cases: Readonly<Record<string, readonly string[]>> = {
    'an exception on import with need-app': [...http, '--need-app', '--module', 'raises'],
    'a missing module with need-app': [...http, '--need-app', '--module', 'not_there'],
    'a missing callable with need-app': [...http, '--need-app', '--module', 'empty'],
    'a missing wsgi-file with need-app': [...http, '--need-app', '--wsgi-file', 'not-there.py'],
    'an unknown flag': [...http, '--not-an-option'],
    'a missing file': ['--ini', 'not-there.ini'],
    'an unknown key with strict': ['--ini', 'unknown.ini'],
    'a pidfile in a missing directory': [
      ...http,
      '--pidfile',
      '/not-there/x.pid',
      '--module',
      'empty',
    ],
    'a missing chdir': [...http, '--chdir', '/not-there', '--module', 'empty'],
    'an unknown user': [...http, '--uid', 'no-such-user', '--module', 'empty'],
    '--version': ['--version'],
    '--stop without a file': ['--stop', 'not-there.pid'],
  };
  const seen: Record<string, string> = {};
  for (const [what, args] of Object.entries(cases)) {
    const daemon = await startServer(name, place, { args, wait: 'exit' });
    seen[what] = String(await daemon.exitCode());
  }
  return seen;
}

/** What a signal to the master does: the exit code, or that it still serves. */
export async function signalObservations(name: ServerName, place: Place): Promise<Observations> {
  const seen: Record<string, string> = {};
  for (const signal of [
    'SIGTERM',
    'SIGINT',
    'SIGQUIT',
    'SIGHUP',
    'SIGUSR1',
    'SIGUSR2',
    'SIGALRM',
  ] as const) {
    for (const lines of ['', 'die-on-term = true']) {
      const ini = `${MASTER}\n${lines}\nworker-reload-mercy = 2`;
      const daemon = await startServer(name, place, { app: 'hello', ini });
      process.kill(daemon.masterPid, signal);
      const ended = await endedOrServesOn(daemon);
      seen[`${signal}${lines === '' ? '' : ' with '}${lines}`] = ended;
      if (ended === 'serves on') {
        // With die-on-term, SIGQUIT reloads uwsgi.
        process.kill(daemon.masterPid, 'SIGINT');
        await until('it has ended', () => daemon.hasExited, { timeoutMs: 15_000 });
      } else await until('its children have ended', () => daemon.processes().length === 0);
    }
  }
  return seen;
}

/**
 * Whether it ends, and how, or still answers a while after the signal. While it ends, which takes
 * uwsgi a second or more, nothing answers: so neither is taken for the other on a slow machine.
 */
function endedOrServesOn(daemon: Daemon): Promise<string> {
  const answersFromMs = performance.now() + 1500;
  return until(
    'it ends or answers after the signal',
    async () => {
      if (daemon.hasExited) {
        const { code, signal } = await daemon.exit;
        return `ends with ${code ?? signal}`;
      }
      if (performance.now() < answersFromMs) return undefined;
      const answer = await daemon.get('/', { timeoutMs: 5000 });
      return answer.status === 200 && 'serves on';
    },
    { timeoutMs: 30_000 },
  );
}

/** Which files are there while it serves, and after it was stopped. */
export async function leftFileObservations(name: ServerName, place: Place): Promise<Observations> {
  const seen: Record<string, string> = {};
  for (const vacuum of ['vacuum = false', 'vacuum = true']) {
    const ini = `${MASTER}\n${vacuum}\npidfile = ${place.path('x.pid')}\nhttp-socket = ${place.path('x.sock')}`;
    await whileServing(name, place, { app: 'hello', ini }, async (daemon) => {
      const text = place.read('x.pid').replace(String(daemon.masterPid), 'PID');
      seen[`${vacuum}, text of the pidfile`] = JSON.stringify(text);
    });
    seen[`${vacuum}, pidfile afterwards`] = String(place.exists('x.pid'));
    seen[`${vacuum}, socket afterwards`] = String(place.exists('x.sock'));
  }
  return seen;
}

/** The request line, with numbers that depend on the run left out. */
export async function logObservations(name: ServerName, place: Place): Promise<Observations> {
  const seen: Record<string, string> = {};
  const cases = [
    ['', /\[pid: .*a\?b=c.*/],
    [
      'log-format = L %(method) %(uri) %(status) %(rsize) %(hsize) %(cl) %(proto) %(host) %(uagent) %(user) %(var.HTTP_X) %(wid) %(nothing)',
      /^L .*a\?b=c.*/m,
    ],
  ] as const;
  for (const [lines, pattern] of cases) {
    await whileServing(
      name,
      place,
      { app: 'hello', ini: `${MASTER}\n${lines}` },
      async (daemon) => {
        const from = daemon.mark();
        await daemon.get('/a?b=c', { headers: { X: 'x', 'User-Agent': 'agent' } });
        const [line] = await daemon.says(pattern, { from });
        seen[lines === '' ? 'default line' : 'log-format'] = line
          .replace(/pid: \d+/, 'pid: N')
          .replace(/\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\]/, '[CTIME]')
          .replace(/in \d+ msecs/, 'in N msecs')
          .replaceAll(String(place.port), 'PORT')
          .replace(/req: \d+\/\d+/, 'req: R/T');
      },
    );
  }
  return seen;
}
