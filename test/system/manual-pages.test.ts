/** The manual pages are set without a complaint by what sets manual pages. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';

/** A date would be that of the build, which then never gives the same page twice. */
const withoutDate = /^mandoc: \S+: WARNING: missing date, using "": TH\n/gm;

for (const [format, page] of [
  ['man', 'reeve.1'],
  ['man5', 'reeve.ini.5'],
] as const) {
  story(
    `${page} pleases man`,
    async (place) => {
      const printed = await place.run([Daemon.binary, 'options', `--format=${format}`]);
      place.write(page, printed.output);
      const env = { LC_ALL: 'C.UTF-8', MANWIDTH: '80' };
      const run = await place.run(['sh', '-c', `man --warnings -l ${page} > set.txt`], { env });
      assert.equal(run.output, '');
      assert.equal(run.code, 0);
      assert.match(place.read('set.txt'), /--worker-reload-mercy|worker-reload-mercy = SECONDS/);
    },
    { skip: spawnSync('man', ['--version']).status !== 0 && 'there is no man here' },
  );

  story(
    `${page} pleases mandoc`,
    async (place) => {
      const printed = await place.run([Daemon.binary, 'options', `--format=${format}`]);
      place.write(page, printed.output);
      const run = await place.run(['mandoc', '-T', 'lint', '-W', 'warning', page]);
      assert.equal(run.output.replace(withoutDate, ''), '');
    },
    { skip: spawnSync('mandoc', ['-V']).error !== undefined && 'there is no mandoc here' },
  );
}
