/** Settings and logs: where lines go, in which form, and that files are reopened. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

const names = ['level', 'time', 'role', 'event', 'msg'];

/** The lines of a log that are not JSON objects with the names of each record; none is wanted. */
function notRecords(log: string): string[] {
  return log.split('\n').filter((line) => {
    if (line === '') return false;
    try {
      const record = JSON.parse(line);
      return names.some((name) => typeof record[name] !== 'string');
    } catch {
      return true;
    }
  });
}

story(
  "log-json: every line is valid JSON, tracebacks and the application's output included",
  async (place) => {
    const daemon = await place.start({ app: 'talks', ini: 'log-json = true', wait: 'nothing' });
    await daemon.answers('it answers', (answer) => answer.text === 'said');
    for (const text of ['on stdout', 'on stderr', 'odd ', 'on wsgi.errors', 'shown, not fatal']) {
      await daemon.says(new RegExp(text));
    }
    const traceback = daemon
      .log()
      .split('\n')
      .filter((line) => line.includes('shown, not fatal'));
    assert.equal(traceback.length, 1, 'a traceback is one record');
    assert.match(traceback[0] ?? '', /"role":"app","event":"application.output".*Traceback/);
    assert.equal(await daemon.reload(), 'reloaded');
    await daemon.get('/');
    await daemon.stop();
    assert.deepEqual(notRecords(daemon.log()), []);
  },
);

story('log-json: a traceback is one record, whatever its message', async (place) => {
  const chained = `
class Odd(Exception):
    pass

def application(environ, start_response):
    try:
        raise Odd("first\\n\\nINFO of many\\n{lines}")
    except Odd:
        raise ValueError("the last\\nof the lines\\n")
`;
  place.write('app.py', chained);
  const daemon = await place.start({ ini: 'log-json = true\nmodule = app', wait: 'nothing' });
  await daemon.answers('it answers', (answer) => answer.status === 500);
  await daemon.says(/of the lines/);
  const records = daemon
    .log()
    .split('\n')
    .filter((line) => /lines|of many/.test(line));
  assert.equal(records.length, 1, records.join('\n'));
  const { msg, role, level } = JSON.parse(records[0] ?? '');
  assert.deepEqual([role, level], ['python', 'error']);
  assert.match(msg, /exception in[^]*INFO of many\n\{lines\}[^]*During handling[^]*of the lines/);

  place.write('app.py', 'x = (1\n  ]\n');
  const from = daemon.mark();
  assert.equal(await daemon.reload(), 'failed');
  await daemon.says(/SyntaxError/, { from });
  const syntax = daemon
    .log(from)
    .split('\n')
    .filter((line) => /\\n *\]|\^/.test(line));
  assert.equal(syntax.length, 1, 'also of a syntax error');
  await daemon.stop();
  assert.deepEqual(notRecords(daemon.log()), []);
});

story('log-json: the log helper that is killed is replaced, and that is said', async (place) => {
  const daemon = await place.start({ app: 'talks', ini: 'log-json = true', wait: 'nothing' });
  await daemon.answers('it answers', (answer) => answer.text === 'said');
  const pid = await daemon.pid('log');
  const from = daemon.mark();
  process.kill(pid, 'SIGKILL');
  await daemon.says(/the log helper has ended and is started again/, { from });
  await until('there is another', async () => (await daemon.pid('log')) !== pid);
  await daemon.answers('it answers', (answer) => answer.text === 'said');
  await daemon.says(/on stdout/, { from });
});

story('log-json: a failure to start is JSON as well', async (place) => {
  place.write('app.py', 'raise ValueError("cannot start")\n');
  const daemon = await place.start({ ini: 'log-json = true\nmodule = app', wait: 'exit' });
  assert.equal(await daemon.exitCode(), 22);
  assert.match(daemon.log(), /cannot start/);
  assert.deepEqual(notRecords(daemon.log()), []);
});

story('log-json: the request line has its fields by name', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'log-json = true', wait: 'nothing' });
  await daemon.answers('it answers', (answer) => answer.text === 'hello', { target: '/a?b=c' });
  await daemon.says(/\/a\?b=c/);
  const line =
    daemon
      .log()
      .split('\n')
      .find((each) => each.includes('/a?b=c')) ?? '';
  assert.match(line, /"status":"?200/);
  assert.match(line, /GET/);
});

story(
  'what the application prints is in the log unchanged, and no line is cut by another',
  async (place) => {
    // One thread in each: Python's own print() lets another thread in before the end of the line.
    const daemon = await place.start({
      app: 'talks',
      ini: 'processes = 4',
      env: { PYTHONUNBUFFERED: '1' },
    });
    await Promise.all(Array.from({ length: 20 }, () => daemon.get('/')));
    for (const line of [/^on stdout$/, /^on stderr$/, /^\[pid: \d+\|.*\)$/]) {
      await until(`${line} is said by each`, () => daemon.timesSaid(line) === 20);
    }
  },
);

for (const [what, act] of [
  ['a reload', (pid: number): boolean => process.kill(pid, 'SIGHUP')],
  [
    "the fifo's l",
    (_: number, place: Place): void => fs.appendFileSync(place.path('control'), 'l'),
  ],
] as const) {
  story(`logto is reopened by every process on ${what}`, async (place) => {
    const log = place.path('app.log');
    const daemon = await place.start({
      app: 'talks',
      ini: `logto = ${log}\nmaster-fifo = ${place.path('control')}\nprocesses = 2`,
      wait: 'nothing',
    });
    await daemon.answers('it answers', (answer) => answer.text === 'said');
    fs.renameSync(log, `${log}.1`);
    act(daemon.masterPid, place);
    await until('the file is there again', () => fs.existsSync(log));
    await until('all write to it', async () => {
      await daemon.get('/');
      const text = fs.readFileSync(log, 'utf8');
      return /on stderr/.test(text) && /\[pid: \d+\|/.test(text);
    });
    const size = fs.statSync(`${log}.1`).size;
    for (let time = 0; time < 6; time += 1) await daemon.get('/');
    assert.equal(fs.statSync(`${log}.1`).size, size, 'nobody writes to the old file');
  });
}

story('logto appends, and its file is not for everybody to read', async (place) => {
  place.write('app.log', 'written before\n');
  const daemon = await place.start({
    app: 'hello',
    ini: `logto = ${place.path('app.log')}`,
    wait: 'nothing',
  });
  await daemon.answers('it answers', (answer) => answer.text === 'hello');
  assert.match(place.read('app.log'), /^written before\n/);
});
