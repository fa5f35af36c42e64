/** WSGI: what an application is given of each request. */

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

import { Daemon } from '../support/daemon.ts';
import { exchange, parseAnswer, request } from '../support/http.ts';
import type { RequestOptions } from '../support/http.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';

/** The environ that an application is given for this request. */
async function environOf(
  place: Place,
  target: string,
  options: RequestOptions = {},
): Promise<Record<string, unknown>> {
  const daemon = await place.start({ app: 'prints_environ' });
  const answer = await daemon.get(target, options);
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text);
}

story('path, query and URI', async (place) => {
  const environ = await environOf(place, '/caf%C3%A9/a%20b?x=%20y&z');
  assert.equal(environ['PATH_INFO'], '/caf\xc3\xa9/a b');
  assert.equal(environ['QUERY_STRING'], 'x=%20y&z');
  assert.equal(environ['REQUEST_URI'], '/caf%C3%A9/a%20b?x=%20y&z');
  assert.equal(environ['SCRIPT_NAME'], '');
  assert.equal(environ['REQUEST_METHOD'], 'GET');
  assert.equal(environ['SERVER_PROTOCOL'], 'HTTP/1.1');
});

story('who asks, and whom', async (place) => {
  const environ = await environOf(place, '/', {
    version: '1.0',
    headers: { Host: 'name.example:81' },
  });
  assert.equal(environ['REMOTE_ADDR'], '127.0.0.1');
  assert.match(String(environ['REMOTE_PORT']), /^\d+$/);
  assert.equal(environ['SERVER_PORT'], String(place.port));
  assert.equal(environ['HTTP_HOST'], 'name.example:81');
  assert.equal(environ['SERVER_PROTOCOL'], 'HTTP/1.0');
  assert.equal(environ['wsgi.url_scheme'], 'http');
});

story(
  'headers: names in capitals, repeated ones joined, those that spoof left out',
  async (place) => {
    const environ = await environOf(place, '/', {
      headers: {
        'X-Word': 'one',
        'x-WORD': 'two',
        X_Word: 'spoofed',
        Proxy: 'http://evil',
        'Content-Type': 'text/x',
      },
    });
    assert.equal(environ['HTTP_X_WORD'], 'one, two');
    assert.equal(environ['HTTP_PROXY'], undefined);
    assert.equal(environ['CONTENT_TYPE'], 'text/x');
    assert.equal(environ['HTTP_CONTENT_TYPE'], undefined);
  },
);

story('HTTPS from a proxy on this machine', async (place) => {
  const environ = await environOf(place, '/', { headers: { 'X-Forwarded-Proto': 'https' } });
  assert.deepEqual([environ['HTTPS'], environ['wsgi.url_scheme']], ['on', 'https']);
});

story('the wsgi keys are there and truthful', async (place) => {
  const environ = await environOf(place, '/');
  assert.deepEqual(environ['wsgi.version'], [1, 0]);
  assert.equal(environ['wsgi.run_once'], false);
  assert.equal(environ['wsgi.multithread'], false);
  assert.equal(environ['wsgi.input_terminated'], true);
});

for (const way of ['read', 'reads', 'readline', 'readlines', 'iterate']) {
  story(`a body of 5 MB is read whole by ${way}, then comes the end of file`, async (place) => {
    const daemon = await place.start({ app: 'reads_input' });
    const body = randomBytes(5_000_000);
    const answer = JSON.parse((await daemon.get(`/${way}`, { method: 'POST', body })).text);
    assert.equal(answer.sha256, createHash('sha256').update(body).digest('hex'));
    assert.equal(answer.after_end, 0);
    assert.equal(answer.content_length, '5000000');
  });
}

story('a body of 20 MB that post-buffering leaves in memory is read whole', async (place) => {
  const args = [...Daemon.words(place), '--module', 'reads_input', '--post-buffering', '33554432'];
  const daemon = await place.start({ app: 'reads_input', cwd: place.directory, args });
  const body = randomBytes(20_000_000);
  const answer = JSON.parse((await daemon.get('/read', { method: 'POST', body })).text);
  assert.equal(answer.sha256, createHash('sha256').update(body).digest('hex'));
});

story('lines of a body', async (place) => {
  const daemon = await place.start({ app: 'reads_input' });
  const body = 'one\ntwo\n\nlast';
  for (const way of ['readline', 'readlines', 'iterate']) {
    const answer = JSON.parse((await daemon.get(`/${way}`, { method: 'POST', body })).text);
    assert.deepEqual(answer.pieces, [4, 4, 1, 4], way);
  }
});

story('a body that is not read costs nothing', async (place) => {
  const daemon = await place.start({ app: 'hello' });
  const answer = await daemon.get('/', { method: 'POST', body: randomBytes(3_000_000) });
  assert.equal(answer.text, 'hello');
  assert.equal((await daemon.get('/')).text, 'hello');
});

story('a chunked body arrives with its length', async (place) => {
  const daemon = await place.start({ app: 'reads_input' });
  const bytes = Buffer.from(
    'POST /read HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
  );
  const raw = await exchange({ port: place.port }, bytes);
  const answer = JSON.parse((await parseAnswer(raw, 'POST', 0)).text);
  assert.deepEqual([answer.length, answer.content_length], [11, '11']);
  assert.equal(daemon.hasExited, false);
});

story('Expect: 100-continue is answered', async (place) => {
  const daemon = await place.start({ app: 'reads_input' });
  const answer = await daemon.get('/read', {
    method: 'POST',
    body: 'hello',
    headers: { Expect: '100-continue' },
  });
  assert.equal(JSON.parse(answer.text).length, 5);
});

story('several requests on one connection are answered in order', async (place) => {
  await place.start({ app: 'prints_environ' });
  const one = 'GET /one HTTP/1.1\r\nHost: x\r\n\r\n';
  const last = 'GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  const raw = (await exchange({ port: place.port }, Buffer.from(one + one + last))).toString(
    'latin1',
  );
  const paths = [...raw.matchAll(/"PATH_INFO": "([^"]*)"/g)].map((match) => match[1]);
  assert.deepEqual(paths, ['/one', '/one', '/last']);
});

for (const [what, bytes] of [
  ['no request at all', 'nonsense\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a control character in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n'],
] as const) {
  story(`${what}: 400, and the next client is served`, async (place) => {
    const daemon = await place.start({ app: 'hello' });
    const raw = await exchange({ port: place.port }, Buffer.from(bytes, 'latin1'));
    assert.match(raw.toString('latin1'), /^HTTP\/1\.1 400 /);
    assert.equal((await daemon.get('/')).text, 'hello');
  });
}

story('a unix socket speaks HTTP as well', async (place) => {
  const path = place.path('app.sock');
  await place.start({
    app: 'prints_environ',
    ini: `http-socket = ${path}\nchmod-socket = 660\nvacuum = true`,
  });
  const answer = await request({ path }, '/over-unix');
  assert.equal(JSON.parse(answer.text).PATH_INFO, '/over-unix');
});
