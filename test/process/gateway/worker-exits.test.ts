/** Workers that end: which requests are lost with them, and which are not. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import { GatewayUnderTest } from './gateway-under-test.ts';

const get = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const place = { generation: 1, slot: 1 };

/** What the master reports of its end. */
function ended({ pid }: { readonly pid: number }, end: { code?: number; signal?: number }) {
  const { code = -1, signal = -1 } = end;
  const how = code < 0 ? `killed by signal ${signal}` : `exit code ${code}`;
  return { type: 'worker-exited', ...place, pid, how, code, signal, isOutOfMemory: false } as const;
}

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

describe('a worker that ends', () => {
  test('costs the request that it ran a 502, and the log names it and how it ended', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const { client } = await gateway.running(worker, get.replace('/', '/lost?x'));
    worker.destroy();
    gateway.say(ended(worker, { signal: 9 }));
    await gateway.until('it is answered', () => client.hasEnded);
    assert.match(client.text, /^HTTP\/1.1 502 Bad Gateway\r\n/);
    const line = gateway.log.split('\n').find((each) => each.includes('request.lost')) ?? '';
    assert.match(line, /method=GET uri="?\/lost\?x"? worker=1 pid=4242 how="killed by signal 9"/);
  });
  test('leaves the requests that wait to the others', async () => {
    gateway = await GatewayUnderTest.start();
    const first = await gateway.worker(1);
    const { client: lost } = await gateway.running(first);
    const waiting = gateway.client();
    waiting.write(get);
    first.destroy();
    gateway.say(ended(first, { code: 1 }));
    const second = await gateway.worker(2);
    second.serve = ({ thread }) => second.answer(thread, 'served');
    await gateway.until('both are answered', () => lost.hasEnded && waiting.hasEnded);
    assert.match(waiting.text, /served$/);
  });
  test('before it has read a request leaves that one to the others, too', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker(1, { reads: false });
    const client = gateway.client();
    client.write(get);
    await gateway.until('it was given', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.running === 1;
    });
    worker.destroy();
    gateway.say(ended(worker, { signal: 9 }));
    const other = await gateway.worker(2);
    other.serve = ({ thread }) => other.answer(thread, 'served');
    await gateway.until('it is answered', () => client.hasEnded);
    assert.match(client.text, /served$/, gateway.log);
    assert.doesNotMatch(gateway.log, /request.lost/);
  });
  test('after its answer was written loses nothing of it', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const body = Buffer.alloc(150_000, 'y');
    worker.serve = () => {
      worker.answer(0, body, '200 OK', 'Content-Length', String(body.length));
      worker.sockets[0]?.end();
    };
    const upload = Buffer.alloc(300_000);
    const head = Buffer.from(`POST / HTTP/1.0\r\nContent-Length: ${upload.length}\r\n\r\n`);
    const text = await gateway.ask(Buffer.concat([head, upload]));
    assert.ok(text.endsWith(body.toString()));
  });
  test('in the middle of an answer ends the connection of its client', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const { client } = await gateway.running(worker);
    worker.head(0, '200 OK');
    worker.data(0, 'part');
    await gateway.until('a part is there', () => client.text.includes('part'));
    worker.destroy();
    gateway.say(ended(worker, { signal: 11 }));
    await gateway.until('the connection ends', () => client.hasEnded);
    assert.doesNotMatch(client.text, /0\r\n\r\n$/);
    await gateway.until('it is said', () => gateway.log.includes('killed by signal 11'));
  });
  test('is over when the master says so, though something holds its socket', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const { client } = await gateway.running(worker);
    gateway.say(ended(worker, { code: 3 }));
    await gateway.until('it is answered', () => client.hasEnded);
    assert.match(client.text, /^HTTP\/1.1 502 /);
  });
});
