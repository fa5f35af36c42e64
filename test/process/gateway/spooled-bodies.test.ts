/** Bodies that wait in a file: none stays open, none reaches a worker cut short. */

import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { staticResponses } from './default-settings.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';

const root = mkdtempSync(join(tmpdir(), 'reeve-static-'));
const body = Buffer.alloc(300_000, 'reeve ');

let gateway: GatewayUnderTest;

before(async () => {
  writeFileSync(join(root, 'a.txt'), 'from a file');
  gateway = await GatewayUnderTest.start({
    'post-buffering': 65_536,
    responses: staticResponses([{ mount: '/static', root }]),
  });
});
after(async () => {
  await gateway.stop();
  rmSync(root, { recursive: true });
});

function withBody(head: string): Buffer {
  return Buffer.concat([Buffer.from(`${head}\r\nContent-Length: ${body.length}\r\n\r\n`), body]);
}

/** The descriptors of bodies that the gateway holds, as paths by which they can be opened. */
function spooledBodies(): string[] {
  const folder = `/proc/${gateway.pid}/fd`;
  return readdirSync(folder)
    .map((fd) => join(folder, fd))
    .filter((path) => {
      try {
        return readlinkSync(path).includes('reeve-body-');
      } catch {
        // Closed since the folder was read.
        return false;
      }
    });
}

describe('a body that waits in a file', () => {
  test('is given up when a file is the answer', async () => {
    assert.match(await gateway.ask(withBody('GET /static/a.txt HTTP/1.0')), /from a file$/);
    await gateway.until('it is closed', () => spooledBodies().length === 0);
  });
  test('is given up when its client goes away while it waits for a worker', async () => {
    const client = gateway.client();
    client.write(withBody('POST / HTTP/1.0'));
    await gateway.until('it waits', () => spooledBodies().length === 1);
    client.destroy();
    await gateway.until('it is closed', () => spooledBodies().length === 0);
  });
  test('and cannot be read back fails the request; the worker learns that it is not whole', async () => {
    const client = gateway.client();
    client.write(withBody('POST /lost HTTP/1.0'));
    await gateway.until('it waits', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.queued === 1;
    });
    const [path = ''] = spooledBodies();
    truncateSync(path, 100_000);
    const worker = await gateway.worker();
    await gateway.until('it is answered', () => client.hasEnded);
    assert.match(client.text, /^HTTP\/1.1 503 /);
    const request = await gateway.until('the worker is told', () =>
      worker.requests.find((each) => each.isCancelled),
    );
    assert.equal(request.body.length, 100_000);
    assert.ok(!request.isComplete);
    assert.match(gateway.log, /request.not-stored .*uri="?\/lost"? .*cannot be read back/);
    worker.end(0);
    worker.serve = ({ thread, body: received }) => worker.answer(thread, received);
    assert.ok((await gateway.ask(withBody('POST / HTTP/1.0'))).endsWith(body.toString()));
    assert.equal(spooledBodies().length, 0);
  });
});
