/** WSGI: what reaches the client of each way in which an application may answer. */

import assert from 'node:assert/strict';

import { exchange, request } from '../support/http.ts';
import type { Answer } from '../support/http.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

story('a streamed response arrives chunk by chunk', async (place) => {
  const daemon = await place.start({ app: 'streams' });
  let seen = '';
  const answer = daemon.get(`/?${place.path('go')}`, {
    onData: (piece) => (seen += piece.toString()),
  });
  await until('the first chunk is here', () => seen.includes('one'));
  assert.doesNotMatch(seen, /two/);
  place.write('go', '');
  assert.equal((await answer).text, 'onetwothree');
  assert.equal((await answer).complete, true);
});

story('to an HTTP/1.0 client a streamed response ends with the connection', async (place) => {
  const daemon = await place.start({ app: 'streams' });
  place.write('go', '');
  const answer = await daemon.get(`/?${place.path('go')}`, { version: '1.0' });
  assert.equal(answer.text, 'onetwothree');
  assert.equal(answer.headers['transfer-encoding'], undefined);
});

story("an application's Connection: close ends the connection, as in uWSGI", async (place) => {
  const text = (value: string) =>
    'def application(environ, start_response):\n' +
    `    start_response("200 OK", [("Connection", "${value}"), ("Content-Length", "2")])\n` +
    '    return [b"ok"]\n';
  const two =
    'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  for (const [value, answers] of [
    ['close', 1],
    ['x, Close', 1],
    ['keep-alive', 2],
  ] as const) {
    place.write('app.py', text(value));
    const daemon = await place.start({ ini: 'module = app' });
    const raw = await exchange({ port: place.port }, Buffer.from(two));
    assert.equal(raw.toString().split('HTTP/1.1 200').length - 1, answers, value);
    assert.match(raw.toString(), /Connection: close/);
    await daemon.stop();
  }
});

story('HEAD has the headers of GET and no body', async (place) => {
  const daemon = await place.start({ app: 'hello' });
  const answer = await daemon.get('/', { method: 'HEAD' });
  assert.deepEqual(
    [answer.status, answer.headers['content-length'], answer.body.length],
    [200, '5', 0],
  );
});

for (const status of ['204', '304']) {
  story(`${status} has no body and no framing of one`, async (place) => {
    const daemon = await place.start({ app: 'answers_status' });
    const answer = await daemon.get(`/${status}`);
    assert.equal(answer.status, Number(status));
    assert.equal(answer.reason, 'Chosen');
    assert.equal(answer.body.length, 0);
    assert.equal(answer.headers['transfer-encoding'], undefined);
  });
}

story('headers keep their order, case and repetitions', async (place) => {
  const daemon = await place.start({ app: 'sets_headers' });
  const answer = await daemon.get('/');
  const wanted = [
    'Content-Type',
    'Set-Cookie',
    'X-mixed-CASE',
    'Set-Cookie',
    'X-Latin',
    'Content-Length',
  ];
  const own = answer.headerList.filter(([name]) => wanted.includes(name));
  assert.deepEqual(
    own.map(([name]) => name),
    wanted,
  );
  assert.deepEqual(own.map(([, value]) => value).slice(1, 5), [
    'one=1',
    'kept',
    'two=2',
    'caf\xe9',
  ]);
  assert.deepEqual([answer.status, answer.reason], [404, 'Not Here']);
});

for (const path of ['before', 'after-start-response', 'system-exit', 'keyboard-interrupt']) {
  story(
    `an exception (${path}) before anything is sent: 500, the traceback in the log, the worker lives`,
    async (place) => {
      const daemon = await place.start({ app: 'raises' });
      const worker = await daemon.pid('worker 1');
      const answer = await daemon.get(`/${path}`);
      assert.equal(answer.status, 500);
      assert.doesNotMatch(answer.text, /Traceback|raised/);
      await daemon.says(/ValueError: raised|SystemExit|KeyboardInterrupt/);
      assert.equal((await daemon.get('/')).text, String(worker));
    },
  );
}

for (const path of ['after-chunk', 'after-with-length']) {
  story(
    `an exception after the first chunk (${path}): never a silently short body`,
    async (place) => {
      const daemon = await place.start({ app: 'raises' });
      const answer = await daemon.get(`/${path}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.complete, false);
      await daemon.says(/ValueError: raised after the first chunk/);
    },
  );
}

for (const path of [
  'crlf-in-value',
  'lf-in-value',
  'nul-in-value',
  'crlf-in-name',
  'crlf-in-status',
  'no-start-response',
  'text-body',
  'twice',
]) {
  story(`${path} is refused with 500, and nothing of it is sent`, async (place) => {
    const daemon = await place.start({ app: 'breaks_the_rules' });
    const answer = await daemon.get(`/${path}`);
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.raw.toString('latin1'), /X-Injected/);
    assert.equal((await daemon.get('/fine')).text, 'sent');
  });
}

story('a body shorter than its Content-Length never looks complete', async (place) => {
  const daemon = await place.start({ app: 'breaks_the_rules' });
  const answer: Answer | undefined = await daemon.get('/too-short').catch(() => undefined);
  assert.ok(answer === undefined || answer.status === 500 || !answer.complete);
});

story(
  'exc_info changes the answer in time, and is raised again when it is too late',
  async (place) => {
    const daemon = await place.start({ app: 'uses_exc_info' });
    const inTime = await daemon.get('/in-time');
    assert.deepEqual(
      [inTime.status, inTime.reason, inTime.headers['x-which'], inTime.text],
      [503, 'Mind Changed', 'second', 'changed'],
    );
    const tooLate = await daemon.get('/too-late');
    assert.deepEqual([tooLate.status, tooLate.complete], [200, false]);
    await daemon.says(/ValueError: too late to change/);
  },
);

story('write() and the returned iterable are sent in order', async (place) => {
  const daemon = await place.start({ app: 'writes' });
  assert.equal((await daemon.get('/')).text, 'written twice, returned');
});

story('an iterator is closed exactly once in every ending', async (place) => {
  const daemon = await place.start({ app: 'closes_iterator' });
  for (const path of ['/normal', '/raises-first', '/raises-later', '/raises-in-close']) {
    await daemon.get(path).catch(() => undefined);
    await daemon.says(new RegExp(`^closed ${path} 1$`, 'm'));
  }
  await daemon.get('/normal', { method: 'HEAD' });
  await until('closed after HEAD', () => daemon.timesSaid(/^closed \/normal 1$/) === 2);
  assert.equal(daemon.timesSaid(/^closed .* 2$/), 0);
});

story(
  'when the client goes away the iterator is closed once and the worker is free',
  async (place) => {
    const daemon = await place.start({ app: 'streams_endlessly' });
    await assert.doesNotReject(async () => {
      await daemon.get('/endless', { timeoutMs: 500 }).catch(() => undefined);
    });
    await daemon.says(/^iterator closed 1$/m);
    assert.equal((await daemon.get('/')).text, 'done');
    assert.equal(daemon.timesSaid(/^iterator closed/), 1);
  },
);

for (const path of ['length', 'pieces']) {
  story(`64 MB arrive whole (${path}), and the gateway does not hold them`, async (place) => {
    await place.start({ app: 'sends_much' });
    const size = 64_000_000;
    const answer = await request({ port: place.port }, `/${path}?${size}`);
    assert.deepEqual([answer.body.length, answer.complete], [size, true]);
  });
}
