/** Mules: programs beside the workers, with the application. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

story(
  'a mule runs its program, is started again, rolled by a reload, and ends with Reeve',
  async (place) => {
    place.write(
      'work.py',
      'import os, time, uwsgi\n' +
        'print("mule", uwsgi.mule_id(), uwsgi.worker_id(), os.getpid(), flush=True)\n' +
        'while True:\n    time.sleep(0.1)\n',
    );
    place.write('fails.py', 'def run():\n    raise RuntimeError("on purpose")\n');
    const ini = `mule = ${place.path('work.py')}\nmule = fails:run\nmules = 1`;
    const daemon = await place.start({ app: 'hello', ini });
    await daemon.says(/^mule 1 0 \d+$/m);
    await daemon.says(/mule 2: fails:run has ended by an exception\nTraceback[^]*on purpose/);
    await daemon.says(/mule 2 \(pid \d+\) exited with code 1; starting another in/);
    await daemon.pid('mule 3');
    const killed = await daemon.signal('mule 1', 'SIGKILL');
    await until('another runs', () => daemon.timesSaid(/^mule 1 0 \d+$/) === 2);
    assert.equal(await daemon.reload(), 'reloaded');
    await until('the next generation has its own', () => daemon.timesSaid(/^mule 1 0 \d+$/) === 3);
    await until('there is one of each', () => daemon.withRole('mule').length >= 2);
    assert.notEqual(await daemon.pid('mule 1'), killed);
    await daemon.stop();
  },
);
