/** One slot, fed with the bytes of a worker; its connection leads to the test. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { BodyReader } from '../../../../src/gateway/dispatch/port.ts';
import { Worker } from '../../../../src/gateway/dispatch/worker.ts';
import { Slot } from '../../../../src/gateway/workers/slot.ts';
import { encodeFrame, frameTypes } from '../../../../src/protocol/request-frames.ts';
import { FakeConnection, FakeJob, deaf } from '../../../support/fake-slot.ts';
import {
  answerFrame,
  endFrame,
  headFrame,
  sentHead,
  responseFrame,
} from '../../../support/response-frames.ts';
import { manualTimers } from '../../../support/manual-timers.ts';

const limits = { maxRequests: 0, maxRequestsDelta: 0, minWorkerLifetime: 0, aheadMax: 0 };
const head = headFrame('200 OK');
const response = responseFrame(sentHead('200 OK'), Buffer.from('all'));
const answer = answerFrame(sentHead('200 OK'), Buffer.from('all'));
const data = encodeFrame(frameTypes.data, Buffer.from('much'));
const end = endFrame();

/** A slot that runs this request; its END empties the pipeline, as the assigner does. */
function runningSlot(job: FakeJob, connection = new FakeConnection()) {
  const timers = manualTimers();
  const closed: string[] = [];
  const slot: Slot = new Slot(connection, {
    nobody: new Worker({ generation: 0, slot: 0, token: '', threads: 0 }, limits),
    requests: {
      ended: () => slot.pipeline.shift(0),
      skipped: () => undefined,
      takeBack: () => undefined,
    },
    owner: { ...deaf, closed: (_slot, reason) => void closed.push(reason) },
    timers,
  });
  connection.hello('token');
  slot.pipeline.add(job, 0);
  slot.send(job, 0);
  return { connection, slot, timers, closed };
}

/** Its worker has ended: nothing can be written to it. */
class DeadConnection extends FakeConnection {
  override _write(_chunk: Buffer, _encoding: string, done: (error: Error) => void): void {
    done(new Error('write EPIPE'));
  }

  override _writev(_chunks: object[], done: (error: Error) => void): void {
    done(new Error('write EPIPE'));
  }
}

/** A request whose client takes nothing. */
function jobOfSlowClient(): FakeJob {
  const job = new FakeJob('/');
  job.takesNothing = true;
  return job;
}

describe('a client that takes nothing', () => {
  test('holds its worker back, and the time does not count', () => {
    const { connection, slot, timers } = runningSlot(jobOfSlowClient());
    connection.emit('data', Buffer.concat([head, data]));
    assert.ok(connection.isPaused());
    assert.ok(slot.runTime.isHeld);
    const ranMs = slot.runTime.ranMs(timers.now());
    timers.pass(5000);
    slot.goOn();
    assert.ok(!connection.isPaused());
    assert.equal(slot.runTime.ranMs(timers.now()), ranMs);
  });
  test('does not hold back the next request, when the end came in the same piece', () => {
    const { connection, slot } = runningSlot(jobOfSlowClient());
    connection.emit('data', Buffer.concat([head, data, end]));
    assert.ok(!connection.isPaused());
    assert.ok(!slot.runTime.isHeld);
  });
  test('holds nothing back once its request is cancelled', () => {
    const job = jobOfSlowClient();
    const { connection, slot } = runningSlot(job);
    connection.emit('data', Buffer.concat([head, data]));
    slot.cancel(job);
    assert.ok(!connection.isPaused());
    assert.deepEqual(connection.sent, ['REQUEST /', 'CANCEL']);
  });
});

describe('a slot', () => {
  test('whose worker sends a frame out of order is closed', () => {
    const { connection, closed } = runningSlot(new FakeJob('/'));
    connection.emit('data', Buffer.concat([head, head]));
    assert.deepEqual(closed, ['it sent a frame HEAD out of order']);
  });
  test('is idle again after a whole answer, and after the end of a whole response', () => {
    const first = runningSlot(new FakeJob('/'));
    first.connection.emit('data', answer);
    assert.equal(first.slot.state, 'idle');
    const second = runningSlot(new FakeJob('/'));
    second.connection.emit('data', response);
    assert.ok(second.slot.isRunning);
    second.connection.emit('data', end);
    assert.equal(second.slot.state, 'idle');
  });
  test('whose worker sends more behind a whole response is closed', () => {
    for (const more of [data, head, response, answer]) {
      const { connection, closed } = runningSlot(new FakeJob('/'));
      connection.emit('data', Buffer.concat([response, more]));
      assert.match(closed.join(), /^it sent a frame \w+ out of order$/);
    }
  });
  test('is closed once, whatever its connection reports afterwards', () => {
    const { connection, slot, closed } = runningSlot(new FakeJob('/'));
    connection.emit('end');
    slot.close('again');
    assert.deepEqual(closed, ['end of file']);
  });
  test('that runs a request neither drains nor opens its log anew', () => {
    const { connection, slot } = runningSlot(new FakeJob('/'));
    slot.drain();
    assert.equal(slot.reopenLog(), false);
    connection.answer();
    assert.equal(slot.reopenLog(), true);
    slot.drain();
    assert.deepEqual(connection.sent, ['REQUEST /', 'REOPEN_LOG', 'DRAIN']);
  });
});

describe('a request that its worker cannot have begun', () => {
  /** Whether the slot is untouched after its connection was reset with bytes unread. */
  function isUntouched(
    job: FakeJob,
    before: (connection: FakeConnection, slot: Slot) => void,
  ): boolean {
    const { connection, slot } = runningSlot(job);
    before(connection, slot);
    connection.emit('error', Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    return slot.isUntouched;
  }

  test('is one whose bytes were never read', () => {
    assert.equal(
      isUntouched(new FakeJob('/'), () => undefined),
      true,
    );
  });
  test('is one that could not be written, also with others behind it', () => {
    const { slot, timers } = runningSlot(new FakeJob('/'), new DeadConnection());
    assert.equal(slot.isUntouched, true);
    const behind = new FakeJob('/behind');
    slot.pipeline.add(behind, 0);
    slot.sendAhead(behind, 0);
    timers.inputRead();
    assert.equal(slot.isUntouched, true);
  });
  test('is none with others behind it where some bytes were never read', () => {
    assert.equal(
      isUntouched(new FakeJob('/'), (_connection, slot) => {
        slot.pipeline.add(new FakeJob('/behind'), 0);
      }),
      false,
    );
  });
  test('is none that has been answered in part', () => {
    assert.equal(
      isUntouched(new FakeJob('/'), (connection) => connection.emit('data', head)),
      false,
    );
  });
  test('is none with a body, of which a part may have been read', () => {
    const body = { read: (): void => undefined, close: (): void => undefined };
    assert.equal(
      isUntouched(new FakeJob('/', 0, body), () => undefined),
      false,
    );
  });
});

test('a body follows its request as far as it is wanted', () => {
  let reader: BodyReader | undefined;
  let isClosed = false;
  const job = new FakeJob('/', 0, {
    read: (given) => void (reader = given),
    close: () => void (isClosed = true),
  });
  const { connection, slot } = runningSlot(job);
  reader?.piece(Buffer.from('a part'), () => undefined);
  slot.cancel(job);
  reader?.piece(Buffer.from('another'), () => undefined);
  assert.deepEqual(connection.sent, ['REQUEST /', 'BODY', 'CANCEL']);
  assert.ok(isClosed);
});

test('a limit of its own counts from where the request is', () => {
  const { connection, slot, timers } = runningSlot(new FakeJob('/'));
  timers.pass(200);
  const left = Buffer.alloc(4);
  left.writeUInt32LE(500);
  connection.say(frameTypes.limit, left);
  assert.equal(slot.runMaxMs, timers.now() + 500);
  connection.say(frameTypes.limit, Buffer.alloc(4));
  assert.equal(slot.runMaxMs, Infinity);
});
