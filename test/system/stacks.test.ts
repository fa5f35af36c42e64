/** `reeve stacks`: what each thread does now, whatever hangs. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import type { StacksView } from '../../src/protocol/stacks-view.ts';
import { Daemon } from '../support/daemon.ts';
import { story, type Place } from '../support/place.ts';
import { said } from '../support/said.ts';
import { until } from '../support/until.ts';

type Process = StacksView['processes'][number];
type Thread = Process['threads'][number];

async function stacksOf(place: Place): Promise<StacksView> {
  const { code, output } = await place.run([
    ...[Daemon.binary, 'stacks', '--json', place.path('c')],
  ]);
  assert.equal(code, 0, output);
  return JSON.parse(output);
}

/** The process of this name, once its threads are what the test waits for. */
async function processOf(
  place: Place,
  name: string,
  isSo: (process: Process) => boolean,
): Promise<Process> {
  const look = async (): Promise<Process> => {
    const stacks = await stacksOf(place);
    const found = stacks.processes.find((process) => process.name === name && isSo(process));
    if (found === undefined) throw new Error(JSON.stringify(stacks));
    return found;
  };
  return await until(`${name} is as wanted`, look, { timeoutMs: 60_000, everyMs: 200 });
}

function functionsOf(thread: Thread | undefined): readonly string[] {
  return thread?.frames.map((frame) => frame.function) ?? [];
}

story('threads that sleep, hold the interpreter in C, or are idle', async (place) => {
  const ini = `control-socket = ${place.path('c')}\nprocesses = 1\nthreads = 3\nmule = true`;
  const daemon = await place.start({ app: 'hangs_deeply', ini });
  const before = daemon.workerPids();
  const sleeps = daemon.get('/sleeps');
  const hasCalls = ({ threads }: Process, count: number): boolean => {
    const busy = threads.filter(({ doing }) => doing === 'request');
    return busy.length === count && busy.every(({ frames }) => frames.length >= 3);
  };
  await processOf(place, 'worker 1', (process) => hasCalls(process, 1));
  // From now on no other thread gets the interpreter.
  const slow = Promise.allSettled([sleeps, daemon.get('/holds-the-gil')]);
  const worker = await processOf(place, 'worker 1', (process) => hasCalls(process, 2));
  const running = (uri: string): Thread | undefined =>
    worker.threads.find(({ request }) => request?.uri === uri);
  assert.deepEqual(functionsOf(running('/sleeps')).slice(-3), [
    'waits_here',
    'hangs',
    'application',
  ]);
  assert.deepEqual(functionsOf(running('/holds-the-gil')), ['match', 'hangs', 'application']);
  assert.equal(running('/sleeps')?.request?.method, 'GET');
  const idle = worker.threads.filter(({ doing }) => doing === 'idle');
  assert.deepEqual(
    idle.map(({ frames }) => frames),
    [[]],
  );
  const mule = await processOf(place, 'mule 1', ({ state }) => state === 'up');
  assert.deepEqual(
    mule.threads.map(({ doing }) => doing),
    ['idle'],
  );
  const shown = await place.run([Daemon.binary, 'stacks', place.path('c')]);
  assert.match(shown.output, /GET \/holds-the-gil for \d+ s \(request [0-9a-f]+\), uses \d+ % of/);
  assert.match(shown.output, /hangs_deeply\.py:\d+ in waits_here\n/);
  assert.match(shown.output, /\n {2}thread \d: idle\n/);
  assert.doesNotMatch(shown.output, /reeve_worker/);
  assert.deepEqual(daemon.workerPids(), before);
  for (const pid of daemon.workerPids()) process.kill(pid, 'SIGKILL');
  await slow;
});

story('an import that hangs at the start, and in a reload', async (place) => {
  place.write('hang', '');
  place.write(
    'slow.py',
    'import os, threading, time\n' +
      'def waits_at_import():\n    while os.path.exists("hang"): time.sleep(0.05)\n' +
      'waits_at_import()\n' +
      'def application(environ, start_response):\n    start_response("200 OK", [])\n    return [b""]\n',
  );
  const ini = `control-socket = ${place.path('c')}\nmodule = slow\nprocesses = 1`;
  const daemon = await place.start({ ini, wait: 'nothing' });
  await until('it can be asked', () => fs.existsSync(place.path('c')));
  const hangs = ({ state, threads }: Process): boolean =>
    state === 'starting' && functionsOf(threads[0]).includes('waits_at_import');
  await processOf(place, 'spawner', hangs);
  fs.rmSync(place.path('hang'));
  await daemon.says(said.serving);
  place.write('hang', '');
  process.kill(daemon.masterPid, 'SIGHUP');
  const spawner = await processOf(place, 'spawner', hangs);
  assert.equal(spawner.role, 'coming');
  assert.deepEqual(functionsOf(spawner.threads[0]), ['waits_at_import', '<module>']);
  fs.rmSync(place.path('hang'));
  await daemon.says(said.reloaded);
});

story('an application that sets handlers for all signals, and takes them away', async (place) => {
  place.write(
    'app.py',
    'import signal, time\n' +
      'for number in signal.valid_signals() - {9, 17, 19}:\n' +
      '    signal.signal(number, lambda *_: 1 / 0)\n' +
      'signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n' +
      'def application(environ, start_response):\n' +
      '    start_response("200 OK", [])\n' +
      '    if environ["PATH_INFO"] == "/sleeps": time.sleep(600)\n' +
      '    for number in (45, 46): signal.signal(number, signal.SIG_DFL)\n' +
      '    return [b""]\n',
  );
  const ini = `control-socket = ${place.path('c')}\nmodule = app\nprocesses = 2`;
  const daemon = await place.start({ ini });
  const before = daemon.workerPids();
  assert.equal((await daemon.get('/')).status, 200);
  const slow = Promise.allSettled([daemon.get('/sleeps')]);
  // One of them has taken the handler away: to ask it would end it.
  const { processes } = await until('both are known', async () => {
    const stacks = await stacksOf(place);
    const workers = stacks.processes.filter(({ kind }) => kind === 'worker');
    const isAsleep = workers.some(({ threads }) => functionsOf(threads[0])[0] === 'application');
    const isTaken = workers.some(({ threads }) => threads[0]?.reason !== '');
    return isAsleep && isTaken && { processes: stacks.processes };
  });
  const workers = processes.filter(({ kind }) => kind === 'worker');
  const refused = workers.find(({ threads }) => threads[0]?.reason !== '');
  assert.match(
    refused?.threads[0]?.reason ?? '',
    /the application has taken the handler of signal/,
  );
  const spawner = processes.find(({ kind }) => kind === 'spawner');
  assert.deepEqual(
    spawner?.threads.map(({ doing }) => doing),
    ['idle'],
  );
  assert.deepEqual(daemon.workerPids(), before);
  for (const pid of daemon.workerPids()) process.kill(pid, 'SIGKILL');
  await slow;
});

story('a worker that is stopped says so', async (place) => {
  const ini = `control-socket = ${place.path('c')}\nprocesses = 1`;
  const daemon = await place.start({ app: 'hello', ini });
  const [pid = 0] = daemon.workerPids();
  process.kill(pid, 'SIGSTOP');
  try {
    const worker = await processOf(place, 'worker 1', ({ threads }) => {
      return threads[0]?.doing === 'unknown';
    });
    assert.match(worker.threads[0]?.reason ?? '', /it is stopped/);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await processOf(place, 'worker 1', ({ threads }) => threads[0]?.doing === 'idle');
});
