/** Messages for a target that has no room for a while. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { QUEUE_MAX_BYTES } from '../../../../src/log/writer/line-queue.ts';
import { MessageTarget } from '../../../../src/log/writer/message-target.ts';
import { inPieces } from '../../../../src/log/writer/outlets.ts';
import { manualTimers } from '../../../support/manual-timers.ts';

test('the report of lost lines does not come within a line that is half sent', () => {
  const timers = manualTimers();
  const sent: string[] = [];
  let room = 1;
  const outlet = inPieces(
    (piece) => {
      if (room === 0) return 'full';
      room -= 1;
      sent.push(String(piece));
      return 'sent';
    },
    () => Buffer.from('> '),
    { maxBytes: 60, end: 'no-newline' },
  );
  const reporter = { problem: () => undefined, rotated: () => undefined };
  const clocks = { ...timers, dateMs: () => 0 };
  const target = new MessageTarget({ name: 'socket:x', outlet, reporter, clocks });
  const line = ['a', 'b', 'c'].map((letter) => letter.repeat(60));
  target.write(Buffer.from(`${line.join('')}\n`));
  target.write(Buffer.from('next\n'));
  target.write(Buffer.from(`${'x'.repeat(QUEUE_MAX_BYTES)}\n`));
  room = 100;
  timers.pass(1_000);
  const notice = 'reeve: 1 log lines before this one could not be written';
  assert.deepEqual(
    sent,
    [...line, notice, 'next'].map((text) => `> ${text}`),
  );
});
