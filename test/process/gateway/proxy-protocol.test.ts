/**
 * PROXY headers: whose they are read, at which moment, and what the application and the log then
 * have. What a header says is in test/unit/gateway/http/proxy-header.test.ts.
 */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { ends6, header2, tlsTlv } from '../../support/proxy-header.ts';
import type { FakeWorker } from './fake-worker.ts';
import { GatewayUnderTest, oddHandles } from './gateway-under-test.ts';
import type { GatewayPlace } from './gateway-under-test.ts';

const closing = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const kept = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';
const line = 'PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n';
const headers: Readonly<Record<string, Buffer>> = {
  'version 1': Buffer.from(line),
  'version 2': header2(),
};

let gateway: GatewayUnderTest;
let worker: FakeWorker;

interface Started {
  /** Of trusted-proxies; '' for none. */
  readonly named: string;
  readonly isOn?: boolean;
  readonly place?: GatewayPlace;
}

function gatewayWith({ named, isOn = true, place = {} }: Started): void {
  before(async () => {
    const proxies = named === '' ? [] : [{ text: named, origin: 'test' }];
    const settings = { 'http-enable-proxy-protocol': isOn, 'trusted-proxies': proxies };
    gateway = await GatewayUnderTest.start({ ...settings, 'header-timeout': 1 }, place);
    worker = await gateway.worker(1, { threads: 2 });
  });
  beforeEach(() => {
    worker.serve = ({ thread, variables }) => {
      const names = ['REMOTE_ADDR', 'REMOTE_PORT', 'HTTPS', 'SERVER_PORT', 'SERVER_ADDR'];
      const said = names.map((name) => variables[name] ?? '-');
      worker.answer(thread, `${said.join(' ').replace(String(gateway.port), 'own')} `);
    };
  });
  after(() => gateway.stop());
}

/** The bodies of all answers that come when these pieces are sent, each when the last was read. */
async function answersTo(...pieces: readonly (string | Buffer)[]): Promise<string[]> {
  const client = gateway.client();
  client.socket.setNoDelay(true);
  for (const piece of pieces) {
    client.write(piece);
    if (pieces.length > 1) {
      await gateway.until('it was read', () => gateway.unwatchedSockets() === 0);
    }
  }
  await gateway.until('the answers end', () => client.hasEnded);
  return client.text.split(/HTTP\/1\.1 (?=\d)/).flatMap((text) => {
    const [head = '', body = ''] = text.split('\r\n\r\n');
    return text === '' ? [] : [head.startsWith('200') ? body : head.slice(0, 3)];
  });
}

const client4 = '203.0.113.9 4711 - own - ';

function describeReading(what: string, place: GatewayPlace): void {
  describe(`a PROXY header of a named proxy, ${what}`, () => {
    gatewayWith({ named: '127.0.0.1', place });

    for (const [version, header] of Object.entries(headers)) {
      test(`of ${version} is read with its request`, async () => {
        const whole = Buffer.concat([header, Buffer.from(closing)]);
        assert.deepEqual(await answersTo(whole), [client4]);
      });

      test(`of ${version} is read before its request, and in pieces`, async () => {
        assert.deepEqual(await answersTo(header, closing), [client4]);
        const [one, other] = [header.subarray(0, 7), header.subarray(7)];
        assert.deepEqual(await answersTo(one, other, closing), [client4]);
      });

      test(`of ${version} holds for all requests of a kept connection`, async () => {
        const pieces = [Buffer.concat([header, Buffer.from(kept)]), kept, closing];
        assert.deepEqual(await answersTo(...pieces), [client4, client4, client4]);
      });

      test(`of ${version} is no request behind another`, async () => {
        const [first, second] = [kept, closing].map((request) =>
          Buffer.concat([header, Buffer.from(request)]),
        );
        const pieces = [first ?? header, second ?? header];
        assert.deepEqual(await answersTo(...pieces), [client4, '400']);
      });
    }

    test('may be missing, or name no client', async () => {
      const own = /^127\.0\.0\.1 \d+ - own - $/;
      const local = header2({ command: 0x20, family: 0, rest: Buffer.alloc(0) });
      for (const header of ['', 'PROXY UNKNOWN\r\n', local]) {
        const pieces = [Buffer.concat([Buffer.from(header), Buffer.from(closing)])];
        const [answer = ''] = await answersTo(...pieces);
        assert.match(answer, own);
      }
    });
  });
}

describeReading('on a handle of its own', {});
describeReading('on a net.Socket', { environment: oddHandles('no-user-buffer') });

describe('a named proxy', () => {
  gatewayWith({ named: '127.0.0.1' });

  test('says by a TLV that its client speaks TLS', async () => {
    const rest = Buffer.concat([ends6(), tlsTlv(1)]);
    const header = header2({ family: 0x21, rest });
    const pieces = [Buffer.concat([header, Buffer.from(closing)])];
    assert.deepEqual(await answersTo(...pieces), ['2001:db8::9 4711 on own - ']);
  });

  test('is believed about the scheme, and its client is not about whom it speaks for', async () => {
    const said = 'X-Forwarded-Proto: https\r\nX-Forwarded-For: 198.51.100.1\r\nHost:';
    const request = closing.replace('Host:', said);
    assert.deepEqual(await answersTo(`${line}${request}`), ['203.0.113.9 4711 on own - ']);
  });

  test('that speaks for another named proxy has that one believed', async () => {
    const from = line.replace('203.0.113.9', '127.0.0.1');
    const request = closing.replace('Host:', 'X-Forwarded-For: 198.51.100.1\r\nHost:');
    assert.deepEqual(await answersTo(`${from}${request}`), ['198.51.100.1 - - own - ']);
  });

  test('that sends no valid header is answered 400', async () => {
    const bad = ['PROXY TCP4 a b c d\r\n', header2({ command: 0x55 })];
    for (const header of bad) {
      const whole = Buffer.concat([Buffer.from(header), Buffer.from(closing)]);
      assert.deepEqual(await answersTo(whole), ['400']);
    }
    await gateway.until('it is logged', () =>
      /request\.refused.*a PROXY header: /.test(gateway.log),
    );
  });

  test('may be silent behind its header, and not within it', async () => {
    const silent = gateway.client();
    silent.write(line);
    const slow = gateway.client();
    slow.write(line.slice(0, -1));
    await gateway.until('the slow one is answered', () => slow.hasEnded);
    assert.match(slow.text, /^HTTP\/1\.1 408 /);
    assert.ok(!silent.hasEnded);
    silent.write(closing);
    await gateway.until('the silent one is answered', () => silent.hasEnded);
    assert.match(silent.text, /203\.0\.113\.9/);
  });
});

describe('a PROXY header of whoever is not named', () => {
  gatewayWith({ named: '192.0.2.0/24' });

  test('is answered 400, and the log says what to add', async () => {
    for (const header of Object.values(headers)) {
      const whole = Buffer.concat([header, Buffer.from(closing)]);
      assert.deepEqual(await answersTo(whole), ['400']);
      assert.deepEqual(await answersTo(header), ['400']);
    }
    const advice = /proxy-header\.refused .*write trusted-proxies = 127\.0\.0\.1/;
    await gateway.until('it is logged', () => advice.test(gateway.log));
    const [answer = ''] = await answersTo(closing);
    assert.match(answer, /^127\.0\.0\.1 /);
  });
});

describe('a PROXY header that nobody has asked for', () => {
  gatewayWith({ named: '127.0.0.1', isOn: false });

  test('is answered 400, and the log says what to add', async () => {
    for (const header of Object.values(headers)) {
      const whole = Buffer.concat([header, Buffer.from(closing)]);
      assert.deepEqual(await answersTo(whole), ['400']);
    }
    const advice = /write http-enable-proxy-protocol = true and trusted-proxies = 127\.0\.0\.1/;
    await gateway.until('it is logged', () => advice.test(gateway.log));
  });
});
