/** Headers of the configuration: in responses, in files that are named, and in pages of ours. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { defaultResponses } from './default-settings.ts';
import type { FakeWorker } from './fake-worker.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve-headers-'));
const file = join(folder, 'page.txt');

let gateway: GatewayUnderTest;
let worker: FakeWorker;

before(async () => {
  writeFileSync(file, 'of the file');
  const headers = {
    added: [{ name: 'X-Frame-Options', value: 'DENY' }],
    closes: true,
    removed: ['X-Secret'],
    collected: [],
  };
  const responses = { ...defaultResponses, sendfileRoots: [{ prefix: '', root: folder }], headers };
  gateway = await GatewayUnderTest.start({ responses });
  worker = await gateway.worker();
});
after(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

async function ask(...headers: string[]): Promise<string> {
  worker.serve = () => worker.answer(0, 'of the application', '200 OK', ...headers);
  // The client would keep the connection: it ends, as the configuration has it closed.
  return gateway.ask('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
}

test('a response has what is added once, and not what is taken out', async () => {
  const text = await ask('X-Secret', 'a', 'X-B', 'b');
  assert.equal(text.split('X-Frame-Options: DENY\r\n').length, 2);
  assert.match(text, /^X-B: b$/m);
  assert.doesNotMatch(text, /X-Secret/);
  assert.match(text, /^Connection: close$/m);
  assert.match(text, /of the application$/);
});

test('so has a file that the application names', async () => {
  const text = await ask('X-Secret', 'a', 'X-Sendfile', file);
  assert.equal(text.split('X-Frame-Options: DENY\r\n').length, 2);
  assert.doesNotMatch(text, /X-Secret/);
  assert.match(text, /of the file$/);
});

test('a page of ours has not', async () => {
  const text = await ask('X-Sendfile', '/etc/hostname');
  assert.match(text, /^HTTP\/1.1 40[34]/);
  assert.doesNotMatch(text, /X-Frame-Options/);
});
