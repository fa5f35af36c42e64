/** The status page at `metrics`, as browsers and their attackers meet it. */

import assert from 'node:assert/strict';
import http from 'node:http';

import { Browser, withoutBrowser } from '../support/browser.ts';
import type { Daemon } from '../support/daemon.ts';
import { request, type RequestOptions } from '../support/http.ts';
import { story, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';

async function start(place: Place, metrics: string, ini = ''): Promise<Daemon> {
  return await place.start({
    app: 'waits_for_file',
    ini: `metrics = ${metrics}\nprocesses = 2\n${ini}`,
  });
}

story('it is shown on the machine under its own names, and to nobody else', async (place) => {
  const port = await place.anotherPort();
  const daemon = await start(place, `127.0.0.1:${port}`);
  const ask = (path: string, headers: RequestOptions['headers'] = {}) =>
    request({ port }, path, { headers: { Host: `127.0.0.1:${port}`, ...headers } });
  const page = await ask('/');
  assert.equal(page.status, 200);
  const policy = page.headers['content-security-policy'] ?? '';
  assert.match(policy, /^default-src 'none'; script-src 'sha256-/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  assert.doesNotMatch(page.text, /https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  const status: unknown = JSON.parse((await ask('/status.json')).text);
  assert.ok(typeof status === 'object' && status !== null && 'slots' in status);
  for (const [headers, sentence] of [
    [{ Host: 'evil.example' }, /not shown for the host "evil\.example"/],
    [{ Origin: 'http://evil.example' }, /another origin/],
    [{ 'Sec-Fetch-Site': 'cross-site' }, /another site/],
  ] as const) {
    for (const path of ['/', '/status.json']) {
      const refused = await ask(path, headers);
      assert.equal(refused.status, 403);
      assert.match(refused.text, sentence);
      assert.equal(refused.headers['access-control-allow-origin'], undefined);
    }
  }
  daemon.writeIni(`metrics = 127.0.0.1:${port}\nstatus-page-host = evil.example`);
  assert.equal(await daemon.reload(), 'reloaded');
  await until('the name is allowed', async () => {
    return (await ask('/', { Host: 'evil.example' })).status === 200;
  });
  daemon.writeIni(`metrics = 127.0.0.1:${port}\nstatus-page = false`);
  assert.equal(await daemon.reload(), 'reloaded');
  await until('it is switched off', async () => (await ask('/')).status === 403);
  assert.equal((await ask('/metrics', { Host: 'prometheus.example' })).status, 200);
});

story('a unix socket shows it to localhost', async (place) => {
  const path = place.path('metrics.sock');
  await start(place, path);
  const ask = (host: string) => request({ path }, '/status.json', { headers: { Host: host } });
  assert.equal((await ask('localhost')).status, 200);
  assert.equal((await ask('evil.example')).status, 403);
});

story(
  'a browser shows what runs, in both themes and widths, and asks nobody else',
  async (place) => {
    const port = await place.anotherPort();
    const daemon = await start(place, `127.0.0.1:${port}`);
    const waiting = request({ port: place.port }, `/?${place.path('go')}`);
    await until('it runs', async () => {
      const answer = await request({ port }, '/status.json', { headers: { Host: 'localhost' } });
      return /"busy":1/.test(answer.text);
    });
    await until('there is a history', async () => {
      const answer = await request({ port }, '/status.json', { headers: { Host: 'localhost' } });
      return (/"history":\[(.*?)\]/.exec(answer.text)?.[1] ?? '').split('atMs').length > 2;
    });
    const browser = await Browser.open(place);
    const shows = (pattern: RegExp) =>
      until(`the page shows ${pattern}`, async () => pattern.test(await browser.text()), {
        timeoutMs: 60_000,
      });
    try {
      await browser.goTo(`http://127.0.0.1:${port}/`);
      await shows(/serving, ready/);
      await shows(/1 of 2 slots busy[\s\S]*GET \/\n/);
      // Of the time before the page was opened: the slots are the fourth curve.
      const curve = 'document.querySelectorAll("path[d]")[3].getAttribute("d")';
      assert.match(String(await browser.evaluate(curve)), /L.+L/);
      // From its second question on the page has what `reeve why` finds.
      await shows(/Why\n\S/);
      assert.doesNotMatch(await browser.text(), /\/go/, 'no query is shown');
      const grounds = new Set<unknown>();
      for (const theme of ['light', 'dark'] as const) {
        for (const width of [400, 1400]) {
          await browser.show(width, theme);
          assert.equal(await browser.evaluate('document.documentElement.scrollWidth'), width);
        }
        grounds.add(await browser.evaluate('getComputedStyle(document.body).backgroundColor'));
      }
      assert.equal(grounds.size, 2, 'two themes');
      place.write('go', '');
      assert.equal((await waiting).status, 200);
      await shows(/0 of 2 slots busy/);
      await daemon.signal('master', 'SIGTSTP');
      await shows(/it is suspended/);
      await daemon.signal('master', 'SIGCONT');
      await shows(/serving, ready/);
      assert.deepEqual(browser.complaints, []);
      const own = new RegExp(
        `^\\{"url":"(http://127\\.0\\.0\\.1:${port}/(status\\.json)?|data:,)"`,
      );
      assert.deepEqual(
        browser.asked.filter((each) => !own.test(each)),
        [],
      );
    } finally {
      await browser.close();
    }
  },
  { skip: withoutBrowser, timeoutMs: 120_000 },
);

story(
  'a page of somebody else reads nothing, neither across origins nor by a name of its own',
  async (place) => {
    const port = await place.anotherPort();
    await start(place, `127.0.0.1:${port}`);
    const evil = http.createServer((_, response) => response.end('<p>evil</p>'));
    await new Promise<void>((listening) => evil.listen(0, '127.0.0.1', listening));
    const address = evil.address();
    const evilPort = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const browser = await Browser.open(place);
    const read = (url: string): Promise<unknown> =>
      browser.evaluate(`fetch(${JSON.stringify(url)}).then(
        async (answer) => answer.status + ' ' + await answer.text(), (error) => 'failed: ' + error)`);
    try {
      await browser.goTo(`http://127.0.0.1:${evilPort}/`);
      await until('the page is there', async () => /evil/.test(await browser.text()));
      assert.match(String(await read(`http://127.0.0.1:${port}/status.json`)), /^failed/);
      // The name resolves to this machine, as one of an attacker does after a rebinding.
      await browser.goTo(`http://evil.example:${port}/`);
      await until('it is refused', async () => /not shown for the host/.test(await browser.text()));
      assert.match(String(await read(`http://evil.example:${port}/status.json`)), /^403 /);
    } finally {
      await browser.close();
      evil.close();
    }
  },
  { skip: withoutBrowser, timeoutMs: 120_000 },
);
