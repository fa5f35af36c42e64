/**
 * Connections with one request, which are served without a net.Socket as long as nothing has to
 * wait, and the moments in which they get one.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';

import { ask as askOnce } from '../../bench/contest.ts';
import { nginxVariables, packet } from '../../support/uwsgi-client.ts';
import type { FakeWorker } from './fake-worker.ts';
import { GatewayUnderTest, oddHandles } from './gateway-under-test.ts';

const closing = 'Host: h\r\nConnection: close\r\n\r\n';
const quick = `GET /quick HTTP/1.1\r\n${closing}`;
/** A moment that only chance can meet is tried for so often. */
const TRIES_MAX = 100;

let gateway: GatewayUnderTest;
let worker: FakeWorker;

function gatewayWith(start: () => Promise<GatewayUnderTest>): void {
  before(async () => {
    gateway = await start();
    worker = await gateway.worker(1, { threads: 2 });
  });
  beforeEach(() => {
    worker.serve = ({ thread, body }) => worker.answer(thread, `${body.length} bytes`);
  });
  after(() => gateway.stop());
}

/** Waits for the request with this number, calls `meanwhile`, and answers it. */
async function answerNext(number: number, text: string, meanwhile = (): void => undefined) {
  const { thread } = await gateway.until(`${text} runs`, () => worker.requests[number]);
  meanwhile();
  worker.answer(thread, text);
}

describe('a short connection', () => {
  gatewayWith(() => GatewayUnderTest.start());

  test('has no socket while its request is quick, and one when it lasts', async () => {
    let isMet = false;
    for (let tries = 0; tries < TRIES_MAX && !isMet; tries += 1) {
      worker.serve = () => (isMet = gateway.unwatchedSockets() === 1);
      const { client, received } = await gateway.running(worker, quick);
      await gateway.until('it is watched', () => gateway.unwatchedSockets() === 0);
      worker.answer(received.thread, 'late');
      await gateway.until('it is answered', () => client.hasEnded);
      assert.match(client.text, /^HTTP\/1\.1 200 [^]*late$/);
    }
    assert.ok(isMet, 'it was never seen without a socket');
  });

  for (const cut of ['in its head', 'in its body'] as const) {
    test(`whose request comes in two pieces, cut ${cut}, is served whole`, async () => {
      const request = `POST / HTTP/1.1\r\nContent-Length: 8\r\n${closing}12345678`;
      const at = cut === 'in its head' ? 20 : request.length - 4;
      const client = gateway.client();
      client.socket.setNoDelay(true);
      client.write(request.slice(0, at));
      await gateway.until('the first piece was read', () => gateway.unwatchedSockets() === 0);
      client.write(request.slice(at));
      await gateway.until('it is answered', () => client.hasEnded);
      assert.match(client.text, /^HTTP\/1\.1 200 [^]*8 bytes$/);
    });
  }

  test('whose client goes while its request runs has it cancelled', async () => {
    worker.serve = undefined;
    const { client, received } = await gateway.running(worker, quick);
    client.destroy();
    await gateway.until('it is cancelled', () => received.isCancelled);
    worker.end(received.thread);
  });

  test('whose client reads slowly has all of a large answer', async () => {
    const body = Buffer.alloc(10_000_000, 'x');
    const length = ['Content-Length', String(body.length)];
    worker.serve = ({ thread }) => worker.answer(thread, body, '200 OK', ...length);
    const client = gateway.client();
    client.socket.pause();
    client.write(quick);
    await gateway.until('it waits', () => gateway.waitingFiles().length === 1);
    client.socket.resume();
    await gateway.until('it has come', () => client.hasEnded);
    assert.equal(client.text.length - client.text.indexOf('\r\n\r\n') - 4, body.length);
  });

  test('whose client has sent more than its request does not lose the answer', async () => {
    worker.serve = undefined;
    for (let time = 0; time < 20; time += 1) {
      const { client, received } = await gateway.running(worker, quick);
      // More than is read ahead, so that something is unread in the kernel for sure.
      client.socket.pause();
      client.write(Buffer.alloc(300_000));
      worker.answer(received.thread, 'answer');
      client.socket.resume();
      await gateway.until('the answer ends', () => client.hasEnded);
      assert.equal(client.error, '');
      assert.match(client.text, /^HTTP\/1\.1 200 [^]*answer$/);
      client.destroy();
    }
  });

  test('whose client sends no more (nc -N) is answered if that is quick', async () => {
    let isMet = false;
    for (let tries = 0; tries < TRIES_MAX && !isMet; tries += 1) {
      const client = gateway.client();
      client.socket.end(quick);
      await gateway.until('it ends', () => client.hasEnded);
      assert.equal(client.error, '');
      isMet = /^HTTP\/1\.1 200 [^]*0 bytes$/.test(client.text);
    }
    assert.ok(isMet, 'it was never answered');
  });

  test('with a second request in time has both answered, in order', async () => {
    worker.serve = undefined;
    const taken = worker.requests.length;
    const client = gateway.client();
    client.write('GET /first HTTP/1.1\r\nHost: h\r\n\r\n');
    await answerNext(taken, 'first', () => client.write(quick));
    await answerNext(taken + 1, 'second');
    await gateway.until('both are answered', () => client.hasEnded);
    assert.match(client.text, /^HTTP\/1\.1 200 [^]*firstHTTP\/1\.1 200 [^]*second$/);
  });

  test('that was reset before it was accepted is no request of a local client', async () => {
    const taken = worker.requests.length;
    process.kill(gateway.pid, 'SIGSTOP');
    const socket = connect(gateway.port, '127.0.0.1');
    await once(socket, 'connect');
    await new Promise<void>((sent) => socket.write(quick, () => sent()));
    socket.resetAndDestroy();
    process.kill(gateway.pid, 'SIGCONT');
    assert.match(await gateway.ask(quick), /0 bytes$/);
    const served = worker.requests.slice(taken);
    for (const { variables } of served) assert.equal(variables['REMOTE_ADDR'], '127.0.0.1');
  });

  test('leaves nothing behind, ten thousand times', async () => {
    await gateway.ask(quick);
    const before = gateway.openFiles().length;
    for (let round = 0; round < 200; round += 1) {
      const answers = Array.from({ length: 50 }, () => askOnce(gateway.port, '/quick'));
      for (const text of await Promise.all(answers)) assert.match(text ?? '', /0 bytes$/);
    }
    gateway.say({ type: 'report-status', number: 7 });
    const status = await gateway.until('status', () => gateway.heard('status'));
    assert.equal(status.connections, 0);
    assert.equal(gateway.openFiles().length, before);
  });
});

describe('a short connection of a front server', () => {
  const listener = { fd: 5, name: 'test', option: 'socket', serverPort: '80' } as const;
  gatewayWith(() => GatewayUnderTest.start({ listeners: [{ ...listener, protocol: 'uwsgi' }] }));

  test('has its second packet served, also if that comes while the first runs', async () => {
    worker.serve = undefined;
    const client = gateway.client();
    client.write(packet(nginxVariables('GET', '/first')));
    await answerNext(0, 'first', () => client.write(packet(nginxVariables('GET', '/second'))));
    await answerNext(1, 'second');
    await gateway.until('it ends', () => client.hasEnded);
    assert.match(client.text, /^HTTP\/1\.1 200 [^]*firstHTTP\/1\.1 200 [^]*second$/);
    assert.equal(client.error, '');
  });
});

for (const what of ['no-descriptor', 'no-user-buffer'] as const) {
  describe(`where what is accepted is not as expected (${what})`, () => {
    gatewayWith(() => GatewayUnderTest.start({}, { environment: oddHandles(what) }));

    test('net.Socket serves it', async () => {
      worker.serve = ({ thread }) => worker.answer(thread, String(gateway.unwatchedSockets()));
      for (let time = 0; time < 20; time += 1) {
        assert.match(await gateway.ask(quick), /^HTTP\/1\.1 200 [^]*\r\n0$/);
      }
    });
  });
}
