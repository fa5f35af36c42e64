/** Random bytes for a real gateway: it lives, serves the next client, and passes on nothing odd. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { FakeWorker } from '../process/gateway/fake-worker.ts';
import { GatewayUnderTest, oddHandles } from '../process/gateway/gateway-under-test.ts';
import { goldenRequests } from '../support/golden-requests.ts';
import { Chance } from './chance.ts';
import { mutated } from './mutations.ts';

const seed = Number(process.env['REEVE_FUZZ_SEED'] ?? Date.now() % 2 ** 32);
const INPUTS = 400;
const AT_ONCE = 20;

let gateway: GatewayUnderTest;
let worker: FakeWorker;

for (const way of ['by the handle alone', 'by net.Socket'] as const) {
  describe(`served ${way}:`, () => {
    before(async () => {
      const environment = way === 'by net.Socket' ? oddHandles('no-descriptor') : {};
      gateway = await GatewayUnderTest.start({ 'limit-post': 100_000 }, { environment });
      worker = await gateway.worker();
      worker.serve = ({ thread }) => worker.answer(thread, 'answer');
    });
    after(() => gateway.stop());

    test(`a gateway bears them, REEVE_FUZZ_SEED=${seed}`, bearsThem);
  });
}

async function bearsThem(): Promise<void> {
  const seeds = goldenRequests().map(({ bytes }) => bytes);
  for (let round = 0; round < INPUTS; round += AT_ONCE) {
    const clients = Array.from({ length: AT_ONCE }, (_none, at) => {
      const client = gateway.client();
      client.write(mutated(new Chance((seed + round + at) >>> 0), seeds));
      client.socket.end();
      return client;
    });
    await gateway.until('all connections end', () => clients.every(({ hasEnded }) => hasEnded));
    for (const { text } of clients) assert.match(text, /^(HTTP\/1\.1 \d{3} |$)/);
  }
  const head = 'GET /healthy HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
  assert.match(await gateway.ask(head), /^HTTP\/1\.1 200 [^]*answer$/);
  assert.equal(gateway.exitCode, undefined);
  assert.doesNotMatch(gateway.log, /crashed|response\.refused/);
  for (const { strings, variables } of worker.requests) {
    assert.equal(Object.keys(variables).length * 2 + 1, strings.length, 'no name comes twice');
    assert.equal(variables['HTTP_PROXY'], undefined);
    assert.equal(variables['HTTP_TRANSFER_ENCODING'], undefined);
  }
}
