/**
 * For half a minute a request that kills its worker comes every 0.2 s, beside eight ordinary
 * clients: these are served by the other workers, and wait for nothing.
 *
 * A machine that is too busy makes them wait as well: so it is tried again, a bounded number of
 * times, where a second was not enough.
 */

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { clientsDuring } from '../support/clients.ts';
import type { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { said } from '../support/said.ts';

const deadlyEveryMs = 200;
const deadlyCount = 150;
const longestMs = 1000;
const tries = 3;
const limits = { timeoutMs: 240_000 };

/** Sends them whether those before have been answered or not; returns how all were answered. */
async function sendDeadly(daemon: Daemon, target: string): Promise<ReadonlySet<number>> {
  const answers = [];
  for (let number = 0; number < deadlyCount; number += 1) {
    answers.push(daemon.get(target, { timeoutMs: 60_000 }));
    await pause(deadlyEveryMs);
  }
  return new Set((await Promise.all(answers)).map(({ status }) => status));
}

for (const threads of [1, 4]) {
  for (const target of ['/exit', '/segfault']) {
    story(
      `others are served beside ${target}, with ${threads} threads a worker`,
      async (place) => {
        const ini = `processes = 4\nthreads = ${threads}\ndisable-logging = true`;
        const daemon = await place.start({ app: 'deadly', ini });
        let slowestMs = Infinity;
        for (let time = 0; time < tries && slowestMs > longestMs; time += 1) {
          const lostBefore = daemon.timesSaid(said.requestLost);
          let statuses: ReadonlySet<number> = new Set();
          const load = await clientsDuring(place.port, 8, '/', async () => {
            statuses = await sendDeadly(daemon, target);
          });
          assert.deepEqual([...statuses], [502]);
          const failures = load.failures();
          if (threads === 1) assert.deepEqual(failures, []);
          // Until it is in quarantine others are lost with it, in its worker's other threads.
          const others = daemon.timesSaid(said.requestLost) - lostBefore - deadlyCount;
          assert.ok(others <= 8 * (threads - 1), `${others} others were lost`);
          assert.ok(load.answered > 1000, `answered ${load.answered}`);
          slowestMs = load.longestMs;
        }
        assert.ok(slowestMs <= longestMs, `one waited for ${slowestMs} ms`);
        const quarantined = daemon.log().match(/request\.quarantined .*/g) ?? [];
        assert.equal(quarantined.length, 1, quarantined.join('\n'));
        assert.ok(quarantined[0]?.includes(` uri=${target}:`));
      },
      limits,
    );
  }
}
