/** Debian's uwsgidecorators.py, unchanged, under the real uwsgi and ours. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
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
