/** `reeve why` with the id of a request, as it stands on the page of an error, and with a path. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { story, tellAtOnce, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';

tellAtOnce(3);

async function why(place: Place, about: string): Promise<{ code: number; output: string }> {
  return place.run([Daemon.binary, 'why', place.path('c'), about]);
}

/** Asks until it says so, as what is known of a request grows. */
async function says(place: Place, about: string, ...patterns: readonly RegExp[]): Promise<void> {
  await until(`reeve why ${about} says ${patterns.join(' ')}`, async () => {
    const { output } = await why(place, about);
    if (patterns.every((pattern) => pattern.test(output))) return true;
    throw new Error(output);
  });
}

function questioned(place: Place, ini = ''): Promise<Daemon> {
  const lines = `control-socket = ${place.path('c')}\nworker-reload-mercy = 1\n${ini}`;
  return place.start({ app: 'questioned', ini: lines });
}

/** A request whose answer nobody waits for. */
function ask(daemon: Daemon, target: string, id: string): void {
  const headers = { 'X-Request-ID': id };
  daemon.get(target, { headers, timeoutMs: 60_000 }).catch(() => undefined);
}

story('the id on the page of an error leads to its cause', async (place) => {
  place.write('own.html', '<p>Sorry. <i>%(request_id)</i></p>');
  const ini =
    'log-format = %(uri) %(status) %(request_id)\nerror-page-413 = own.html\nlimit-post = 10';
  const daemon = await questioned(place, ini);
  const raised = await daemon.get('/raise');
  assert.equal(raised.status, 500);
  const [, id = ''] = /^Request ID: ([0-9a-f]{32})$/m.exec(raised.text) ?? [];
  assert.equal(raised.headers['x-request-id'], id);
  await daemon.says(new RegExp(`/raise 500 ${id}`));
  await daemon.says(new RegExp(`exception in GET /raise \\(request ${id}\\)\nTraceback`));
  const failed = /GET \/raise ended .* LookupError: no such row, in .*questioned\.py:\d+ in/;
  await says(place, id, failed, /it waited 0 s for a worker, and ran for .* in worker 1/);

  const large = { method: 'POST', body: 'x'.repeat(20), headers: { 'X-Request-ID': '/proxy=1' } };
  assert.equal((await daemon.get('/b', large)).text, '<p>Sorry. <i>/proxy=1</i></p>');
  await says(place, '/proxy=1', /answered it with 413: The request body/, /no worker was asked/);

  ask(daemon, '/broken', 'half');
  await says(place, 'half', /its response was cut after it had begun with 200|answer was 500/);
  const unknown = await why(place, 'nobody');
  assert.equal(unknown.code, 69);
  assert.match(
    unknown.output,
    /nothing is known of a request nobody\n.*\n.*journal \(REQUEST_ID\)/,
  );
});

story('no client can write into a page or a line by its id', async (place) => {
  const daemon = await questioned(place, 'log-format = %(uri) %(status) %(request_id)');
  const hostile = [
    '<b>bold</b>',
    'a b',
    '"quoted"',
    'x'.repeat(129),
    "it's",
    'caf\u00e9',
    '%0d%0aX: 1',
  ];
  for (const [at, id] of hostile.entries()) {
    const answer = await daemon.get('/raise', { headers: { 'X-Request-ID': id } });
    const [, shown = ''] = /^Request ID: (.*)$/m.exec(answer.text) ?? [];
    assert.match(shown, /^[0-9a-f]{32}$/, id);
    assert.equal(answer.headers['x-request-id'], shown);
    assert.equal(answer.text.includes(id), false);
    await daemon.says(new RegExp(`^/raise 500 ${shown}$`, 'm'));
    assert.equal(daemon.log().split('(request ').length, at + 2);
  }
});

story('where a request runs, and what it waits for', async (place) => {
  const daemon = await questioned(place, 'queue-max = 1');
  ask(daemon, '/hang', 'first');
  const runs = /GET \/hang has run for .*, in worker 1, thread 0\nit sleeps, in .* rows/;
  await says(place, 'first', runs);
  ask(daemon, '/', 'second');
  await says(place, 'second', /GET \/ has waited .*; it is the next\n1 of 1 slot is busy/);
  const refused = await daemon.get('/', { headers: { 'X-Request-ID': 'third' } });
  assert.match(refused.text, /^503 [^]*\nRequest ID: third\n$/);
  await says(place, 'third', /Reeve answered it with 503: the queue was full \(queue-max\)/);
  await says(place, '/hang', /1 request of \/hang runs now, for up to .*: it sleeps, in .* rows/);
  await daemon.signal('master', 'SIGKILL');
  await daemon.exit;
});

story('what a request did when it was cut', async (place) => {
  const daemon = await questioned(place, 'harakiri = 1');
  const cut = await daemon.get('/hang', { headers: { 'X-Request-ID': 'cut' }, timeoutMs: 60_000 });
  assert.match(cut.text, /^504 [^]*\nRequest ID: cut\n$/);
  const why504 = /it ran longer than harakiri = 1 s, and its client was answered 504/;
  await says(place, 'cut', why504, /when it was cut it slept\n.*questioned\.py.* rows/);
  await says(place, '/hang', /no request of \/hang runs now/, /1 cut/, /the last one, cut: it ran/);
});
