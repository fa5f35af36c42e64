/** What Flask, Django and Python's logging say, as the journal shows it. */

import assert from 'node:assert/strict';

import type { JournalEntry } from '../support/machine-journal.ts';
import { machineStory, type Machine } from '../support/machine.ts';
import { until } from '../support/until.ts';

const application = '_SYSTEMD_UNIT=blog.service REEVE_EVENT=application.logged';

async function start(machine: Machine, app: string, ini = ''): Promise<void> {
  machine.application('blog', { app, ini: `processes = 2\n${ini}` });
  await machine.service('blog', 'LogRateLimitIntervalSec=0\n');
  await machine.must('systemctl start blog');
  assert.equal((await machine.get('/')).status, 200);
}

/** All entries whose message matches, once there is one and the request after it is logged. */
async function entriesWith(machine: Machine, pattern: RegExp): Promise<JournalEntry[]> {
  return until(`the journal has ${pattern}`, async () => {
    const entries = await machine.journal('-u blog --all');
    const found = entries.filter(({ message }) => pattern.test(message));
    return found.length > 0 ? found : undefined;
  });
}

/** The one entry that matches: of the application, with this priority. */
async function oneEntry(machine: Machine, pattern: RegExp, priority: number) {
  const found = await entriesWith(machine, pattern);
  assert.equal(found.length, 1, found.map(({ message }) => message).join('\n---\n'));
  const [entry] = found;
  assert.ok(entry !== undefined);
  assert.equal(entry.priority, priority, entry.message);
  return entry;
}

for (const [how, ini] of [
  ['as it is', ''],
  ['with its own handler from the beginning', 'env = FLASK_EARLY=1'],
  ['with lazy-apps and threads', 'lazy-apps = true\nthreads = 2'],
] as const) {
  machineStory(`Flask ${how}: a caught exception is one entry, an error`, async (machine) => {
    await start(machine, 'flask_logs', ini);
    const headers = { 'X-Request-ID': 'story-1' };
    assert.equal((await machine.get('/broken', { headers })).status, 500);
    const error = await oneEntry(machine, /LookupError/, 3);
    assert.match(error.message, /Exception on \/broken \[GET\]\nTraceback[^]*nothing there$/);
    assert.equal(error.fields['REEVE_LOGGER'], 'app');
    assert.equal(error.fields['REEVE_EXCEPTION'], 'LookupError');
    assert.equal(error.fields['REQUEST_ID'], 'story-1');
    assert.equal(error.fields['REEVE_EVENT'], 'application.logged');
    assert.match(error.fields['SYSLOG_IDENTIFIER'] ?? '', /^blog\/worker-[12]$/);

    assert.equal((await machine.get('/warn')).status, 200);
    const warned = await oneEntry(machine, /first\nsecond$/, 4);
    assert.match(warned.message, /WARNING in app: first/, 'as Flask formats it');
    const failed = await oneEntry(machine, /^an order\nfailed$/, 3);
    assert.equal(failed.fields['REEVE_LOGGER'], 'shop.orders');
    assert.equal(failed.fields['CODE_FUNC'], 'warn');
    const text = await machine.must('journalctl -u blog -p warning -o cat');
    assert.match(text, /LookupError: nothing there[^]*first\nsecond/);
  });
}

machineStory('what is printed at once is one entry', async (machine) => {
  await start(machine, 'flask_logs');
  await machine.get('/print');
  const printed = await oneEntry(machine, /two/, 6);
  assert.equal(printed.message, 'one\ntwo\nthree');
  assert.equal(printed.fields['REEVE_EVENT'], 'application.output');
});

for (const [how, ini, path] of [
  ['at the import', 'env = BASIC_CONFIG=1', '/'],
  ['in a request', 'processes = 1', '/configure'],
] as const) {
  machineStory(`an application that configures logging ${how} keeps it`, async (machine) => {
    await start(machine, 'flask_logs', ini);
    await machine.get(path);
    await machine.get('/warn');
    await oneEntry(machine, /^ERROR\|an order\nfailed$/, 3);
    await oneEntry(machine, /^INFO\|an order came$/, 6);
    assert.equal((await entriesWith(machine, /an order/)).length, 2, 'nothing is doubled');
    if (path === '/configure') await oneEntry(machine, /^INFO\|configured\nlate$/, 6);
  });
}

machineStory('Django with DEBUG = False: the error of a request is seen', async (machine) => {
  await start(machine, 'django_logs');
  assert.equal((await machine.get('/broken?q=1')).status, 500);
  const error = await oneEntry(machine, /LookupError/, 3);
  assert.match(error.message, /^Internal Server Error: \/broken\nTraceback[^]*nothing there$/);
  assert.equal(error.fields['REEVE_LOGGER'], 'django.request');
  assert.equal(error.fields['REQUEST_URI'], '/broken?q=1');
  await machine.says('journalctl -u blog -p err -o cat', /LookupError: nothing there/);
});

machineStory('the same with log-json, whose entries have the fields too', async (machine) => {
  await start(machine, 'django_logs', 'log-json = true');
  await machine.get('/broken', { headers: { 'X-Request-ID': 'story-2' } });
  const error = await oneEntry(machine, /LookupError/, 3);
  const { level, event, logger, requestId, msg } = JSON.parse(error.message);
  assert.deepEqual(
    [level, event, logger, requestId],
    ['error', 'application.logged', 'django.request', 'story-2'],
  );
  assert.match(msg, /^Internal Server Error: \/broken\nTraceback[^]*nothing there$/);
  assert.equal(error.fields['REQUEST_ID'], 'story-2');
  assert.match(error.fields['SYSLOG_IDENTIFIER'] ?? '', /^blog\/worker-[12]$/);
});

machineStory('log-python = false leaves logging alone', async (machine) => {
  await start(machine, 'django_logs', 'log-python = false');
  assert.equal((await machine.get('/broken')).status, 500);
  await until('the request is logged', async () => {
    return (await machine.journal('-u blog STATUS=500')).length === 1;
  });
  const entries = await machine.journal('-u blog');
  assert.ok(!entries.some(({ message }) => message.includes('LookupError')));
  assert.deepEqual(await machine.journal(application), []);
});
