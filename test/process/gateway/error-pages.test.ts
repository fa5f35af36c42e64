/** The answers that are ours: small, whole, and replaceable. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import type { ResponseSettings } from '../../../src/protocol/response-settings.ts';
import { encodeFrame, frameTypes } from '../../../src/protocol/request-frames.ts';
import { defaultResponses } from './default-settings.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

const head = 'HTTP/1.1\r\nHost: h\r\nConnection: close\r\n';
const text = '<p>caf\u00e9 \u2603</p>';
const asBytes = Buffer.from(text).toString('latin1');

function own(...statuses: ResponseSettings['errorPages'][number]['status'][]) {
  const contentType = 'text/html; charset=utf-8';
  const errorPages = statuses.map((status) => ({ status, contentType, text }));
  return { responses: { ...defaultResponses, errorPages } };
}

describe('a page of ours', () => {
  test('has a length and a type, is not cached, and says when to come again', async () => {
    gateway = await GatewayUnderTest.start({ 'queue-max': 1 });
    await gateway.worker(1, { enable: false });
    gateway.client().write(`GET / ${head}\r\n`);
    await gateway.until('one waits', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.queued === 1;
    });
    const answer = await gateway.ask(`GET / ${head}\r\n`);
    assert.match(answer, /^HTTP\/1.1 503 Service Unavailable\r\n/);
    assert.match(answer, /\r\nRetry-After: 1\r\n/);
    assert.match(answer, /\r\nContent-Type: text\/plain; charset=utf-8\r\n/);
    assert.match(answer, /\r\nCache-Control: no-store\r\n/);
    const [, length = ''] = /\r\nContent-Length: (\d+)\r\n/.exec(answer) ?? [];
    assert.equal(answer.slice(answer.indexOf('\r\n\r\n') + 4).length, Number(length));
    const bare = await gateway.ask(`HEAD / ${head}\r\n`);
    assert.match(bare, new RegExp(`Content-Length: ${length}\r\n(?:.+\r\n)*\r\n$`));
  });
  test('has the id of its request, that of the client where it is one, and never markup', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    worker.serve = ({ thread }) => worker.end(thread, 1);
    const asked = async (id: string) => {
      const answer = await gateway.ask(`GET / ${head}X-Request-ID: ${id}\r\n\r\n`);
      const [, inHead = ''] = /\r\nX-Request-ID: (.*)\r\n/.exec(answer) ?? [];
      assert.ok(answer.endsWith(`\n\nRequest ID: ${inHead}\n`));
      return inHead;
    };
    assert.equal(await asked('from-proxy/1=a@b'), 'from-proxy/1=a@b');
    for (const id of [
      '<b>',
      '"',
      "'",
      '&amp;',
      'a b',
      'a\tb',
      '\u00e9',
      '%0a',
      'x'.repeat(129),
      '',
    ]) {
      assert.match(await asked(id), /^[0-9a-f]{32}$/, id);
    }
  });
  test('has the id that the worker has logged, unless it is none', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    for (const [note, id] of [
      ['logged-1 LookupError: none', /^logged-1$/],
      ['<b> x', /^[0-9a-f]{32}$/],
      ['', /^[0-9a-f]{32}$/],
    ] as const) {
      worker.serve = ({ thread }) => {
        worker.write(thread, encodeFrame(frameTypes.logVariables, Buffer.from(`\0${note}\0`)));
        worker.end(thread, 1);
      };
      const answer = await gateway.ask(`GET / ${head}\r\n`);
      assert.match(/\r\nX-Request-ID: (.*)\r\n/.exec(answer)?.[1] ?? '', id);
    }
  });
  test('answers an expectation that cannot be met', async () => {
    gateway = await GatewayUnderTest.start();
    const answer = await gateway.ask(`GET / ${head}Expect: wonders\r\n\r\n`);
    assert.match(answer, /^HTTP\/1.1 417 .*cannot meet what the request expects/s);
  });
  test('answers a method that is not served', async () => {
    gateway = await GatewayUnderTest.start();
    const answer = await gateway.ask('CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.match(answer, /^HTTP\/1.1 405 .*\r\nAllow: GET, /s);
  });
});

describe("a page of the operator's own", () => {
  test('replaces ours, with its bytes and its type', async () => {
    gateway = await GatewayUnderTest.start(own(500, 417));
    const worker = await gateway.worker();
    worker.serve = ({ thread }) => worker.end(thread, 1);
    const answer = await gateway.ask(`GET / ${head}\r\n`);
    assert.match(answer, /^HTTP\/1.1 500 .*\r\nContent-Type: text\/html; charset=utf-8\r\n/s);
    assert.ok(answer.endsWith(`\r\n\r\n${asBytes}`));
    assert.match(answer, new RegExp(`Content-Length: ${asBytes.length}\r\n`));
    const bare = await gateway.ask(`HEAD / ${head}\r\n`);
    assert.match(bare, new RegExp(`Content-Length: ${asBytes.length}\r\n(?:.+\r\n)*\r\n$`));
    assert.ok((await gateway.ask(`GET / ${head}Expect: x\r\n\r\n`)).endsWith(asBytes));
  });
  test('has the id of the request where its place is, and - for what is no request', async () => {
    const errorPages = ([500, 400] as const).map((status) => {
      return { contentType: 'text/html', text: '<i>%(request_id)</i>', status };
    });
    gateway = await GatewayUnderTest.start({ responses: { ...defaultResponses, errorPages } });
    const worker = await gateway.worker();
    worker.serve = ({ thread }) => worker.end(thread, 1);
    const answer = await gateway.ask(`GET / ${head}X-Request-ID: r-1\r\n\r\n`);
    assert.ok(answer.endsWith('\r\n\r\n<i>r-1</i>'));
    assert.match(answer, /\r\nContent-Length: 10\r\n/);
    assert.ok((await gateway.ask('this is no HTTP\r\n\r\n')).endsWith('<i>-</i>'));
  });
  test('also answers what is no request', async () => {
    gateway = await GatewayUnderTest.start(own(400, 431));
    const answer = await gateway.ask('this is no HTTP\r\n\r\n');
    assert.match(answer, /^HTTP\/1.1 400 Bad Request\r\nContent-Type: text\/html/);
    assert.ok(answer.endsWith(`Connection: close\r\n\r\n${asBytes}`));
    const large = await gateway.ask(`GET / ${head}X: ${'x'.repeat(100_000)}\r\n\r\n`);
    assert.match(large, /^HTTP\/1.1 431 /);
    assert.ok(large.endsWith(asBytes));
  });
  test("never replaces an application's answer", async () => {
    gateway = await GatewayUnderTest.start(own(500, 404));
    const worker = await gateway.worker();
    worker.serve = ({ thread }) => worker.answer(thread, 'its own', '404 Not Found');
    assert.match(await gateway.ask(`GET / ${head}\r\n`), /its own$/);
  });
});
