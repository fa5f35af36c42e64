/** Who is let go during a drain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RestingClients } from '../../../../src/gateway/client/drain-rest.ts';

class Client {
  isBusy = false;
  bytesRead = 0;
  isClosed = false;
  close(): void {
    this.isClosed = true;
  }
}

test('a client that says nothing is closed when its time is over, not before', () => {
  const [resting, client] = [new RestingClients(2_000), new Client()];
  assert.equal(resting.look([client], 10_000), 1);
  assert.equal(resting.look([client], 11_999), 1);
  assert.ok(!client.isClosed);
  assert.equal(resting.look([client], 12_000), 0);
  assert.ok(client.isClosed);
});

test('one whose request runs stays, and has the whole time again when it is answered', () => {
  const [resting, client] = [new RestingClients(2_000), new Client()];
  resting.look([client], 0);
  client.isBusy = true;
  assert.equal(resting.look([client], 5_000), 1);
  client.isBusy = false;
  assert.equal(resting.look([client], 9_000), 1);
  assert.equal(resting.look([client], 10_999), 1);
  assert.equal(resting.look([client], 11_000), 0);
});

test('one whose head arrives bit by bit stays', () => {
  const [resting, client] = [new RestingClients(2_000), new Client()];
  for (let nowMs = 0; nowMs < 20_000; nowMs += 1_500) {
    client.bytesRead += 1;
    assert.equal(resting.look([client], nowMs), 1);
  }
});

test('without any time it is closed at the second look', () => {
  const [resting, client] = [new RestingClients(0), new Client()];
  resting.look([client], 0);
  assert.equal(resting.look([client], 0), 0);
});
