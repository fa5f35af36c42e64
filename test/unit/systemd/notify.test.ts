/** What systemd is told. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createNotifier } from '../../../src/systemd/notify.ts';

/** A notifier whose messages and complaints are kept. */
function notifierAt(socket: string | undefined, sendState?: (state: string) => void) {
  const states: string[] = [];
  const problems: string[] = [];
  const notifier = createNotifier({
    socket,
    onProblem: (sentence) => problems.push(sentence),
    load: () => ({ sendState: sendState ?? ((state) => states.push(state)) }),
    hasRoom: () => true,
  });
  return { notifier, states, problems };
}

describe('the notifier', () => {
  test('is silent without NOTIFY_SOCKET', () => {
    const { notifier, states } = notifierAt(undefined);
    notifier.ready('serving');
    assert.deepEqual(states, []);
  });

  test('says ready, stopping, status and alive', () => {
    const { notifier, states } = notifierAt('/run/systemd/notify');
    notifier.ready('serving');
    notifier.stopping('waiting for 2 requests', 10_000);
    notifier.status('one\nREADY=1');
    notifier.alive();
    assert.deepEqual(states, [
      `READY=1\nMAINPID=${process.pid}\nWATCHDOG=1\nSTATUS=serving`,
      'STOPPING=1\nEXTEND_TIMEOUT_USEC=10000000\nSTATUS=waiting for 2 requests',
      'STATUS=one READY=1',
      'WATCHDOG=1',
    ]);
  });

  test('says when a reload began, in microseconds of the monotonic clock', () => {
    const { notifier, states } = notifierAt('/run/systemd/notify');
    const beforeUs = process.hrtime.bigint() / 1_000n;
    notifier.reloading('generation 2');
    const afterUs = process.hrtime.bigint() / 1_000n;
    const match = /^RELOADING=1\nMONOTONIC_USEC=(\d+)\nSTATUS=generation 2$/.exec(states[0] ?? '');
    const saidUs = BigInt(match?.[1] ?? 0);
    assert.ok(beforeUs <= saidUs && saidUs <= afterUs, states[0]);
  });

  test('complains once where systemd cannot be reached', () => {
    const { notifier, problems } = notifierAt('/run/systemd/notify', () => {
      throw new Error('no such socket');
    });
    notifier.ready('serving');
    notifier.status('still serving');
    assert.deepEqual(problems, ['systemd cannot be told that Reeve is ready: no such socket']);
  });
});
