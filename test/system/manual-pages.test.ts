/** The manual pages are set without a complaint by what sets manual pages. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';

const noMan = spawnSync('man', ['--version']).status !== 0 && 'there is no man here';
const noMandoc = spawnSync('mandoc', ['-V']).error !== undefined && 'there is no mandoc here';

for (const [format, page, said] of [
  ['man', 'reeve.1', /^ {7}-p, --processes, --workers=NUMBER$/m],
  ['man5', 'reeve.ini.5', /^ {7}worker-reload-mercy = SECONDS$/m],
  ['man7', 'reeve-systemd.7', /RestartPreventExitStatus=64 66 77 78/],
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
      assert.match(place.read('set.txt'), said);
    },
    { skip: noMan },
  );

  story(
    `${page} pleases mandoc, in matters of style too`,
    async (place) => {
      const printed = await place.run([Daemon.binary, 'options', `--format=${format}`]);
      place.write(page, printed.output);
      const run = await place.run(['mandoc', '-T', 'lint', '-W', 'style', page]);
      assert.equal(run.output, '');
    },
    { skip: noMandoc },
  );
}
