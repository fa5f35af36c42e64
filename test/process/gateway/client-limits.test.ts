/** Limits that the settings put on clients, and what is said of those who meet them. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import { GatewayUnderTest } from './gateway-under-test.ts';

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

async function answering(): Promise<void> {
  const worker = await gateway.worker();
  worker.serve = ({ thread }) => worker.answer(thread, 'answer');
}

/** A GET whose head has a header of so many bytes. */
function getWithHeader(bytes: number): string {
  return `GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: ${'x'.repeat(bytes)}\r\n\r\n`;
}

describe('http-keepalive', () => {
  test('of 0 closes the connection after each answer, and says so', async () => {
    gateway = await GatewayUnderTest.start({ 'http-keepalive': 0 });
    await answering();
    const text = await gateway.ask(get);
    assert.match(text, /\r\nConnection: close\r\n/);
    assert.doesNotMatch(text, /keep-alive/i);
  });
  test('of 1 lets it rest as long as http-timeout', async () => {
    gateway = await GatewayUnderTest.start({ 'http-keepalive': 1, 'http-timeout': 33 });
    await answering();
    const client = gateway.client();
    client.write(get);
    await gateway.until('it is answered', () => client.text.endsWith('answer'));
    assert.match(client.text, /\r\nConnection: keep-alive\r\nKeep-Alive: timeout=33\r\n/);
  });
});

describe('buffer-size', () => {
  test('is the limit of the head, and the log names it once for many', async () => {
    gateway = await GatewayUnderTest.start({ 'buffer-size': 4096 });
    await answering();
    assert.match(await gateway.ask(getWithHeader(3000)), /answer$/);
    for (const _ of [1, 2, 3]) {
      assert.match(await gateway.ask(getWithHeader(5000)), /^HTTP\/1.1 431 /);
    }
    await gateway.until('it is said', () => gateway.log.includes('buffer-size = 4096'));
    assert.equal(gateway.log.split('request.too-large').length - 1, 1);
  });
  test('may be larger than what is usual', async () => {
    gateway = await GatewayUnderTest.start({ 'buffer-size': 200_000 });
    await answering();
    assert.match(await gateway.ask(getWithHeader(150_000)), /answer$/);
  });
  test('counts for the packets of the uwsgi protocol', async () => {
    gateway = await GatewayUnderTest.start({
      'buffer-size': 4096,
      listeners: [listener('socket', 'uwsgi')],
    });
    const packet = Buffer.concat([Buffer.from([0, 0, 0x20, 0]), Buffer.alloc(0x2000)]);
    assert.match(await gateway.ask(packet), /^HTTP\/1.1 431 /);
    await gateway.until('it is said', () => gateway.log.includes('buffer-size = 4096'));
  });
});

describe('socket-timeout', () => {
  test('limits the silence of clients of http-socket', async () => {
    gateway = await GatewayUnderTest.start({
      'socket-timeout': 0.3,
      listeners: [listener('http-socket', 'http')],
    });
    assert.match(await gateway.ask('GET / HTTP/1.1\r\nHost:'), /^HTTP\/1.1 408 /);
  });
  test('limits the silence of peers that speak the uwsgi protocol', async () => {
    gateway = await GatewayUnderTest.start({
      'socket-timeout': 0.3,
      listeners: [listener('socket', 'uwsgi')],
    });
    assert.equal(await gateway.ask(Buffer.from([0, 9])), '');
  });
});

describe('header-timeout', () => {
  for (const [what, listeners] of [
    ['HTTP', {}],
    ['the uwsgi protocol', { listeners: [listener('socket', 'uwsgi')] }],
  ] as const) {
    test(`ends a client of ${what} that sends its head a byte at a time`, async () => {
      gateway = await GatewayUnderTest.start({ 'header-timeout': 0.5, ...listeners });
      const client = gateway.client();
      client.write(what === 'HTTP' ? 'GET / HTTP/1.1\r\nX: ' : Buffer.from([0, 0, 1, 0]));
      const drip = setInterval(() => client.write('x'), 50);
      await gateway.until('its connection ends', () => client.hasEnded);
      clearInterval(drip);
      assert.match(client.text, what === 'HTTP' ? /^HTTP\/1.1 408 / : /^$/);
    });
  }
});

describe('body-timeout', () => {
  test('ends a client that sends its body a byte at a time', async () => {
    gateway = await GatewayUnderTest.start({ 'body-timeout': 0.5 });
    const client = gateway.client();
    client.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n');
    const drip = setInterval(() => client.write('x'), 50);
    await gateway.until('its connection ends', () => client.hasEnded);
    clearInterval(drip);
    assert.match(client.text, /^HTTP\/1.1 408 /);
  });
});

describe('max-connections', () => {
  test('closes one more, and names itself', async () => {
    gateway = await GatewayUnderTest.start({ 'max-connections': 3 });
    const clients = Array.from({ length: 4 }, () => gateway.client());
    await gateway.until('one is closed', () => clients.some((client) => client.hasEnded));
    await gateway.until('it is said', () => gateway.log.includes('max-connections = 3 allows'));
  });
  test('per address answers one more with 503, until another has gone', async () => {
    gateway = await GatewayUnderTest.start({ 'max-connections-per-address': 2 });
    await answering();
    const clients = [gateway.client(), gateway.client()];
    await gateway.until('they are connected', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.connections === 2;
    });
    assert.match(await gateway.ask(getWithHeader(1)), /^HTTP\/1.1 503 [^]*Retry-After: 1/);
    await gateway.until('it is said', () => gateway.log.includes('from 127.0.0.1'));
    clients[0]?.destroy();
    await gateway.until('one has gone', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.connections === 1;
    });
    assert.match(await gateway.ask(getWithHeader(1)), /answer$/);
  });
  test('per address does not count for a proxy that is named', async () => {
    gateway = await GatewayUnderTest.start({
      'max-connections-per-address': 1,
      'trusted-proxies': [{ text: '127.0.0.0/8', origin: 'test' }],
    });
    await answering();
    gateway.client();
    assert.match(await gateway.ask(getWithHeader(1)), /answer$/);
  });
});

describe('more clients than open files allow', () => {
  test('are closed, which is said, and served again when others have gone', async () => {
    gateway = await GatewayUnderTest.start({}, { openFilesMax: 120 });
    await answering();
    const clients = Array.from({ length: 80 }, () => gateway.client());
    await gateway.until('some are closed', () => clients.some((client) => client.hasEnded));
    await gateway.until('it is said', () => gateway.log.includes('gateway.full'));
    assert.match(gateway.log, /60 clients are connected, which is all that 120 open files allow/);
    await gateway.until(
      'the rest are connected',
      () => clients.filter((client) => client.hasEnded).length === 20,
    );
    for (const client of clients) client.destroy();
    await gateway.until('they have gone', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.connections === 0;
    });
    assert.match(await gateway.ask(getWithHeader(1)), /answer$/);
    assert.equal(gateway.log.split('gateway.full').length - 1, 1);
  });
});

function listener(option: string, protocol: 'http' | 'uwsgi') {
  return { fd: 5, name: ':8000', option, serverPort: '8000', protocol };
}
