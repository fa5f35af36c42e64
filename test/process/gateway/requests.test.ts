/** What an application is given of a request, and what never reaches one. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { GatewayUnderTest } from './gateway-under-test.ts';
import type { FakeWorker, Received } from './fake-worker.ts';

let gateway: GatewayUnderTest;
let worker: FakeWorker;

before(async () => {
  gateway = await GatewayUnderTest.start({ 'limit-post': 1_000_000 });
  worker = await gateway.worker();
  worker.serve = ({ thread, body }) => worker.answer(thread, body);
});
after(() => gateway.stop());

function lastRequest(): Received {
  return worker.requests.at(-1) ?? assert.fail('the worker got no request');
}

describe('a request', () => {
  test('reaches a worker and is answered', async () => {
    const head = 'GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
    const answer = await gateway.ask(head);
    assert.match(answer, /^HTTP\/1.1 200 OK\r\n/);
    const { variables } = lastRequest();
    assert.equal(variables['PATH_INFO'], '/a b');
    assert.equal(variables['QUERY_STRING'], 'c=d');
    assert.equal(variables['SERVER_PORT'], String(gateway.port));
    assert.equal(variables['REMOTE_ADDR'], '127.0.0.1');
  });
  test('that wants to become another protocol is an ordinary one', async () => {
    const head = 'GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nConnection: upgrade, close\r\n\r\n';
    assert.match(await gateway.ask(head), /^HTTP\/1.1 200 OK/);
    assert.equal(lastRequest().variables['HTTP_UPGRADE'], 'x');
  });
  test('and the ones sent behind it are answered in order, one at a time', async () => {
    const held: Received[] = [];
    worker.serve = (request) => held.push(request);
    const second = await gateway.worker(2);
    second.serve = (request) => held.push(request);
    const client = gateway.client();
    client.write('GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n');
    const [first] = await gateway.until('the first has come', () => held[0] && held);
    assert.equal(first?.variables['PATH_INFO'], '/1');
    for (const each of [worker, second]) {
      if (each.requests.includes(first ?? assert.fail())) each.answer(0, 'one');
    }
    await gateway.until('the second has come', () => held[1]);
    assert.match(client.text, /one$/);
    for (const each of [worker, second]) {
      if (each.requests.includes(held[1] ?? assert.fail())) each.answer(0, 'two');
    }
    await gateway.until('both are answered', () => client.text.endsWith('two'));
    gateway.say({ type: 'switch', enable: [], drain: [{ generation: 1, slot: 2 }] });
    worker.serve = ({ thread, body }) => worker.answer(thread, body);
    await gateway.until('the other worker leaves', () => second.drained.has(0));
  });
  test('many behind each other are all answered', async () => {
    const client = gateway.client();
    client.write('GET /many HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(300));
    await gateway.until(
      'all are answered',
      () => client.text.split('HTTP/1.1 200 OK').length - 1 === 300,
    );
  });
});

const chunkedHead =
  'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('a body', () => {
  test('is given to the worker when all of it has come', async () => {
    const before = worker.requests.length;
    const client = gateway.client();
    client.write('POST / HTTP/1.0\r\nContent-Length: 6\r\n\r\nabc');
    await gateway.ask('GET / HTTP/1.0\r\n\r\n');
    assert.equal(worker.requests.length, before + 1);
    client.write('def');
    await gateway.until('it is answered', () => client.text.endsWith('abcdef'));
  });
  test('in chunks is put together, and its length told', async () => {
    const answer = await gateway.ask(`${chunkedHead}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`);
    assert.match(answer, /abcde$/);
    assert.equal(lastRequest().variables['CONTENT_LENGTH'], '5');
    assert.equal(lastRequest().variables['HTTP_TRANSFER_ENCODING'], undefined);
  });
  test('in chunks that turns out empty has the length 0', async () => {
    await gateway.ask(`${chunkedHead}0\r\n\r\n`);
    assert.equal(lastRequest().variables['CONTENT_LENGTH'], '0');
  });
  test('too large for memory arrives whole', async () => {
    const body = Buffer.alloc(900_000, 'reeve ');
    const head = Buffer.from(`POST / HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n`);
    const answer = await gateway.ask(Buffer.concat([head, body]));
    assert.ok(answer.endsWith(body.toString()), 'the body came back as it was sent');
    assert.ok(lastRequest().body.equals(body));
  });
  test('that a client announces with Expect is asked for', async () => {
    const client = gateway.client();
    client.write('POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    await gateway.until('it is asked', () => client.text === 'HTTP/1.1 100 Continue\r\n\r\n');
    client.write('abc');
    await gateway.until('it is answered', () => client.text.endsWith('abc'));
  });
  test('over limit-post is answered 413, though the client goes on sending', async () => {
    const head = Buffer.from('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n');
    const answer = await gateway.ask(Buffer.concat([head, Buffer.alloc(2_000_000)]));
    assert.match(answer, /^HTTP\/1.1 413 Content Too Large\r\n/);
    assert.match(answer, /Connection: close/);
  });
  test('over limit-post in chunks is answered 413', async () => {
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    assert.match(await gateway.ask(`${chunkedHead}${chunk}0\r\n\r\n`), /^HTTP\/1.1 413 /);
  });
});

describe('what is no request', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['is answered 400', 'nonsense\r\n\r\n', 400],
    ['without Host is answered 400', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['with two Hosts is answered 400', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    [
      'with a length and chunks is answered 400',
      chunkedHead.replace('Connection: close', 'Content-Length: 3') + '0\r\n\r\n',
      400,
    ],
    [
      'with two lengths is answered 400',
      'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
      400,
    ],
    ['with a NUL in its path is answered 400', 'GET /%00 HTTP/1.0\r\n\r\n', 400],
    [
      'with too large a head is answered 431',
      `GET / HTTP/1.0\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
      431,
    ],
    ['but CONNECT is answered 405', 'CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n', 405],
    [
      'with an unknown Expect is answered 417',
      'GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n',
      417,
    ],
  ];
  for (const [what, request, status] of cases) {
    test(what, async () => {
      const before = worker.requests.length;
      assert.match(await gateway.ask(request), new RegExp(`^HTTP/1.1 ${status} `));
      assert.equal(worker.requests.length, before);
    });
  }
});

test('a header with an underscore is dropped, and that is said once', async () => {
  for (const _ of [1, 2]) await gateway.ask('GET / HTTP/1.0\r\nX_Odd: 1\r\n\r\n');
  assert.equal(lastRequest().variables['HTTP_X_ODD'], undefined);
  await gateway.until('it is said', () => gateway.log.includes('X_Odd'));
  assert.equal(gateway.log.split('header.dropped').length - 1, 1);
});
