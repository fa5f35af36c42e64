/** That requests which wait for something have all threads of a worker. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

story('short requests that wait run beside each other, however they began', async (place) => {
  const daemon = await place.start({ app: 'counts_at_once', ini: 'processes = 1\nthreads = 3' });
  await until('three run at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => daemon.get('/')));
    for (const { status } of answers) assert.equal(status, 200);
    return answers.some(({ text }) => text === '3');
  });
});
