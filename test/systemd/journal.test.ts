/** What the journal can be asked, as an operator asks it. */

import assert from 'node:assert/strict';

import { machineStory, type Machine } from '../support/machine.ts';
import type { JournalEntry } from '../support/machine-journal.ts';
import { until } from '../support/until.ts';
import { logEvents } from '../../src/tables/log-events.ts';

async function start(machine: Machine, ini = '', lines = ''): Promise<void> {
  machine.application('blog', { app: 'says_who', ini: `processes = 2\n${ini}` });
  await machine.service('blog', `LogRateLimitIntervalSec=0\n${lines}`);
  await machine.must('systemctl start blog');
}

/** The one entry of the unit whose field has this value. */
async function entryWith(machine: Machine, query: string): Promise<JournalEntry> {
  return until(`the journal has one entry of ${query}`, async () => {
    const entries = await machine.journal(`-u blog ${query}`);
    return entries.length === 1 ? entries[0] : undefined;
  });
}

machineStory('what Reeve says is found by its fields, and explained', async (machine) => {
  await start(machine);
  const ready = await entryWith(machine, 'REEVE_EVENT=daemon.ready');
  assert.equal(ready.priority, 6);
  assert.match(ready.message, /^ready, serving on /, 'no time, level or event in the message');
  assert.equal(ready.fields['SYSLOG_IDENTIFIER'], 'blog/master');
  assert.equal(ready.fields['REEVE_APP'], 'blog');
  assert.equal(ready.fields['_TRANSPORT'], 'journal');
  assert.equal(ready.fields['MESSAGE_ID'], logEvents['daemon.ready'].id);
  await machine.says(
    'journalctl -x -u blog REEVE_EVENT=daemon.ready',
    /Subject: blog serves[^]*Defined-By: Reeve[^]*clients are served/,
  );
  const spawned = await entryWith(machine, 'REEVE_WORKER=2 REEVE_EVENT=worker.spawned');
  assert.equal(spawned.fields['REEVE_GENERATION'], '1');
  const pid = await machine.signal('blog.service', 'worker 2', 'SIGKILL');
  const exited = await entryWith(machine, '-p err REEVE_WORKER=2');
  assert.equal(exited.fields['REEVE_EVENT'], 'worker.exited');
  assert.match(exited.message, /was killed by SIGKILL/);
  assert.ok(pid > 0);
});

machineStory('a request is found by its status, its id and its worker', async (machine) => {
  await start(machine);
  const headers = { 'X-Request-ID': 'story-1' };
  assert.equal((await machine.get('/raise?q=1', { headers })).status, 500);
  const request = await entryWith(machine, 'STATUS=500');
  assert.equal(request.fields['REQUEST_METHOD'], 'GET');
  assert.equal(request.fields['REQUEST_URI'], '/raise?q=1');
  assert.equal(request.fields['REMOTE_ADDR'], '127.0.0.1');
  assert.equal(request.fields['REQUEST_ID'], 'story-1');
  assert.match(request.fields['DURATION_USEC'] ?? '', /^[0-9]+$/);
  assert.match(request.fields['REEVE_WORKER'] ?? '', /^[12]$/);
  assert.equal(request.fields['SYSLOG_IDENTIFIER'], 'blog/http-1');
  assert.equal(request.priority, 6);

  const both = await machine.journal('-u blog REQUEST_ID=story-1');
  assert.deepEqual(both.map((entry) => entry.fields['REEVE_EVENT']).toSorted(), [
    'application.raised',
    'request.served',
  ]);

  assert.equal((await machine.get('/')).status, 200);
  const other = await entryWith(machine, 'STATUS=200');
  assert.match(other.fields['REQUEST_ID'] ?? '', /^[0-9a-f]{32}$/);
});

machineStory('a traceback is one entry, an error, of the worker that met it', async (machine) => {
  await start(machine);
  await machine.get('/raise');
  const raised = await entryWith(machine, '-p err');
  const lines = raised.message.split('\n');
  assert.match(lines[0] ?? '', /^worker [12]: exception in GET \/raise \(request [0-9a-f]{32}\)$/);
  assert.equal(lines[1], 'Traceback (most recent call last):');
  assert.equal(lines.at(-1), 'LookupError: nothing there');
  assert.equal(raised.fields['REEVE_EVENT'], 'application.raised');
  assert.equal(raised.fields['REEVE_EXCEPTION'], 'LookupError');
  assert.equal(raised.fields['CODE_FILE'], '/srv/blog/app.py');
  assert.equal(raised.fields['CODE_FUNC'], 'application');
  assert.equal(raised.fields['SYSLOG_IDENTIFIER'], `blog/worker-${raised.fields['REEVE_WORKER']}`);
  await machine.says('journalctl -x -u blog -p err', /did not catch/);
});

machineStory('a start that fails says why in the journal of its unit', async (machine) => {
  machine.application('blog');
  machine.write('/srv/blog/app.py', 'import json\nraise RuntimeError("no database")\n');
  await machine.service('blog');
  assert.notEqual((await machine.run('systemctl start blog')).code, 0);
  const traceback = await entryWith(machine, 'REEVE_EVENT=application.import-failed');
  assert.match(traceback.message, /^Traceback[^]*app\.py", line 2[^]*RuntimeError: no database$/);
  assert.equal(traceback.priority, 3);
  assert.equal(traceback.fields['SYSLOG_IDENTIFIER'], 'blog/spawner');
  const refused = await entryWith(machine, 'REEVE_EVENT=start.refused');
  assert.match(refused.message, /no database/);

  machine.write('/etc/reeve/blog.ini', '[uwsgi]\nhttp = :99999\nmodule = app:application\n');
  assert.notEqual((await machine.run('systemctl start blog')).code, 0);
  const early = await machine.journalSays(/^reeve: .*99999/, '-u blog -p err');
  assert.equal(early.priority, 3);
});

machineStory('what the application prints has its own pid and identifier', async (machine) => {
  await start(machine);
  const [pid = ''] = (await machine.get('/print')).text.split(' ');
  const shell = await machine.journalSays(/^echoed by /, '-u blog');
  const printed = await machine.journal('-u blog _TRANSPORT=stdout');
  const of = (pattern: RegExp) => printed.find((entry) => pattern.test(entry.message));

  const identifier = shell.fields['SYSLOG_IDENTIFIER'] ?? '';
  assert.match(identifier, /^blog\/worker-[12]$/);
  for (const verb of ['printed', 'warned', 'written']) {
    const entry = of(new RegExp(`^${verb} by ${pid}$`));
    assert.equal(entry?.fields['_PID'], pid, verb);
    assert.equal(entry?.fields['SYSLOG_IDENTIFIER'], identifier, verb);
    assert.equal(entry?.priority, verb === 'warned' ? 4 : 6, verb);
  }
  assert.equal(shell.message, `echoed by ${shell.fields['_PID']}`, 'a child has its own pid');
  assert.equal(of(/^imported$/)?.fields['SYSLOG_IDENTIFIER'], 'blog/spawner');

  const [, named, real] = (await machine.get('/')).text.split(' ');
  assert.equal(named, real, 'JOURNAL_STREAM names the stream that the worker has');
});

machineStory('a restart of journald loses nothing that comes after it', async (machine) => {
  await start(machine);
  await machine.must('systemctl restart systemd-journald');
  await machine.get('/print');
  await machine.get('/raise');
  await machine.journalSays(/^printed by /, '-u blog');
  await machine.journalSays(/LookupError: nothing there$/, '-u blog -p err');
  await entryWith(machine, 'STATUS=500');
});

machineStory('a journald that hangs holds no request', async (machine) => {
  await start(machine);
  const journald = await machine.must('systemctl show -P MainPID systemd-journald');
  await machine.must(`kill -STOP ${journald}`);
  try {
    for (let count = 0; count < 100; count += 1) {
      assert.equal((await machine.get('/')).status, 200);
    }
    assert.equal((await machine.get('/raise')).status, 500);
  } finally {
    await machine.must(`kill -CONT ${journald}`);
  }
  await machine.journalSays(/LookupError: nothing there$/, '-u blog -p err');
  await until('all requests are in the journal', async () => {
    return (await machine.journal('-u blog STATUS=200')).length === 100;
  });
});

machineStory('long lines and bursts arrive whole', async (machine) => {
  await start(machine);
  await machine.get('/long');
  await machine.journalSays(/Lend$/, '-u blog --all');
  const parts = (await machine.journal('-u blog --all')).filter(({ message }) =>
    message.includes('LLL'),
  );
  assert.equal(parts.map(({ message }) => message).join(''), `${'L'.repeat(60_000)}end`);
  await machine.get('/burst');
  await machine.journalSays(/^line 19999$/, '-u blog');
  const count = await machine.must("journalctl -q -u blog -o cat | grep -c '^line [0-9]*$'");
  assert.equal(count, '20000');
});

machineStory('with log-json each message is JSON, with its priority', async (machine) => {
  await start(machine, 'log-json = true');
  await machine.get('/print');
  await machine.get('/raise');
  const raised = await machine.journalSays(/LookupError/, '-u blog -p err');
  assert.match(
    JSON.parse(raised.message)['msg'],
    /exception in GET \/raise \(request .*\)\nTraceback/,
  );
  const request = await entryWith(machine, 'STATUS=500');
  assert.equal(JSON.parse(request.message)['status'], 500);
  const printed = await machine.journalSays(/printed by/, '-u blog');
  assert.equal(JSON.parse(printed.message)['event'], 'application.output');
  assert.equal(printed.priority, 6);
});

machineStory('a log file under systemd gets lines as ever, the journal none', async (machine) => {
  await start(machine, 'logto = /srv/blog/reeve.log');
  await machine.get('/print');
  await machine.says('cat /srv/blog/reeve.log', /^echoed by /m);
  const text = machine.read('/srv/blog/reeve.log');
  assert.match(text, /^\d{4}-[\dT:.-]+Z master info daemon\.ready: ready/m);
  assert.match(text, /^printed by /m);
  const entries = await machine.journal('-u blog REEVE_EVENT=daemon.ready');
  assert.deepEqual(entries, []);
  assert.match((await machine.get('/')).text, / none /);
});
