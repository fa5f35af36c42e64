/** What waits for systemd while it reads nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withMessage, type NotifyMessage } from '../../../src/systemd/outbox.ts';

function waiting(...messages: NotifyMessage[]): string[] {
  let all: readonly NotifyMessage[] = [];
  for (const message of messages) all = withMessage(all, message);
  return all.map(({ text }) => text);
}

test('states stay in their order; of everything else the newest counts', () => {
  assert.deepEqual(
    waiting(
      { kind: 'status', text: 'STATUS=loading' },
      { kind: 'extend', text: 'EXTEND 1' },
      { kind: 'state', text: 'READY' },
      { kind: 'alive', text: 'WATCHDOG 1' },
      { kind: 'status', text: 'STATUS=1' },
      { kind: 'status', text: 'STATUS=2' },
      { kind: 'alive', text: 'WATCHDOG 2' },
      { kind: 'extend', text: 'EXTEND 2' },
      { kind: 'state', text: 'STOPPING' },
    ),
    ['READY', 'WATCHDOG 2', 'EXTEND 2', 'STOPPING'],
  );
});

test('it does not grow without end', () => {
  const many = Array.from({ length: 500 }, (_, index) => ({
    kind: 'state' as const,
    text: String(index),
  }));
  const kept = waiting(...many);
  assert.equal(kept.length, 64);
  assert.equal(kept.at(-1), '499');
});
