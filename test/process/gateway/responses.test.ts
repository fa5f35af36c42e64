/** What a client gets of an application's answer, and what becomes of one whose client has gone. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { GatewayUnderTest } from './gateway-under-test.ts';
import type { FakeWorker, Received } from './fake-worker.ts';

let gateway: GatewayUnderTest;
let worker: FakeWorker;

before(async () => {
  gateway = await GatewayUnderTest.start();
  worker = await gateway.worker();
});
after(() => gateway.stop());

const get = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

/** Asks, and has the worker do `serve`. */
function ask(request: string, serve: (request: Received) => void): Promise<string> {
  worker.serve = serve;
  return gateway.ask(request);
}

describe('an answer', () => {
  test('keeps the order, case and repeats of its headers', async () => {
    const headers = ['X-Z', '1', 'set-cookie', 'a', 'Set-Cookie', 'b', 'X-A', '2'];
    const text = await ask(get, () => worker.answer(0, 'x', '200 Very Well', ...headers));
    assert.match(
      text,
      /^HTTP\/1.1 200 Very Well\r\nX-Z: 1\r\nset-cookie: a\r\nSet-Cookie: b\r\nX-A: 2\r\n/,
    );
    assert.doesNotMatch(text, /^Server:/m);
  });
  test('that is complete at once has a length', async () => {
    const text = await ask(get, () => worker.answer(0, 'hello'));
    assert.match(text, /\r\nContent-Length: 5\r\n/);
  });
  test('that is whole comes before the application has finished, and its end does not wait', async () => {
    worker.serve = () => worker.respond(0, 'hello', '200 OK', 'Content-Length', '5');
    const client = gateway.client();
    client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await gateway.until('it is there', () => client.text.endsWith('\r\n\r\nhello'));
    assert.doesNotMatch(client.text, /chunked/i);
    worker.end(0);
    worker.serve = () => worker.answer(0, 'again');
    client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await gateway.until('the next is there', () => client.text.endsWith('\r\n\r\nagain'));
  });
  test('that is whole and has no length is given one', async () => {
    worker.serve = () => worker.respond(0, 'hello');
    const client = gateway.client();
    client.write(get);
    await gateway.until('it is there', () => client.text.endsWith('\r\n\r\nhello'));
    assert.match(client.text, /\r\nContent-Length: 5\r\n/);
    worker.end(0);
    await gateway.until('it ends', () => client.hasEnded);
  });
  test('that is whole looks complete, though the application fails afterwards', async () => {
    worker.serve = () => worker.respond(0, 'hello', '200 OK', 'Content-Length', '5');
    const client = gateway.client();
    client.write(get);
    await gateway.until('it is there', () => client.text.endsWith('hello'));
    worker.end(0, 1);
    await gateway.until('it ends', () => client.hasEnded);
    assert.equal(client.error, '');
  });
  test('that is streamed comes in chunks, each when it was written', async () => {
    worker.serve = () => {
      worker.head(0, '200 OK');
      worker.data(0, 'first');
    };
    const client = gateway.client();
    client.write(get);
    await gateway.until('the first is there', () => client.text.endsWith('5\r\nfirst\r\n'));
    worker.data(0, 'second');
    await gateway.until('the second is there', () => client.text.endsWith('6\r\nsecond\r\n'));
    worker.end(0);
    await gateway.until('it ends', () => client.text.endsWith('0\r\n\r\n'));
  });
  test('to an HTTP/1.0 client that is streamed ends with the connection', async () => {
    const text = await ask('GET / HTTP/1.0\r\n\r\n', () => {
      worker.head(0, '200 OK');
      worker.data(0, 'a');
      setImmediate(() => worker.data(0, 'b'));
      setImmediate(() => worker.end(0));
    });
    assert.match(text, /ab$/);
    assert.doesNotMatch(text, /chunked/i);
  });
  test('to HEAD has no body, and keeps the length that the application gave', async () => {
    const head = get.replace('GET', 'HEAD');
    const serve = () => worker.answer(0, 'hello', '200 OK', 'Content-Length', '5');
    assert.match(await ask(head, serve), /\r\nContent-Length: 5\r\n(?:.+\r\n)*\r\n$/);
    const bare = await ask(head, () => worker.answer(0, ''));
    assert.doesNotMatch(bare, /Content-Length|chunked/i);
  });
  for (const status of ['204 No Content', '304 Not Modified']) {
    test(`of ${status} has no body`, async () => {
      const text = await ask(get, () => worker.answer(0, 'nothing', status));
      assert.match(text, /\r\n\r\n$/);
      assert.doesNotMatch(text, /Content-Length|chunked/i);
    });
  }
  test('leaves the connection open for the next request', async () => {
    worker.serve = () => worker.answer(0, 'x');
    const client = gateway.client();
    for (const count of [1, 2]) {
      client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
      await gateway.until('it is answered', () => client.text.split('\r\n\r\nx').length > count);
    }
  });
  test('with Connection: close ends the connection; its like are dropped', async () => {
    const headers = ['Connection', 'close', 'Keep-Alive', 'x', 'Transfer-Encoding', 'chunked'];
    const text = await ask('GET / HTTP/1.1\r\nHost: h\r\n\r\n', () =>
      worker.answer(0, 'x', '200 OK', ...headers),
    );
    assert.equal(text.match(/connection: close/gi)?.length, 1);
    assert.doesNotMatch(text, /keep-alive|transfer-encoding/i);
  });
});

describe('a client that goes away', () => {
  test('while its request runs has it cancelled, and the worker serves on', async () => {
    worker.serve = undefined;
    const before = worker.requests.length;
    const client = gateway.client();
    client.write(get);
    const request = await gateway.until('it runs', () => worker.requests[before]);
    client.destroy();
    await gateway.until('it is cancelled', () => request.isCancelled);
    worker.answer(0, 'for nobody');
    assert.match(await ask(get, () => worker.answer(0, 'next')), /next$/);
  });
  test('before its request runs never has it run', async () => {
    worker.serve = undefined;
    const before = worker.requests.length;
    const first = gateway.client();
    first.write(get);
    await gateway.until('the first runs', () => worker.requests[before]);
    const second = gateway.client();
    second.write(get.replace('/', '/never'));
    gateway.say({ type: 'report-status' });
    await gateway.until('the second waits', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.queued === 1;
    });
    second.destroy();
    await gateway.until('the second is forgotten', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.queued === 0;
    });
    worker.answer(0, 'first');
    await gateway.until('the first is answered', () => first.text.endsWith('first'));
    await ask(get, () => worker.answer(0, 'third'));
    assert.ok(!worker.requests.some((request) => request.variables['PATH_INFO'] === '/never'));
  });
});
