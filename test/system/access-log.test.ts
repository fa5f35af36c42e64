/** Settings and logs: the line that each request leaves. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';

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

story('what a client sends cannot forge a line of the log', async (place) => {
  const daemon = await place.start({
    app: 'hello',
    ini: 'log-format = %(method) [%(uri)] [%(uagent)]',
  });
  await daemon.get('/a%0aforged', { headers: { 'User-Agent': 'a\tb\x9b31m' } });
  const match = await daemon.says(/^GET \[\/a.*$/m);
  for (const character of match[0]) assert.ok(character >= ' ' && character !== '\x7f', match[0]);
});
