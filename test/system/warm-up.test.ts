/** That each worker gets its first request soon, and alone. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';

/** Says how many requests its worker ran at most while it answered its first one. */
const application = `
import os, threading, time

lock = threading.Lock()
running = 0
first_saw = 0
is_first = True

def application(environ, start_response):
    global running, first_saw, is_first
    with lock:
        running += 1
        mine, is_first = is_first, False
        first_saw = max(first_saw, running) if mine or first_saw > 0 else first_saw
    if mine:
        for _ in range(20):
            time.sleep(0.01)
            with lock:
                first_saw = max(first_saw, running)
        seen = first_saw
    else:
        seen = 0
    with lock:
        running -= 1
    start_response('200 OK', [])
    return [f'{os.getpid()} {seen}'.encode()]
`;

story(
  'requests one after another go to each worker once, after a start and a reload',
  async (place) => {
    place.write('app.py', application);
    const daemon = await place.start({ ini: 'module = app\nprocesses = 4\nthreads = 4' });
    for (const when of ['start', 'reload']) {
      if (when === 'reload') assert.equal(await daemon.reload(), 'reloaded');
      const pids = new Set<string>();
      for (let number = 0; number < 4; number += 1) {
        pids.add((await daemon.get('/')).text.split(' ')[0] ?? '');
      }
      assert.equal(pids.size, 4, `after the ${when}: ${[...pids].join(', ')}`);
    }
  },
);

story('the first request of a new worker runs alone while others have room', async (place) => {
  place.write('app.py', application);
  const daemon = await place.start({ ini: 'module = app\nprocesses = 2\nthreads = 8' });
  const first = (await daemon.get('/')).text;
  assert.match(first, /^\d+ 1$/);
  const answers = await Promise.all(Array.from({ length: 6 }, () => daemon.get('/')));
  const firsts = answers.map(({ text }) => text.split(' ')).filter(([, seen]) => seen !== '0');
  assert.equal(firsts.length, 1, 'the other worker has answered its first request');
  assert.equal(firsts[0]?.[1], '1', 'alone');
});
