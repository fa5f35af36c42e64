/** Settings and logs: the line that each request leaves. */

import assert from 'node:assert/strict';

import type { Daemon } from '../support/daemon.ts';
import { connect } from '../support/http.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

const defaultLine = new RegExp(
  [
    String.raw`^\[pid: (\d+)\|app: 0\|req: 1\/1\] 127\.0\.0\.1 \(\) \{\d+ vars in \d+ bytes\}`,
    String.raw`\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\] GET \/a\?b=c => generated 5 bytes`,
    String.raw`in \d+ msecs \(HTTP\/1\.1 200\) 2 headers in \d+ bytes \(\d+ switches on core 0\)$`,
  ].join(' '),
  'm',
);

story("the request line has uWSGI's default fields", async (place) => {
  const daemon = await place.start({ app: 'hello' });
  await daemon.get('/a?b=c');
  const match = await daemon.says(defaultLine);
  assert.equal(Number(match[1]), await daemon.pid('worker 1'));
});

story('disable-logging leaves request lines out, and log-4xx brings those back', async (place) => {
  const daemon = await place.start({
    app: 'answers_status',
    ini: 'disable-logging = true\nlog-4xx = true',
  });
  await daemon.get('/200');
  await daemon.get('/404');
  await daemon.says(/GET \/404/);
  assert.doesNotMatch(daemon.log(), /GET \/200/);
});

story('log-format', async (place) => {
  const format = '%(method) %(uri) %(status) %(rsize) ua=%(uagent) %(var.HTTP_X_WORD) %(nothing)';
  const daemon = await place.start({ app: 'hello', ini: `log-format = ${format}` });
  await daemon.get('/a', { headers: { 'User-Agent': 'tester', 'X-Word': 'word' } });
  await daemon.says(/^GET \/a 200 5 ua=tester word -$/m);
});

story('log-format has what the application sets, and metrics', async (place) => {
  const format = '%(status) %(mine) %(later) %(metric.orders) %(metric.worker.1.requests)';
  const daemon = await place.start({
    app: 'sets_log_variables',
    ini: `log-format = ${format}\nmetric = orders\nenable-metrics = 1\nprocesses = 1`,
  });
  await daemon.get('/?a\\b');
  await daemon.get('/?second');
  await daemon.says(/^200 a\\x5cb two \\x22words\\x22 3 \d$/m);
  await daemon.says(/^200 second two \\x22words\\x22 6 \d$/m);
});

story('a log-format that is JSON stays valid whatever a client sends', async (place) => {
  const daemon = await place.start({
    app: 'hello',
    ini: 'log-format = {"uri":"%(uri)","ua":"%(uagent)","size":%(rsize),"cookie":%(var.HTTP_COOKIE)}',
  });
  await daemon.get('/a?"b\\', { headers: { 'User-Agent': '"\t\xff\\', Cookie: '00' } });
  const [line] = await daemon.says(/^\{"uri".*$/m);
  const { uri, ua, size, cookie } = JSON.parse(line);
  assert.deepEqual([uri, ua, size, cookie], ['/a?"b\\', '"\t\ufffd\\', 5, '00']);
});

story('memory-report, log-date and log-micros are as in uWSGI', async (place) => {
  const daemon = await place.start({
    app: 'hello',
    ini: 'memory-report = 2\nlog-date = [%%d.%%m.%%Y]\nlog-micros = true\nprocesses = 1',
  });
  await daemon.get('/a');
  const [line] = await daemon.says(/^\{address space usage.*GET \/a =>.*$/m);
  const sizes = [...line.matchAll(/\{([\w ]+) usage: (\d+) bytes\/(\d+)MB\}/g)];
  assert.deepEqual(
    sizes.map(([, name]) => name),
    ['address space', 'rss', 'uss', 'pss'],
  );
  for (const [, name, count] of sizes) assert.ok(Number(count) > 1_000_000, `${name} ${count}`);
  assert.match(line, / generated 5 bytes in \d+ micros \(HTTP/);
  await daemon.says(/^\[\d\d\.\d\d\.\d{4}\] - master info worker\.\w+ .*: /m);
});

story('what a client sends cannot forge a line of the log', async (place) => {
  const daemon = await place.start({
    app: 'hello',
    ini: 'log-format = %(method) [%(uri)] [%(uagent)]',
  });
  await daemon.get('/a%0aforged', { headers: { 'User-Agent': 'a\tb\x9b31m' } });
  const match = await daemon.says(/^GET \[\/a.*$/m);
  for (const character of match[0]) assert.ok(character >= ' ' && character !== '\x7f', match[0]);
});

story('the time and the place in the queue are fields of their own', async (place) => {
  const daemon = await place.start({
    app: 'waits_for_file',
    ini: 'processes = 1\nlog-format = %(uri) waited %(wait_msecs) ms behind %(queued), %(status)',
  });
  const first = daemon.get(`/first?${place.path('go')}`);
  await daemon.says(/waits for .*go/);
  const second = daemon.get('/second');
  await statusSays(daemon, /1 waiting/);
  const third = daemon.get('/third');
  await statusSays(daemon, /2 waiting/);
  const gone = connect({ port: place.port });
  gone.write('GET /gone HTTP/1.1\r\nHost: h\r\n\r\n');
  await statusSays(daemon, /3 waiting \(the oldest for \d+ ms/);
  gone.destroy();
  await daemon.says(/\/gone waited \d+ ms behind 2, 499/);
  place.write('go', '');
  for (const answer of [first, second, third]) assert.equal((await answer).status, 200);
  await daemon.says(/\/first\?\S+ waited \d+ ms behind 0, 200/);
  await daemon.says(/\/second waited \d+ ms behind 0, 200/);
  await daemon.says(/\/third waited \d+ ms behind 1, 200/);
});

story(
  'a client that leaves with the whole answer is not said to have left without',
  async (place) => {
    const daemon = await place.start({
      app: 'works_after_answer',
      ini: 'processes = 1\nlog-format = %(uri) %(status) %(rsize)',
    });
    const client = connect({ port: place.port });
    client.write(`GET /?${place.path('go')} HTTP/1.1\r\nHost: h\r\n\r\n`);
    let text = '';
    client.on('data', (bytes) => (text += bytes.toString()));
    await until('it has the answer', () => text.endsWith('hello'));
    client.destroy();
    await daemon.says(/waits for .*go/);
    await statusSays(daemon, / 0 connections/);
    place.write('go', '');
    await daemon.says(/^\/\?\S+ 200 5$/m);
  },
);

/** Asks for the status by SIGUSR1 until it says this. */
async function statusSays(daemon: Daemon, pattern: RegExp): Promise<void> {
  await until(`the status says ${pattern}`, async () => {
    const from = daemon.mark();
    process.kill(daemon.masterPid, 'SIGUSR1');
    const [line] = await daemon.says(/gateway: .*/, { from });
    return pattern.test(line);
  });
}
