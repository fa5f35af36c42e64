/** With log-json every line of the log is JSON, whatever happens in the life of a daemon. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon, type DaemonOptions } from '../support/daemon.ts';
import { story, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';

type Entry = Readonly<Record<string, unknown>>;

/** The records of a log; fails at the first line that is none. */
function recordsOf(text: string): Entry[] {
  const lines = text.split('\n');
  assert.equal(lines.pop(), '', 'the last line has an end');
  return lines.map((line) => {
    const record: Entry = JSON.parse(line);
    for (const name of ['level', 'time', 'role', 'event', 'msg']) {
      assert.equal(typeof record[name], 'string', line);
    }
    // oxlint-disable-next-line no-control-regex
    assert.ok(!/^.\d+\.\d+ [.+] \{"level/.test(String(record['msg'])), `a raw record: ${line}`);
    return record;
  });
}

function logOf(place: Place, ...names: readonly string[]): string {
  return names.map((name) => place.read(name)).join('');
}

/** A daemon with log-json whose log is the file app.log; the fifo is `control`. */
async function start(place: Place, lines: string, more: DaemonOptions = {}): Promise<Daemon> {
  const ini = [
    'log-json = true',
    `master-fifo = ${place.path('control')}`,
    'processes = 2',
    lines,
  ].join('\n');
  const options = { app: 'prints_everything', ini, wait: 'nothing' as const, ...more };
  const daemon = await place.start(options);
  await until('it answers', async () => (await daemon.get('/')).status === 200);
  return daemon;
}

/** Prints everything in each worker, and waits until all of it is in the file. */
async function printAll(daemon: Daemon, place: Place, name: string): Promise<void> {
  const from = place.read(name).length;
  for (let time = 0; time < 4; time += 1) {
    assert.equal((await daemon.get('/print')).status, 200);
    assert.equal((await daemon.get('/raise')).status, 500);
  }
  await until('all is written', () => {
    return place.read(name).slice(from).split('exception in GET /raise').length === 5;
  });
}

async function act(name: string, does: () => void, place: Place): Promise<void> {
  fs.renameSync(place.path('app.log'), place.path(name));
  does();
  await until('the file is there again', () => place.exists('app.log'));
}

story('log-json: every line of a long life is JSON', async (place) => {
  const logs = ['1.log', '2.log', '3.log', 'app.log'];
  const daemon = await start(place, `logto = ${place.path('app.log')}`);
  const rotate = (): void => fs.appendFileSync(place.path('control'), 'l');
  await printAll(daemon, place, 'app.log');
  await act('1.log', rotate, place);
  await printAll(daemon, place, 'app.log');

  const code = place.read('prints_everything.py');
  place.write(
    'prints_everything.py',
    `print("half", end="", flush=True)\nraise OSError("no\\nway")`,
  );
  await act('2.log', () => process.kill(daemon.masterPid, 'SIGHUP'), place);
  await until('the reload has failed', () => place.read('app.log').includes('reload.failed'));
  await printAll(daemon, place, 'app.log');

  const pids = daemon.workerPids();
  await daemon.get('/die').catch(() => undefined);
  await until('the worker is replaced', () => {
    const now = daemon.workerPids();
    return now.length === 2 && now.join() !== pids.join();
  });
  await printAll(daemon, place, 'app.log');

  process.kill(await daemon.pid('log'), 'SIGKILL');
  await until('the helper has ended', () => place.read('app.log').includes('is started again'));
  await printAll(daemon, place, 'app.log');
  await act('3.log', rotate, place);
  await printAll(daemon, place, 'app.log');

  // As V8 does when the gateway has no memory left.
  fs.appendFileSync(`/proc/${await daemon.pid('http 1')}/fd/2`, 'FATAL ERROR: no memory\n');
  place.write('prints_everything.py', code);
  const before = daemon.workerPids().join();
  process.kill(daemon.masterPid, 'SIGHUP');
  await until('there are other workers', () => {
    return daemon.workerPids().length === 2 && daemon.workerPids().join() !== before;
  });
  await printAll(daemon, place, 'app.log');
  await daemon.stop();

  const records = recordsOf(logOf(place, ...logs));
  assert.equal(daemon.log(), '', 'nothing is written elsewhere');
  const ofMessage = (pattern: RegExp) => records.filter(({ msg }) => pattern.test(String(msg)));
  assert.ok(ofMessage(/^several\nlines\nof print$/).length >= 24);
  assert.ok(ofMessage(/^x{100000}$/).length >= 24, 'a long line is whole');
  assert.ok(ofMessage(/^WARNING a warning\nof two lines$/).every(({ level }) => level === 'warn'));
  const caught = ofMessage(/^ERROR caught\nTraceback[^]*of many\n\nlines/);
  assert.ok(caught.length >= 24 && caught.every(({ level }) => level === 'error'));
  assert.ok(
    caught.every(({ event, logger }) => `${event} ${logger}` === 'application.logged root'),
  );
  const inThread = ofMessage(/^Exception in thread [^]*of many/);
  assert.ok(inThread.length >= 24 && inThread.every(({ level }) => level === 'error'));
  assert.equal(ofMessage(/^FATAL ERROR: no memory$/).length, 1);
  assert.ok(ofMessage(/by C code$/).length >= 24);
  const raised = records.filter(({ event }) => event === 'application.raised');
  assert.ok(
    raised.length >= 24 && raised.every(({ uri, level }) => `${uri} ${level}` === '/raise error'),
  );
  assert.ok(ofMessage(/^Traceback[^]*OSError: no\nway$/).length === 1, 'the import that failed');
});

story('log-json: the line of a request and its traceback have the same id', async (place) => {
  const daemon = await start(place, `logto = ${place.path('app.log')}`);
  await daemon.get('/raise', { headers: { 'X-Request-ID': 'id-1' } });
  await until('both are there', () => {
    const of = recordsOf(place.read('app.log')).filter(({ requestId }) => requestId === 'id-1');
    return (
      of
        .map(({ event }) => event)
        .toSorted()
        .join(' ') === 'application.raised request.served'
    );
  });
});

story('log-json: with daemonize, and with lazy-apps, the file has JSON only', async (place) => {
  const log = place.path('app.log');
  const ini =
    `log-json = true\ndaemonize = ${log}\nlazy-apps = true\nsafe-pidfile = ${place.path('pid')}\n` +
    `module = prints_everything\nprocesses = 2`;
  place.copyApplication('prints_everything');
  const run = await place.start({ ini, wait: 'exit' });
  assert.equal(await run.exitCode(), 0, run.log());
  const pid = Number(place.read('pid'));
  try {
    await printAll(run, place, 'app.log');
    const from = place.read('app.log').length;
    process.kill(pid, 'SIGHUP');
    await until('it is reloaded', () => place.read('app.log').slice(from).includes('reload.done'));
    await printAll(run, place, 'app.log');
  } finally {
    process.kill(pid, 'SIGQUIT');
    await Daemon.gone([pid]);
  }
  assert.ok(recordsOf(place.read('app.log')).length > 50);
});

story('log-json: a handler of logging that fails is one record, and an error', async (place) => {
  place.write(
    'fails.py',
    [
      'import logging, sys',
      'own = logging.getLogger("own")',
      'own.addHandler(logging.StreamHandler())',
      'own.propagate = False',
      'def application(environ, start_response):',
      '    start_response("200 OK", [])',
      '    if environ["PATH_INFO"] == "/": return []',
      '    logging.getLogger("none").error("to nobody: %d", "x")',
      '    own.warning("to stderr: %d", "y")',
      '    own.warning("and then %s", "this")',
      '    return []',
    ].join('\n'),
  );
  const log = place.path('app.log');
  const ini = `log-json = true\nlogto = ${log}\nmodule = fails`;
  const daemon = await place.start({ ini, wait: 'nothing' });
  await until('it answers', async () => (await daemon.get('/')).status === 200);
  const from = place.read('app.log').length;
  await daemon.get('/fail');
  const printed = () =>
    recordsOf(place.read('app.log').slice(from)).filter(({ event }) =>
      /^application\.(l|o)/.test(`${event}`),
    );
  await until('all is logged', () => printed().some(({ msg }) => msg === 'and then this'));
  const [first, second, third, ...others] = printed();
  assert.deepEqual(others, []);
  for (const [record, what] of [
    [first, "to nobody: %d'\nArguments: ('x',)"],
    [second, "to stderr: %d'\nArguments: ('y',)"],
  ] as const) {
    assert.match(`${record?.['msg']}`, /^--- Logging error ---\nTraceback [^]*\nCall stack:\n/);
    assert.ok(`${record?.['msg']}`.endsWith(`Message: '${what}`), `${record?.['msg']}`);
    assert.deepEqual([record?.['event'], record?.['level']], ['application.output', 'error']);
  }
  assert.equal(third?.['level'], 'warn');
});
