/** Point 1: what `ps`, `top` and journald call each process. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

/** Starts with these procname lines and two workers, and waits for exactly these titles. */
async function showsTitles(place: Place, ini: string, titles: readonly string[]): Promise<void> {
  const daemon = await place.start({ app: 'hello', ini: `master = true\nprocesses = 2\n${ini}` });
  await until(`titles are ${titles.join(', ')}`, () => {
    const shown = daemon.titles().toSorted();
    assert.deepEqual(shown, titles.toSorted());
    return true;
  });
  for (const info of daemon.processes()) assert.equal(info.comm, 'reeve', info.title);
}

const roles = ['master', 'http 1', 'spawner', 'worker 1', 'worker 2'];

story('procname-prefix-spaced puts its word and a space before every role', (place) =>
  showsTitles(
    place,
    'procname-prefix-spaced = demo',
    roles.map((role) => `demo reeve ${role}`),
  ),
);

story('without a procname option the titles say reeve and the role', (place) =>
  showsTitles(
    place,
    '',
    roles.map((role) => `reeve ${role}`),
  ),
);

story('procname-prefix puts its text before every role without a space', (place) =>
  showsTitles(
    place,
    'procname-prefix = demo-',
    roles.map((role) => `demo-reeve ${role}`),
  ),
);

story('procname-append puts its text after every role', (place) =>
  showsTitles(
    place,
    'auto-procname = true\nprocname-append = " (demo)"',
    roles.map((role) => `reeve ${role}" (demo)"`),
  ),
);

story('procname names every process, procname-master the master', (place) =>
  showsTitles(place, 'procname = app of demo\nprocname-master = boss of demo', [
    'boss of demo',
    ...Array.from({ length: 4 }, () => 'app of demo'),
  ]),
);

story('titles are complete however long they are and short the command line was', async (place) => {
  const prefix = 'a-name-that-is-longer-than-every-command-line-'.repeat(3);
  await showsTitles(
    place,
    `procname-prefix-spaced = ${prefix}`,
    roles.map((role) => `${prefix} reeve ${role}`),
  );
});

story('ps -o args= and ps -o comm= show the titles and reeve', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'procname-prefix-spaced = demo' });
  const pids = daemon
    .processes()
    .map((info) => info.pid)
    .join(',');
  const titles = await place.run(['ps', '-ww', '-o', 'args=', '-p', pids]);
  const lines = titles.output
    .trim()
    .split('\n')
    .map((line) => line.trimEnd());
  assert.deepEqual(
    lines.toSorted(),
    ['http 1', 'master', 'spawner', 'worker 1'].map((role) => `demo reeve ${role}`),
  );
  const names = await place.run(['ps', '-o', 'comm=', '-p', pids]);
  assert.deepEqual([...new Set(names.output.trim().split(/\s+/))], ['reeve']);
});
