/** One request and its response, between a client, the gateway and a slot that are not real. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Incoming } from '../../../../src/gateway/client/incoming.ts';
import { FakeClient } from '../../../support/fake-client.ts';
import { FakeHost, exchangeUnderTest } from '../../../support/fake-host.ts';
import { sentHead } from '../../../support/response-frames.ts';

/** A request without a body that a slot runs. */
function running(given: Parameters<typeof exchangeUnderTest>[0] = {}) {
  const all = exchangeUnderTest(given);
  const nowMs = all.host.timers.now();
  all.exchange.begin(nowMs);
  all.slot.run(all.exchange, nowMs);
  return all;
}

/** A request whose body still comes; `send` is what its client sends of it. */
function sending(length: number | 'chunked', host = new FakeHost()) {
  const body = new Incoming(length, () => undefined);
  const all = exchangeUnderTest({ host, body, bodyBytes: length, method: 'POST' });
  all.exchange.begin(host.timers.now());
  const send = (text: string): void => {
    body.push(Buffer.from(text));
    body.look();
  };
  return { ...all, send };
}

describe('an answer of the application', () => {
  test('goes out with its length, and is logged once', () => {
    const { exchange, client, host, slot } = running();
    exchange.receivedHead(sentHead('200 OK', 'X-A', 'b'));
    exchange.received(Buffer.from('hello'));
    assert.equal(client.text, '', 'its end may come in the same read');
    slot.end();
    assert.equal(client.answer, 'HTTP/1.1 200 OK | hello');
    assert.equal(client.header('Content-Length'), '5');
    exchange.closed('sent');
    assert.deepEqual(host.log, ['complete', 'answered 200']);
    assert.equal(host.open, 0);
  });
  test('is streamed in chunks where its end is not there yet', () => {
    const { exchange, client, slot } = running();
    exchange.receivedHead(sentHead('200 OK'));
    exchange.received(Buffer.from('one'));
    exchange.flushed();
    exchange.received(Buffer.from('two'));
    slot.end();
    assert.equal(client.answer, 'HTTP/1.1 200 OK | 3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
    assert.equal(client.next, 'keep');
  });
  test('is a page of ours where the application fails before it, or sends what is no header', () => {
    const failing = running();
    failing.slot.end('failed');
    assert.match(failing.client.answer, /^HTTP\/1\.1 500 /);
    const refused = running();
    refused.exchange.receivedHead(sentHead('200 OK', 'X Y', '1'));
    refused.slot.end();
    assert.match(refused.client.answer, /^HTTP\/1\.1 500 /);
    assert.deepEqual(refused.host.log, ['complete', 'complain response.refused', 'answered 500']);
  });
  test('that breaks off is cut, so that it never looks complete', () => {
    const { exchange, client, host, slot } = running();
    exchange.receivedHead(sentHead('200 OK', 'Content-Length', '10'));
    exchange.received(Buffer.from('half'));
    exchange.flushed();
    slot.job = undefined;
    exchange.failed(502);
    assert.equal(client.wasCut, 'end');
    exchange.closed('lost');
    assert.deepEqual(host.log, ['complete', 'answered 200']);
  });
  test('stands once it is decided: what the worker still sends changes nothing', () => {
    const { exchange, client, host, slot } = running();
    exchange.failed(504);
    const { text } = client;
    exchange.receivedHead(sentHead('200 OK'));
    assert.equal(exchange.received(Buffer.from('late')), 'go-on');
    exchange.flushed();
    slot.end();
    assert.equal(client.text, text);
    assert.deepEqual(host.log, ['complete', 'answered 504']);
  });
  test('ends the connection while the gateway drains', () => {
    const { exchange, client, host, slot } = running();
    host.isDraining = true;
    exchange.receivedHead(sentHead('200 OK'));
    slot.end();
    assert.equal(client.header('Connection'), 'close');
    assert.equal(client.next, 'close');
  });
});

describe('a client that goes', () => {
  test('while its request waits takes it out of the queue', () => {
    const { exchange, host } = exchangeUnderTest({});
    exchange.begin(host.timers.now());
    exchange.closed('lost');
    assert.deepEqual(host.log, ['complete', 'withdraw', 'answered 499']);
    assert.equal(host.open, 0);
  });
  test('while a worker runs it has the worker told, once, and the log waits for the end', () => {
    const { exchange, host, slot } = running();
    exchange.closed('lost');
    assert.deepEqual(slot.log, ['cancel']);
    assert.deepEqual(host.log, ['complete']);
    exchange.failed(504);
    slot.end();
    assert.deepEqual(slot.log, ['cancel', 'go-on']);
    assert.deepEqual(host.log, ['complete', 'answered 499']);
  });
  test('with a request that was only sent ahead is not waited for again', () => {
    const { exchange, host } = running();
    exchange.closed('lost');
    assert.equal(exchange.returned(), false);
    assert.deepEqual(host.log, ['complete', 'answered 499']);
  });
  test('when it has had all that was announced is no failure', () => {
    const { exchange, host, slot } = running();
    exchange.receivedHead(sentHead('200 OK', 'Content-Length', '2'));
    exchange.received(Buffer.from('ok'));
    exchange.flushed();
    exchange.closed('lost');
    assert.deepEqual(slot.log, []);
    slot.end();
    assert.deepEqual(host.log, ['complete', 'answered 200']);
  });
  test('while it sends its body leaves no line in the log, and nothing open', () => {
    const { exchange, host, send } = sending(10);
    send('half');
    exchange.closed('lost');
    assert.deepEqual([host.log, host.open], [[], 0]);
  });
});

describe('a body', () => {
  test('is asked for, collected, and then given to a worker', () => {
    const { exchange, client, host, send } = sending('chunked');
    assert.equal(client.text, 'HTTP/1.1 100 Continue\r\n\r\n');
    assert.ok(exchange.isArriving);
    send('3\r\nabc\r\n0\r\n\r\n');
    assert.deepEqual(host.log, ['complete']);
    assert.ok(exchange.hasBody && !exchange.isArriving);
  });
  test('that is too large is refused, and the connection is not kept', () => {
    const host = new FakeHost();
    host.bodyLimits = { ...host.bodyLimits, limitBytes: 5 };
    const { client } = sending(6, host);
    assert.match(client.answer, /^HTTP\/1\.1 413 /);
    assert.equal(client.next, 'close');
    const chunks = sending('chunked', host);
    chunks.send('6\r\nabcdef\r\n');
    assert.match(chunks.client.text, /HTTP\/1\.1 413 /);
  });
  test('that does not come in time is refused', () => {
    const host = new FakeHost();
    host.bodyLimits = { ...host.bodyLimits, timeoutMs: 1_000 };
    const { client, send } = sending(6, host);
    send('abc');
    host.timers.pass(999);
    assert.doesNotMatch(client.text, /408/);
    host.timers.pass(1);
    assert.match(client.text, /HTTP\/1\.1 408 /);
    assert.deepEqual(host.log, ['answered 408']);
  });
  test('that is streamed goes to the worker as it comes, and its worker is told of its end', () => {
    const host = new FakeHost();
    host.bodyLimits = { ...host.bodyLimits, isStreamed: true, timeoutMs: 1_000 };
    const { exchange, slot, send, client } = sending(6, host);
    slot.run(exchange, host.timers.now());
    const pieces: string[] = [];
    let more = (): void => undefined;
    exchange.spooled?.read({
      piece: (bytes, next) => {
        pieces.push(bytes.toString());
        more = next;
      },
      end: () => pieces.push('end'),
    });
    send('abc');
    assert.ok(!exchange.isArriving, 'the worker has not taken it yet');
    more();
    assert.ok(exchange.isArriving, 'it waits for the client');
    host.timers.pass(1_000);
    assert.deepEqual(pieces, ['abc']);
    assert.match(client.text, /HTTP\/1\.1 408 /);
    assert.deepEqual(slot.log, ['cancel', 'go-on']);
    assert.deepEqual(host.log, ['complete', 'answered 408']);
  });
});

describe('a client that takes nothing', () => {
  test('holds its worker back where nothing can be stored, until it takes what waits', () => {
    const client = new FakeClient();
    const { exchange, slot } = running({ client });
    client.isSlow = true;
    exchange.receivedHead(sentHead('200 OK'));
    const piece = Buffer.alloc(200_000, 'x');
    assert.equal(exchange.received(piece), 'go-on');
    assert.equal(exchange.received(piece), 'go-on');
    assert.equal(exchange.received(piece), 'hold-back');
    client.isSlow = false;
    client.take(exchange);
    assert.deepEqual(slot.log, ['go-on']);
    slot.end();
    assert.equal(client.text.match(/x/g)?.length, 600_000);
    assert.ok(client.text.endsWith('0\r\n\r\n'));
  });
});

test('a file that the application names is sent by the gateway, with its head', () => {
  const host = new FakeHost();
  host.takesNamedFiles = true;
  const { exchange, client, slot } = running({ host });
  exchange.receivedHead(sentHead('200 OK', 'X-Sendfile', '/srv/a', 'X-A', 'b'));
  exchange.received(Buffer.from('in its place'));
  slot.end();
  assert.deepEqual(host.log, ['complete', 'send-named-file']);
  assert.deepEqual(exchange.response.heldHead.headers, ['X-A', 'b']);
  exchange.answerByFile({ status: 304, headers: ['ETag', '"x"'], part: undefined });
  assert.equal(client.answer, 'HTTP/1.1 304 Not Modified | ');
  assert.deepEqual(host.log.at(-1), 'answered 304');
});

test('an answer to HEAD has no body, and HTTP/1.0 knows no chunks', () => {
  const head = running({ method: 'HEAD' });
  head.exchange.receivedHead(sentHead('200 OK', 'Content-Length', '5'));
  head.exchange.received(Buffer.from('hello'));
  head.slot.end();
  assert.equal(head.client.answer, 'HTTP/1.1 200 OK | ');
  const old = running({ version: '1.0' });
  old.exchange.receivedHead(sentHead('200 OK'));
  old.exchange.received(Buffer.from('one'));
  old.exchange.flushed();
  old.slot.end();
  assert.equal(old.client.answer, 'HTTP/1.1 200 OK | one');
  assert.equal(old.client.next, 'close');
});

describe('a body for which the spool has no room', () => {
  test('is refused before its client is asked for it, where its length is known', () => {
    const { client, host } = sending(5_000);
    assert.match(client.answer, /^HTTP\/1\.1 503 /);
    assert.doesNotMatch(client.text, /100 Continue/);
    assert.equal(client.header('Connection'), 'close');
    assert.deepEqual(host.log, ['body-not-stored 503', 'answered 503']);
  });
  test('is refused in the middle, where its length is not known', () => {
    const { client, host, send } = sending('chunked');
    send(`30d40\r\n${'x'.repeat(200_000)}\r\n`);
    assert.match(client.text, /100 Continue[^]*HTTP\/1\.1 503 /);
    assert.equal(client.header('Connection'), 'close');
    assert.deepEqual(host.log, ['body-not-stored 503', 'answered 503']);
  });
  test('does not matter to one that fits into memory', () => {
    const { host, send } = sending(3);
    send('abc');
    assert.deepEqual(host.log, ['complete']);
  });
});
