/** What a client gets of an answer that fails: never one that looks complete. */

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

describe('an answer that fails', () => {
  test('before its head is a 500', async () => {
    assert.match(await ask(get, () => worker.end(0, 1)), /^HTTP\/1.1 500 .*failed to answer/s);
  });
  test('together with its head is sent as far as it goes, and not ended', async () => {
    const text = await ask(get, () => worker.failAfterHead(0));
    assert.match(text, /^HTTP\/1.1 200 /);
    assert.doesNotMatch(text, /0\r\n\r\n$/);
  });
  test('in the middle of chunks never has the last chunk', async () => {
    worker.serve = () => {
      worker.head(0, '200 OK');
      worker.data(0, 'part');
    };
    const client = gateway.client();
    client.write(get);
    await gateway.until('the part is there', () => client.text.includes('part'));
    worker.end(0, 1);
    await gateway.until('it ends', () => client.hasEnded);
    assert.doesNotMatch(client.text, /0\r\n\r\n$/);
  });
  test('to an HTTP/1.0 client is a reset, as the end would look like one', async () => {
    worker.serve = () => {
      worker.head(0, '200 OK');
      worker.data(0, 'part');
    };
    const client = gateway.client();
    client.write('GET / HTTP/1.0\r\n\r\n');
    await gateway.until('the part is there', () => client.text.endsWith('part'));
    worker.end(0, 1);
    await gateway.until('it ends', () => client.hasEnded);
    assert.match(client.error, /ECONNRESET/);
  });
  test('to reach the length it announced is a 500, while nothing was sent', async () => {
    const text = await ask(get, () => worker.answer(0, 'short', '200 OK', 'Content-Length', '10'));
    assert.match(text, /^HTTP\/1.1 500 /);
  });
  test('to reach the length it announced ends the connection, once a part was sent', async () => {
    worker.serve = () => {
      worker.head(0, '200 OK', 'Content-Length', '10');
      worker.data(0, 'short');
    };
    const client = gateway.client();
    client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await gateway.until('the part is there', () => client.text.endsWith('short'));
    worker.end(0);
    await gateway.until('it ends', () => client.hasEnded);
  });
  test('to keep to the length it announced is cut', async () => {
    const text = await ask(get, () => worker.answer(0, 'longer', '200 OK', 'Content-Length', '4'));
    assert.match(text, /\r\n\r\nlong$/);
  });
  for (const [what, status, headers] of [
    ['with a status that is none', '1000 X', []],
    ['with a preliminary status', '101 Switching Protocols', []],
    ['with a header name that is none', '200 OK', ['X Y', '1']],
    ['with a line break in a header', '200 OK', ['X', 'a\r\nSet-Cookie: b']],
    ['with a length that is none', '200 OK', ['Content-Length', 'x']],
  ] as const) {
    test(`${what} is a 500, and the log says why`, async () => {
      const text = await ask(get, () => worker.answer(0, 'x', status, ...headers));
      assert.match(text, /^HTTP\/1.1 500 /);
      assert.doesNotMatch(text, /Set-Cookie/);
      await gateway.until('it is said', () => gateway.log.includes('response.refused'));
    });
  }
});
