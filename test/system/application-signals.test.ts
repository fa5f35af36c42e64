/** Signals, timers and file monitors that the application registers through the module uwsgi. */

import assert from 'node:assert/strict';

import type { Answer } from '../support/http.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

function notes(place: Place): string[] {
  return place.read('notes').split('\n').slice(0, -1);
}

function noted(place: Place, pattern: RegExp, from = 0): number {
  return notes(place)
    .slice(from)
    .filter((note) => pattern.test(note)).length;
}

story('handlers run beside requests, and one that fails costs a traceback', async (place) => {
  place.write('watched', '');
  const daemon = await place.start({ app: 'raises_signals', ini: 'processes = 1' });
  const long = daemon.get('/?wait');
  await until('it runs', () => noted(place, /^request begins/) === 1);
  const from = notes(place).length;
  await Promise.all([daemon.get('/?1'), daemon.get('/?8'), long]);
  await until('both have run', () => noted(place, /^any|^fails/, from) >= 2);
  const inside = notes(place).slice(from);
  assert.ok(
    inside.indexOf('request ends') < inside.findIndex((note) => /^(any|fails) /.test(note)),
  );
  await daemon.says(/worker 1: exception in the handler of signal 8\nTraceback[^]*LookupError/);
  await daemon.get('/?99');
  await daemon.says(/signal\.undelivered: signal 99 was raised, and has no handler/);
  await daemon.stop();
});

story('a reload leaves one timer and one run of each cron in its minute', async (place) => {
  place.write('watched', '');
  const ini = 'processes = 2\nlazy-apps = true';
  const daemon = await place.start({ app: 'raises_signals', ini });
  const minutes = (): number => Math.floor(Date.now() / 60_000);
  const first = minutes();
  await until('the cron has run', () => noted(place, /^cron 12/) === 1);
  await daemon.reload();
  const from = notes(place).length;
  await until('it ticks', () => noted(place, /^timer 10/, from) === 2);
  const ended = Date.now();
  place.write('watched', 'changed');
  await until('the file has been seen', () => noted(place, /^file 13/) > 0);
  const seconds = (Date.now() - ended) / 1000;
  assert.ok(noted(place, /^timer 10/, from) <= 2 + seconds + 1);
  assert.ok(noted(place, /^cron 12/) === 1 || minutes() !== first);
  assert.equal(noted(place, /^file 13/), 1);
  await daemon.stop();
});

story('a handler that hangs is ended by harakiri, and one that waits survives', async (place) => {
  place.write(
    'app.py',
    `import time, uwsgi
uwsgi.register_signal(1, '', lambda number: time.sleep(7023))
uwsgi.register_signal(2, '', lambda number: open('handled', 'w').close())
def application(environ, start_response):
    uwsgi.signal(int(environ['QUERY_STRING'] or 3))
    start_response('200 OK', [])
    return [b'ok']
`,
  );
  const daemon = await place.start({ ini: 'wsgi-file = app.py\nprocesses = 1\nharakiri = 1' });
  await daemon.get('/?1');
  await daemon.says(/request\.overran .*the handler of signal 1 ran longer than harakiri = 1 s/);
  await daemon.get('/?2');
  await until('the next worker has run the next', () => place.exists('handled'));
  await daemon.stop();
});

story(
  'a request waits for a signal, until one comes or a limit or a stop ends it',
  async (place) => {
    place.write('begun', '');
    const daemon = await place.start({
      app: 'waits_for_signals',
      ini: 'processes = 1\nthreads = 3',
    });
    const begun = (): number => place.read('begun').length;
    const waiting = async (query: string, body = ''): Promise<{ answer: Promise<Answer> }> => {
      const before = begun();
      const answer = daemon.get(`/?${query}`, { method: 'POST', body });
      await until('it runs', () => begun() > before);
      return { answer };
    };
    const { answer } = await waiting('wait=18', 'unread'.repeat(100_000));
    let text = '';
    void answer.then((one) => (text = one.text));
    await until('one has come to it', async () => {
      if (text === '') await daemon.get('/?raise=18');
      return text !== '';
    });
    assert.equal(text, "b'', 0 before, 18 now, handled here");
    const limited = await waiting('limited');
    assert.equal((await limited.answer).status, 504);
    await daemon.answers('it serves', ({ status }) => status === 200);
    const ended = /^SystemError: error waiting for signal: worker 1 is to leave.*-1 now/;
    const reloaded = await waiting('wait=19');
    assert.equal(await daemon.reload(), 'reloaded');
    assert.match((await reloaded.answer).text, ended);
    const stopped = await waiting('wait=19');
    await daemon.stop();
    assert.match((await stopped.answer).text, ended);
  },
);
