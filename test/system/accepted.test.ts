/** Point 10 and the application side: what is accepted and said, and needs no doing. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';

story('master = false and single-interpreter are accepted and said', async (place) => {
  const daemon = await place.start({
    app: 'hello',
    ini: 'master = false\nsingle-interpreter = true',
  });
  assert.match(daemon.log(), /master/);
  assert.equal((await daemon.get('/')).text, 'hello');
});

story('plugins = python3 is accepted, and nothing is loaded', async (place) => {
  const daemon = await place.start({
    app: 'hello',
    ini: 'plugins = python3,http\nenable-threads = true\nthunder-lock = true',
  });
  assert.equal((await daemon.get('/')).text, 'hello');
});

story('slips of the pen each get a sentence that names what is meant', async (place) => {
  const daemon = await place.start({
    app: 'hello',
    ini: 'proc-name-spaced = demo\nworker-realod-mercy = 5\nvaccum = true',
  });
  const log = daemon.log();
  assert.match(log, /reeve\.ini:\d+.*proc-name-spaced.*procname-prefix-spaced/);
  assert.match(log, /reeve\.ini:\d+.*worker-realod-mercy.*worker-reload-mercy/);
  assert.match(log, /reeve\.ini:\d+.*vaccum.*vacuum/);
});
