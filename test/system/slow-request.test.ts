/** harakiri: a request that overruns is answered 504, said once, and costs its worker alone. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { said } from '../support/said.ts';
import { until } from '../support/until.ts';

story(
  'a request longer than harakiri is answered 504 and its worker is replaced',
  async (place) => {
    const daemon = await place.start({ app: 'waits_for_file', ini: 'harakiri = 1\nprocesses = 2' });
    const before = daemon.workerPids();
    const from = daemon.mark();
    const answer = await daemon.get(`/slow?${place.path('never')}`);
    assert.equal(answer.status, 504);
    assert.ok(answer.ms >= 900, `${answer.ms} ms`);
    const line = await daemon.says(new RegExp(`.*${said.overran.source}.*`), { from });
    assert.match(line[0], /\/slow/);
    await until('one worker is another', () => {
      const now = daemon.workerPids();
      return now.length === 2 && now.filter((pid) => before.includes(pid)).length === 1;
    });
    assert.equal((await daemon.get('/')).status, 200);
    assert.equal(daemon.timesSaid(said.overran, from), 1);
  },
);

story('the line of an overrun has the Python stack of its thread', async (place) => {
  const daemon = await place.start({
    app: 'hangs_deeply',
    ini: 'harakiri = 1\nthreads = 3\nprocesses = 1',
  });
  for (const [path, innermost] of [
    ['/sleeps', 'wait'],
    ['/loops', 'loops_here'],
    ['/holds-the-gil', 'match'],
  ] as const) {
    const from = daemon.mark();
    assert.equal((await daemon.get(path)).status, 504);
    const { log } = await until('the line is whole', () => {
      const text = daemon.log(from);
      return /request\.overran[^]* in application\n/.test(text) && { log: text };
    });
    const stack = log.slice(log.indexOf('request.overran'));
    assert.match(stack, new RegExp(`GET ${path} .*innermost call first:\\n .* in ${innermost}\\n`));
    assert.doesNotMatch(stack, /reeve_worker/);
  }
});

story('with log-json it is one record', async (place) => {
  const daemon = await place.start({
    app: 'hangs_deeply',
    ini: 'harakiri = 1\nlog-json = true',
  });
  assert.equal((await daemon.get('/sleeps')).status, 504);
  const [line = ''] = await daemon.says(/.*request\.overran.*/);
  const record = JSON.parse(line);
  assert.equal(record.uri, '/sleeps');
  assert.equal(record.worker, 1);
  assert.match(record.msg, /in waits_here\n[^]*in application$/);
});

story('the other threads of an overrun worker have the mercy to finish', async (place) => {
  const ini = `harakiri = 2\nthreads = 2\ncontrol-socket = ${place.path('control.sock')}`;
  const daemon = await place.start({ app: 'waits_for_file', ini });
  const slow = daemon.get(`/slow?${place.path('never')}`);
  await daemon.says(/waits for .*never/);
  await until('half of its time is over', async () => {
    const { output } = await place.run([Daemon.binary, 'status', place.path('control.sock')]);
    return / for 1\.\d s/.test(output);
  });
  const other = daemon.get(`/other?${place.path('go')}`);
  await daemon.says(/waits for .*go/);
  assert.equal((await slow).status, 504);
  place.write('go', '');
  assert.equal((await other).status, 200);
});

story(
  'an application that is busy and ignores SIGTERM does not outlive harakiri',
  async (place) => {
    const daemon = await place.start({
      app: 'ignores_sigterm',
      ini: 'harakiri = 1\nworker-reload-mercy = 1',
    });
    const [worker = 0] = daemon.workerPids();
    assert.equal((await daemon.get('/busy')).status, 504);
    await Daemon.gone([worker]);
    assert.equal((await daemon.get('/')).status, 200);
  },
);

story(
  'C code that holds the interpreter does not outlive harakiri, nor do others wait for it longer',
  async (place) => {
    const ini = 'harakiri = 2\nprocesses = 1\nthreads = 2\nworker-reload-mercy = 5';
    const daemon = await place.start({ app: 'holds_interpreter', ini });
    const [worker = 0] = daemon.workerPids();
    const holder = daemon.get('/?600');
    const behind = daemon.get('/?0');
    assert.equal((await holder).status, 504);
    await Daemon.gone([worker]);
    assert.ok([200, 504].includes((await behind).status));
    assert.equal((await daemon.get('/?0')).status, 200);
  },
);
