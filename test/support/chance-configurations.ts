/**
 * Configurations by chance, of valid and broken values of every option, in pairs: what check ends
 * with must be what the start ends with.
 *
 * The draw is the same each time, so that a run says the same of the same code; each new option
 * changes it. REEVE_TEST_SEED=N draws others: do that after a change of options or of check.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { optionNames, optionOf } from '../../src/tables/options/options.ts';
import type { OptionName } from '../../src/tables/options/options.ts';
import { chances } from './chances.ts';
import { startOf } from './check-and-start.ts';
import { Daemon } from './daemon.ts';
import { story } from './place.ts';
import type { Place } from './place.ts';

/** As root the application may run as a user who cannot search the tests' own environment. */
const python = '/usr/bin/python3';
/** In one story, which has a place of its own. */
const BATCH = 20;
const AT_ONCE = 4;

/** Values that say more than those of their kind. */
const valuesOf: Readonly<Partial<Record<OptionName, readonly string[]>>> = {
  module: ['app', 'app:application', 'nope', 'nope.wsgi:app', './app', 'broken'],
  'wsgi-file': ['app.py', 'nope.py', 'broken.py', 'none/app.py'],
  mount: ['/a=app.py', '/a=app:application', '/a=nope.py', '/a=nope', '/a'],
  'pymodule-alias': ['a=json', 'a=nope', 'a=./app.py', 'a=none/app.py', 'a'],
  'post-pymodule-alias': ['a=json', 'a=./app.py', 'a'],
  paste: ['none.ini', 'config:app.py#x'],
  home: ['none', 'tmp'],
  python: ['none/python', './app.py'],
  'add-cache-item': ['k=v', 'a k=v w', 'none k=v', 'k', '=v'],
  'load-file-in-cache': ['app.py', 'a app.py', 'none', '.', 'a none'],
  'load-file-in-cache-gzip': ['app.py', 'none'],
  cache2: [
    'name=a,store=redis://127.0.0.1:1/0',
    'name=a,store=http://h',
    'name=a,items=9',
    'name=a,items=9,keep=restart',
    'name=a,items=9,keep=always',
    'name=a',
    'items=5',
    'name=a@b,items=5',
    'name=a,items=many',
  ],
  sharedarea: ['1', 'size=100', 'file=app.py', 'file=new-area,size=9', 'many', 'fd=3', '0'],
  metric: ['m', 'name=m,initial_value=5', 'name=', 'm=5', 'name=m,collector=sum'],
  uid: ['nobody', '65534', 'nobody-here'],
  gid: ['nogroup', '65534', 'nobody-here'],
  'add-gid': ['nogroup', 'nobody-here'],
  'chown-socket': ['nobody', 'nobody:nogroup', ':nogroup', 'nobody-here', 'nobody:nobody-here'],
  chdir: ['.', 'tmp/..', 'none', 'app.py', 'closed'],
  env: ['A=1', 'A'],
  'static-map': ['/s=.', '/s=none', '/s'],
  'static-map2': ['/s=.', '/s'],
  'trusted-proxies': ['127.0.0.1', '10.0.0.0/8, unix', 'nobody'],
  'max-fd': ['1024', 'many'],
  'start-timeout': ['300', 'long'],
  processes: ['2', '0', 'many', '1001', '-1'],
  threads: ['2', 'many', '1001'],
  'log-level': ['debug', 'info', 'loud'],
  logto: ['out.log', 'none/out.log', '.'],
  logto2: ['out.log', 'none/out.log'],
  socket: ['s.sock', 'none/s.sock', 'app.py', '127.0.0.1:0', '@', '192.0.2.1:1', '80', ':x'],
  'http-socket': ['h.sock', 'none/h.sock', '127.0.0.1:0', 'nobody.invalid:80', 's.sock'],
  'uwsgi-socket': ['u.sock', 's.sock', '=0', 'http://127.0.0.1'],
  'attach-daemon': ['sleep 1000', 'exit 3', 'no-such-program', ''],
  'attach-daemon2': ['cmd=sleep 1000,freq=3', 'cmd=true,ns_pid=1', 'freq=3', 'colour=red'],
  'smart-attach-daemon': ['none', ''],
  'smart-attach-daemon2': ['none', ''],
  cron: ['-1 -1 -1 -1 -1 true', '120 -1 -1 -1 -1 true', '* * * * * true', '1 2 3'],
  spooler: [
    'redis://127.0.0.1:1/0',
    'redis://h/x',
    'unix://x',
    'sp',
    'none/sp',
    'app.py',
    'closed',
    '.',
  ],
  'spooler-external': ['sp', 'app.py'],
  mule: ['app.py', 'nope.py', 'nope:run', ''],
  mules: ['1', 'many', '101'],
  farm: ['a:1', 'a:1,2', 'a', 'a:x'],
  timer: ['17 30', '17', '256 1'],
  rbtimer: ['17 30', '17 0'],
  'touch-signal': ['app.py 17', 'app.py'],
  'fs-signal': ['. 17', 'app.py 256'],
  'unique-cron': ['0;30 -1 -1 -1 7 true', '0 0 0'],
  cron2: ['minute=-5,unique=1 true', 'minute=x true', 'hours=1 true', 'true'],
  metrics: ['127.0.0.1:0', 'm.sock', 'none/m.sock', ':x'],
  'status-page': ['false', 'maybe'],
  'status-page-host': ['status.example.org', 'http://a', 'a:80', '::1', ''],
  'health-path': ['/healthz', 'healthz', '/', '/a b'],
  'stats-push': ['statsd:127.0.0.1:9', 'statsd:x', 'zabbix:127.0.0.1:9', ''],
  'metrics-label': ['reports ^/r', 'reports', 'a (', '"a ^/'],
  stats: ['127.0.0.1:0', 'none/stats.sock', 'app.py', '192.0.2.1:1'],
  protocol: ['uwsgi', 'http', 'fastcgi', 'none'],
  'http-var': ['A=b', 'A', '1=2'],
  'shared-socket': ['x.sock', '=0', ':x'],
  prio: ['3', '19', '-21', 'low'],
  freebind: ['true'],
  'hook-touch': ['new-file print:x', 'new-file', 'new-file nope:x'],
  'hook-master-start': ['unix_signal:15 gracefully_kill_them_all', 'unix_signal:9 stats', 'x'],
};

/** Their start ends with something else than its own readiness, or is not told in the log. */
const skipped = new Set<OptionName>([
  'callable',
  'daemonize',
  'daemonize2',
  'idle',
  'http',
  'attach-control-daemon',
]);

const others = [
  'stats = :1',
  'cheaper = 2',
  'route = ^/ break:403',
  'route = ^/ donotlog:',
  'chroot = /x',
  'no-server = true',
  'psgi = app.pl',
  'vaccum = true',
  'include = none.ini',
  'processes = $(NO_SUCH_VARIABLE)',
  'socket = $(NO_SUCH_VARIABLE)/s.sock',
];

function valuesByKind(name: OptionName): readonly string[] {
  const { kind } = optionOf(name);
  const { placeholder } = kind;
  if (placeholder === '' || kind.needs.includes('true or false')) return ['true', 'false', 'maybe'];
  if (placeholder === 'MODE') return ['660', '999', 'rw'];
  if (placeholder === 'ACTION:ARGUMENT') return ['print:x', 'nope:x', 'mount:x', 'x'];
  if (placeholder === 'COMMAND') return ['true', ':'];
  if (placeholder === 'FILE COMMAND') return ['new-file true', 'new-file'];
  if (placeholder === 'FILE') return ['app.py', 'none/file', 'new-file'];
  if (placeholder === 'DIRECTORY') return ['.', 'none'];
  if (kind.needs.includes('number')) return ['1', '5', 'many', '-1', '99999999999999999999'];
  if (placeholder.includes('|')) return [...placeholder.split('|'), 'nonsense'];
  if (placeholder.includes('PATTERN')) return ['.css$ 3600', '(', 'a b'];
  return ['value', ''];
}

function lineByChance(chance: (below: number) => number): string {
  const names = optionNames.filter((name) => !skipped.has(name));
  const at = chance(names.length + others.length);
  const name = names[at];
  if (name === undefined) return others[at - names.length] ?? '';
  const values = valuesOf[name] ?? valuesByKind(name);
  return `${name} = ${values[chance(values.length)] ?? ''}`;
}

/** Half of the pairs are about listeners, users and files, which compete. */
function linesByChance(chance: (below: number) => number): readonly string[] {
  const lines = [lineByChance(chance), lineByChance(chance)];
  if (chance(2) === 0) return lines;
  const names = Object.keys(valuesOf).filter((name): name is OptionName => name in valuesOf);
  const name = names[chance(names.length)] ?? 'processes';
  const values = valuesOf[name] ?? [];
  return [...lines, `${name} = ${values[chance(values.length)] ?? ''}`];
}

async function disagreement(place: Place, index: number, lines: readonly string[]) {
  const folder = `case-${index}`;
  const directory = place.path(folder);
  for (const name of ['app.py', `${folder}/app.py`]) place.writeAnswering('hello', name);
  place.write(`${folder}/broken.py`, 'def (:\n');
  fs.mkdirSync(`${directory}/tmp`);
  fs.mkdirSync(`${directory}/closed`, { mode: 0o700 });
  fs.chmodSync(directory, 0o777);
  const port = await place.anotherPort();
  const given = (name: string): boolean => lines.some((line) => line.startsWith(`${name} = `));
  const base = [
    `http = 127.0.0.1:${port}`,
    ...(given('module') || given('wsgi-file') ? [] : ['module = app']),
    ...(given('python') || given('home') ? [] : [`python = ${python}`]),
  ];
  place.write(`${folder}/app.ini`, `[uwsgi]\n${[...base, ...lines].join('\n')}\n`);
  const checked = await place.run([Daemon.binary, 'check', 'app.ini'], { cwd: directory });
  const started = await startOf(place, ['app.ini'], directory, port);
  if (checked.code === started.code) return undefined;
  return (
    `${lines.join(', ')}: check ends with ${checked.code}, the start with ${started.code}\n` +
    `${checked.output}\n${started.output.split('\n').slice(-12).join('\n')}`
  );
}

export interface Draw {
  /** In all. */
  readonly configurations: number;
  readonly seed: number;
}

/** Registers the stories of a draw. */
export function checkAgrees({ configurations, seed: ownSeed }: Draw): void {
  const seed = Number(process.env['REEVE_TEST_SEED'] ?? ownSeed);
  const chance = chances(seed);
  const all = Array.from({ length: configurations }, () => linesByChance(chance));
  for (let from = 0; from < all.length; from += BATCH) {
    const batch = all.slice(from, from + BATCH);
    const title = `check and the start agree: ${from} to ${from + batch.length}, seed ${seed}`;
    story(
      title,
      async (place) => {
        const found: (string | undefined)[] = [];
        const queue = batch.map((lines, index) => ({ lines, index }));
        const work = async (): Promise<void> => {
          for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
            found.push(await disagreement(place, next.index, next.lines));
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, work));
        assert.deepEqual(
          found.filter((one) => one !== undefined),
          [],
        );
      },
      { timeoutMs: 300_000 },
    );
  }
}
