/** The golden requests, each sent to a real gateway: test/golden/requests/README.md. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { goldenRequests } from '../../support/golden-requests.ts';
import type { Golden } from '../../support/golden-requests.ts';
import type { Client } from './client.ts';
import type { FakeWorker, Received } from './fake-worker.ts';
import { GatewayUnderTest, oddHandles } from './gateway-under-test.ts';

/** Longer ones would only try the kernel's patience. */
const PIECES_MAX_BYTES = 3000;
const PIECE_BYTES = 3;
const sentinel = 'GET /the-next-one HTTP/1.1\r\nHost: h\r\n\r\n';

let gateway: GatewayUnderTest;
let worker: FakeWorker;

for (const way of ['by the handle alone', 'by net.Socket'] as const) {
  describe(`served ${way}:`, () => {
    before(async () => {
      const environment = way === 'by net.Socket' ? oddHandles('no-descriptor') : {};
      gateway = await GatewayUnderTest.start({ 'limit-post': 1_000_000 }, { environment });
      worker = await gateway.worker();
      worker.serve = ({ thread, variables }) => {
        worker.answer(
          thread,
          variables['REQUEST_METHOD'] === 'HEAD' ? '' : (variables['REQUEST_URI'] ?? ''),
        );
      };
    });
    after(() => gateway.stop());

    for (const { title, ...golden } of goldenRequests()) {
      test(title, () => run(golden, golden.bytes.length));
      // In pieces net.Socket serves it in any case.
      if (way === 'by the handle alone' && golden.bytes.length <= PIECES_MAX_BYTES) {
        test(`${title}, in pieces`, () => run(golden, PIECE_BYTES));
      }
    }
  });
}

async function run(golden: Golden, pieceBytes: number): Promise<void> {
  const given = worker.requests.length;
  const client = gateway.client();
  client.socket.setNoDelay(true);
  for (let at = 0; at < golden.bytes.length && !client.hasEnded; at += pieceBytes) {
    client.write(golden.bytes.subarray(at, at + pieceBytes));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const expected = golden.answers.map(({ status }) => status);
  await gateway.until('all is answered', () => {
    // Of a refusal the word is enough: the rest of what was sent is waited for a while.
    const isLast =
      golden.end === 'open' || / (4|5)\d\d [^]*\r\nConnection: close\r\n/.test(client.text);
    return client.hasEnded || (isLast && statuses(client).length >= expected.length);
  });
  assert.deepEqual(statuses(client), expected, client.text.slice(0, 500));
  assert.equal(client.error, '', 'it is no reset');
  if (golden.end === 'open') {
    client.write(sentinel);
    await gateway.until('the next is answered', () => client.text.endsWith('/the-next-one'));
  }
  client.destroy();
  const served = golden.answers.filter(({ status }) => status === 200);
  const mine = worker.requests.slice(given, given + served.length);
  for (const [at, { facts }] of served.entries()) check(mine[at] ?? assert.fail(), facts);
  const others = worker.requests
    .slice(given + served.length)
    .map(({ variables }) => variables['REQUEST_URI']);
  assert.deepEqual(others, golden.end === 'open' ? ['/the-next-one'] : []);
}

/** The statuses of all answers that are complete, read as a client reads them. */
function statuses(client: Client): number[] {
  const found: number[] = [];
  for (let at = 0; ;) {
    const headEnd = client.text.indexOf('\r\n\r\n', at);
    if (headEnd < 0) return found;
    const head = client.text.slice(at, headEnd);
    const [, status = '', length = '0'] =
      /^HTTP\/1\.1 (\d{3}) [^]*?(?:\r\nContent-Length: (\d+)|$)/.exec(head) ?? [];
    assert.notEqual(status, '', `an answer begins with its status: ${head.slice(0, 100)}`);
    at = headEnd + 4 + Number(length);
    if (at > client.text.length) return found;
    found.push(Number(status));
  }
}

function check({ variables, body }: Received, facts: readonly string[]): void {
  for (const fact of facts) {
    if (fact.startsWith('!')) {
      assert.ok(!Object.hasOwn(variables, fact.slice(1)), `${fact.slice(1)} is not there`);
      continue;
    }
    const equals = fact.indexOf('=');
    const name = fact.slice(0, equals);
    const seen = name === 'BODY' ? body.toString('latin1') : variables[name];
    assert.equal(seen, fact.slice(equals + 1), name);
  }
}
