/** Debian's uwsgidecorators.py, unchanged, under the real uwsgi and ours. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';
import { cannotCompare, whileServing } from './servers.ts';

/** Why the package cannot be had, or false. */
const cannotDownload =
  spawnSync('apt-get', ['download', '--print-uris', 'python3-uwsgidecorators']).status !== 0 &&
  'apt-get does not know python3-uwsgidecorators';

/** Puts the module beside the application. */
function fetchDecorators(place: Place): void {
  const steps =
    'apt-get download python3-uwsgidecorators && dpkg -x python3-uwsgidecorators_*.deb . && ' +
    'cp usr/lib/python3/dist-packages/uwsgidecorators.py .';
  const fetched = spawnSync('sh', ['-c', steps], { cwd: place.path('.'), encoding: 'utf8' });
  assert.equal(fetched.status, 0, fetched.stderr);
}

story(
  'decorators do under Reeve what they do under uwsgi',
  async (place) => {
    fetchDecorators(place);
    const answers = [];
    for (const name of ['uwsgi', 'reeve'] as const) {
      const options = { app: 'uses_decorators', ini: 'master = true\nprocesses = 1' };
      answers.push(await whileServing(name, place, options, async (d) => (await d.get('/')).text));
    }
    assert.equal(answers[1], answers[0]);
    assert.equal(answers[1], "([1], (b'hello',), True, False, 'ok')");
  },
  { skip: cannotCompare || cannotDownload, timeoutMs: 120_000 },
);

/** What each function notes, as often as it may. */
const noted = [
  'after the fork: mule 1',
  'after the fork: mule 2',
  'after the fork: mule 3',
  'after the fork: mule 4',
  'after the fork: spooler',
  'after the fork: worker 1',
  'brain: mule 2',
  "farm: mule 4 b'letter'",
  'harakiri: mule 1 bounded',
  "mulefunc: mule 1 (1, 'two') {'three': 3}",
  "mulemsg: mule 3 b'message'",
  'rbtimer: spooler 42',
  'signal: mule 1 40',
  "spool of arguments: spooler (1, 'two') {'three': 3}",
  'spool: spooler task',
  'spoolraw: spooler raw',
  'thread: worker 1',
  'timer: mule 2 41',
];

story(
  'work beside requests is decorated under Reeve as under uwsgi',
  async (place) => {
    fetchDecorators(place);
    const ini = [
      'master = true\nprocesses = 1\nmules = 4\nfarm = letters:4\nenable-threads = true',
      `spooler = ${place.path('tasks')}\nspooler-frequency = 1`,
    ].join('\n');
    place.write('tasks/.keep', '');
    const seen = [];
    for (const name of ['uwsgi', 'reeve'] as const) {
      place.write('notes', '');
      const notes = (): string[] => [...new Set(place.read('notes').split('\n'))].toSorted();
      await whileServing(name, place, { app: 'decorates_jobs', ini }, async (daemon) => {
        await until('the mules are there', () => place.read('notes').includes('brain: mule 2'));
        await daemon.get('/?go');
        await until('all have been called', () => noted.every((each) => notes().includes(each)));
      });
      seen.push(notes().filter((note) => note !== ''));
    }
    assert.deepEqual(seen, [noted, noted]);
  },
  { skip: cannotCompare || cannotDownload, timeoutMs: 120_000 },
);
