/** request-buffering = false: a body is read while it arrives; large bodies, either way. */

import assert from 'node:assert/strict';
import { once } from 'node:events';

import { connect } from '../support/http.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { sharedMemoryKiB } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { nginxVariables, packet } from '../support/uwsgi-client.ts';

const streaming = 'request-buffering = false\nprocesses = 1\nthreads = 1';

/** A client that sends a head and lets the test send the rest. */
function clientOf(place: Place, head: string) {
  const socket = connect({ port: place.port });
  const client = { socket, text: '', hasEnded: false };
  socket.on('data', (piece: Buffer) => (client.text += piece.toString('latin1')));
  socket.on('close', () => (client.hasEnded = true));
  socket.on('error', () => undefined);
  socket.write(head);
  return client;
}

function post(path: string, length: number | 'chunked', more = ''): string {
  const framing = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  return `POST ${path} HTTP/1.1\r\nHost: h\r\n${framing}\r\n${more}\r\n`;
}

story(
  'the application is called before the body has come, and reads it as it comes',
  async (place) => {
    const daemon = await place.start({ app: 'reads_slowly', ini: streaming });
    const client = clientOf(place, `${post('/read', 6)}abc`);
    await daemon.says(/has the first of \/read/);
    assert.equal(client.text, '');
    client.socket.write('def');
    await until('it is answered', () => client.text.endsWith('6 of 6'));
    client.socket.write(`${post('/read', 'chunked')}3\r\nabc\r\n`);
    await daemon.says(/has the first of \/read[^]*has the first of \/read/);
    client.socket.write('2\r\nde\r\n0\r\n\r\n');
    await until('it is answered', () => client.text.endsWith('5 of unknown'));
    client.socket.destroy();
  },
);

story('a client that waits to be asked is asked when a worker is there', async (place) => {
  await place.start({ app: 'reads_slowly', ini: streaming });
  const client = clientOf(place, post('/read', 3, 'Expect: 100-continue\r\n'));
  await until('it is asked', () => client.text === 'HTTP/1.1 100 Continue\r\n\r\n');
  client.socket.write('abc');
  await until('it is answered', () => client.text.endsWith('3 of 3'));
  client.socket.destroy();
});

story(
  'a client that leaves in the middle raises in the application, and frees the worker',
  async (place) => {
    const daemon = await place.start({ app: 'reads_slowly', ini: streaming });
    const client = clientOf(place, `${post('/read', 600)}abc`);
    await daemon.says(/has the first of \/read/);
    client.socket.destroy();
    await daemon.says(/the body of \/read ended: ClientGone/);
    assert.equal((await daemon.get('/none')).status, 200);
    await daemon.says(/POST \/read => .* \(HTTP\/1\.1 499\)/);
    assert.equal(daemon.timesSaid(/Traceback/), 0);
  },
);

story('a client that falls silent in the middle is answered 408', async (place) => {
  const ini = `${streaming}\nhttp-timeout = 1`;
  const daemon = await place.start({ app: 'reads_slowly', ini });
  const client = clientOf(place, `${post('/read', 600)}abc`);
  await until('its connection ends', () => client.hasEnded);
  assert.match(client.text, /^HTTP\/1\.1 408 /);
  await daemon.says(/the body of \/read ended: ClientGone/);
  assert.equal((await daemon.get('/none')).status, 200);
});

story('body-timeout and limit-post hold for it', async (place) => {
  const ini = `${streaming}\nbody-timeout = 1\nlimit-post = 1000`;
  const daemon = await place.start({ app: 'reads_slowly', ini });
  const slow = clientOf(place, post('/read', 1000));
  const drip = setInterval(() => slow.socket.write('x'), 50);
  await until('its connection ends', () => slow.hasEnded);
  clearInterval(drip);
  assert.match(slow.text, /^HTTP\/1\.1 408 /);
  const large = clientOf(place, `${post('/read', 'chunked')}${'7d0\r\n'}${'x'.repeat(2000)}\r\n`);
  await until('its connection ends', () => large.hasEnded);
  assert.match(large.text, /^HTTP\/1\.1 413 /);
  assert.equal((await daemon.get('/none')).status, 200);
});

story('an answer does not wait for a body that the application does not want', async (place) => {
  const daemon = await place.start({ app: 'reads_slowly', ini: streaming });
  for (const path of ['/none', '/one']) {
    const client = clientOf(place, `${post(path, 1_000_000)}abc`);
    await until('it is answered', () => client.text.includes('of 1000000'));
    assert.equal((await daemon.get('/none')).status, 200);
    client.socket.write('x'.repeat(999_997));
    client.socket.write('GET /none HTTP/1.1\r\nHost: h\r\n\r\n');
    await until('the next is answered', () => client.text.endsWith('0 of unknown'));
    client.socket.destroy();
  }
});

story('a peer of the uwsgi protocol streams as well', async (place) => {
  const port = await place.anotherPort();
  const ini = `${streaming}\nsocket = 127.0.0.1:${port}`;
  const daemon = await place.start({ app: 'reads_slowly', ini });
  const variables = nginxVariables('POST', '/read', [['CONTENT_LENGTH', '6']]);
  const socket = connect({ port });
  let text = '';
  socket.on('data', (piece: Buffer) => (text += piece.toString()));
  socket.write(packet(variables, 'abc'));
  await daemon.says(/has the first of \/read/);
  socket.write('def');
  await once(socket, 'close');
  assert.match(text, /6 of 6$/);
});

for (const [how, ini] of [
  ['passes at the pace of the application', streaming],
  ['waits in a file without a name', 'processes = 1'],
] as const) {
  story(`an upload of many MB ${how}, in little memory`, async (place) => {
    const daemon = await place.start({ app: 'reads_slowly', ini });
    const gateway = await daemon.pid('http 1');
    const length = 256 * 1024 * 1024;
    const before = sharedMemoryKiB(gateway);
    let most = before;
    const client = clientOf(place, post('/read', length));
    const piece = Buffer.alloc(1024 * 1024, 'x');
    for (let sent = 0; sent < length; sent += piece.length) {
      if (!client.socket.write(piece)) await once(client.socket, 'drain');
      most = Math.max(most, sharedMemoryKiB(gateway));
    }
    await until('it is answered', () => client.text.endsWith(`${length} of ${length}`), {
      timeoutMs: 90_000,
    });
    client.socket.destroy();
    assert.ok(most - before < 100_000, `it grew by ${most - before} KiB`);
  });
}
