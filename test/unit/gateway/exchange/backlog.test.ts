/** What of a response waits for its client: in memory, in a file, or with the worker. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ResponseBacklog } from '../../../../src/gateway/exchange/backlog.ts';
import type { BacklogHost, Store } from '../../../../src/gateway/exchange/backlog.ts';
import type { Outlet } from '../../../../src/gateway/exchange/file-sender.ts';
import { SpoolProblem } from '../../../../src/gateway/spool/problem.ts';
import { chances } from '../../../support/chances.ts';
import { manualTimers } from '../../../support/manual-timers.ts';

const broken = SpoolProblem.refused({ directory: '/tmp', code: 'EIO', reason: 'it is broken' });
const full = SpoolProblem.noRoom('spool-full', '/tmp', 'the spool is full');

/** A client that takes what it was sent when it is told to. */
class SlowOutlet implements Outlet {
  readonly isOpen = true;
  waitingBytes = 0;
  text = '';
  hasEnded = false;
  #taken: (() => void)[] = [];

  get needsDrain(): boolean {
    return this.waitingBytes > 0;
  }

  write(bytes: Buffer, taken?: () => void): void {
    assert.ok(!this.hasEnded, 'nothing comes behind the end');
    this.text += bytes.toString();
    this.waitingBytes += bytes.length;
    if (taken !== undefined) this.#taken.push(taken);
  }

  end(): void {
    assert.ok(!this.hasEnded, 'it ends once');
    this.hasEnded = true;
  }

  take(backlog: ResponseBacklog): void {
    this.waitingBytes = 0;
    const taken = this.#taken;
    this.#taken = [];
    for (const call of taken) call();
    backlog.drained();
  }
}

/** A file in memory; its calls end when they are told to, some of them with an error. */
class SlowStore implements Store {
  readonly #bytes = Buffer.alloc(512 * 1024);
  readonly waiting: (() => void)[] = [];
  /** What a write ends with. */
  problem: SpoolProblem | null = null;
  isBroken = false;
  isClosed = false;

  read(piece: Buffer, atByte: number, done: (error: Error | null, bytes: number) => void): void {
    this.waiting.push(() => {
      if (this.isBroken) return done(new Error('it cannot be read'), 0);
      done(null, this.#bytes.copy(piece, 0, atByte, atByte + piece.length));
    });
  }

  /** Writes a part of what it is given, as the system may. */
  write(
    pieces: readonly Buffer[],
    atByte: number,
    done: (problem: SpoolProblem | null, bytes: number) => void,
  ): void {
    const bytes = Buffer.concat(pieces);
    const written = Math.ceil(bytes.length / 2);
    this.waiting.push(() => {
      if (this.problem !== null) return done(this.problem, 0);
      bytes.copy(this.#bytes, atByte, 0, written);
      done(null, written);
    });
  }

  close(): void {
    this.isClosed = true;
  }
}

/** `workers`: while they are wanted no client is waited for. */
function backlogWith(fileMaxBytes: number, workers: 'wanted' | 'spare' = 'wanted') {
  const clocks = manualTimers();
  const outlet = new SlowOutlet();
  const store = new SlowStore();
  const problems: string[] = [];
  const opening: (() => void)[] = [];
  const waiting = new Set<() => void>();
  const host: BacklogHost = {
    responseLimits: { memoryMaxBytes: 10, fileMaxBytes },
    clocks,
    isWorkerWanted: workers === 'wanted',
    spool: {
      open: (_use, _bytes, done) => {
        store.isClosed = false;
        opening.push(() => done(null, store));
      },
      whenRoom: (proceed) => waiting.add(proceed),
      forget: (proceed) => waiting.delete(proceed),
    },
    notStored: ({ message }) => void problems.push(message),
  };
  const lost = (problem: string): void => void problems.push(`lost: ${problem}`);
  const backlog = new ResponseBacklog(outlet, host, lost);
  /** One call of the system that is under way ends; false when there is none. */
  const go = (): boolean => {
    const call = opening.shift() ?? store.waiting.shift();
    call?.();
    return call !== undefined;
  };
  /** Others have given room back. */
  const makeRoom = (): void => {
    store.problem = null;
    const all = [...waiting];
    waiting.clear();
    for (const proceed of all) proceed();
  };
  return { outlet, store, backlog, problems, go, waiting, makeRoom, clocks };
}

test('a client that keeps up gets all at once, and nothing is stored', () => {
  const { outlet, backlog, go } = backlogWith(1_000);
  for (const text of ['one', 'two', 'three']) {
    backlog.take(Buffer.from(text));
    outlet.take(backlog);
  }
  backlog.end();
  assert.equal(outlet.text, 'onetwothree');
  assert.ok(outlet.hasEnded && !go());
});

test('a client that takes what waits within 20 ms is waited for, and nothing is stored', () => {
  const { outlet, backlog, go, clocks } = backlogWith(10_000_000, 'spare');
  let goesOn = 0;
  backlog.take(Buffer.from('first'));
  for (let round = 1; round <= 3; round += 1) {
    backlog.take(Buffer.alloc(256 * 1024 + 1));
    assert.ok(backlog.isFull);
    backlog.whenRoom(() => (goesOn += 1));
    clocks.pass(19);
    assert.ok(!go(), 'no file is opened');
    outlet.take(backlog);
    assert.equal(goesOn, round);
  }
  backlog.end();
  outlet.take(backlog);
  assert.ok(outlet.hasEnded);
  assert.equal(clocks.waiting, 0);
});

test('a client that takes longer has its rest in a file, until it has had all of that', () => {
  const { outlet, store, backlog, go, clocks } = backlogWith(10_000, 'spare');
  backlog.take(Buffer.from('first'));
  backlog.take(Buffer.from('stored, as it is slow'));
  clocks.pass(20);
  while (go());
  assert.equal(outlet.text, 'first');
  backlog.take(Buffer.from(' still'));
  assert.ok(go(), 'it is stored at once');
  for (let turns = 0; turns < 10; turns += 1) if (!go()) outlet.take(backlog);
  assert.ok(store.isClosed);
  backlog.take(Buffer.from('. Sent'));
  backlog.take(Buffer.from(' at once again'));
  assert.ok(!go());
  outlet.take(backlog);
  assert.equal(outlet.text, 'firststored, as it is slow still. Sent at once again');
});

test('a response that is given up leaves no timer', () => {
  const { backlog, clocks } = backlogWith(10_000, 'spare');
  backlog.take(Buffer.from('first'));
  backlog.take(Buffer.from('waits a moment'));
  assert.equal(clocks.waiting, 1);
  backlog.close();
  assert.equal(clocks.waiting, 0);
});

test('in hundreds of random orders a client gets every byte, in order, and then the end', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const chance = chances(seed);
    const workers = chance(2) === 0 ? 'wanted' : 'spare';
    const { outlet, store, backlog, go, makeRoom, clocks } = backlogWith(
      chance(2) * 4_000,
      workers,
    );
    let expected = '';
    for (let step = 0; step < 60; step += 1) {
      const text = String(step).repeat(1 + chance(40));
      if (chance(50) === 0) store.problem = chance(2) === 0 ? full : broken;
      if (chance(20) === 0) makeRoom();
      if (chance(5) === 0) clocks.pass(15);
      const what = chance(6);
      if (what < 2) outlet.take(backlog);
      else if (what < 3) go();
      else {
        expected += text;
        const bytes = Buffer.from(text);
        backlog.take(bytes);
        bytes.fill('!'); // They were only lent.
      }
    }
    backlog.end();
    for (let turns = 0; !outlet.hasEnded && turns < 1_000; turns += 1) {
      if (!go()) outlet.take(backlog);
    }
    assert.equal(outlet.text, expected, `seed ${seed}`);
    assert.ok(outlet.hasEnded, `seed ${seed} ends`);
  }
});

test('a worker is held back where nothing can be stored, and goes on when there is room', () => {
  const { outlet, backlog } = backlogWith(0);
  let goesOn = 0;
  backlog.take(Buffer.from('first'));
  backlog.take(Buffer.alloc(256 * 1024));
  assert.ok(!backlog.isFull);
  backlog.take(Buffer.from('x'));
  assert.ok(backlog.isFull);
  backlog.whenRoom(() => (goesOn += 1));
  outlet.take(backlog);
  outlet.take(backlog);
  assert.equal(goesOn, 1);
  assert.ok(!backlog.isFull);
});

test('a spool that is full is waited for, and used again when others have given room back', () => {
  const { outlet, store, backlog, problems, go, waiting, makeRoom } = backlogWith(1_000_000);
  backlog.take(Buffer.from('first'));
  store.problem = full;
  backlog.take(Buffer.alloc(256 * 1024 + 1, 'x').fill('y', 0, 1));
  while (go());
  assert.ok(backlog.isFull);
  assert.deepEqual([problems, waiting.size], [['the spool is full'], 1]);
  let goesOn = 0;
  backlog.whenRoom(() => (goesOn += 1));
  makeRoom();
  go();
  assert.equal(goesOn, 0, 'only a part is written');
  for (let turns = 0; turns < 100; turns += 1) go();
  assert.equal(goesOn, 1);
  assert.equal(outlet.text, 'first', 'its client has taken nothing');
});

test('a response that is given up waits for no room', () => {
  const { store, backlog, go, waiting } = backlogWith(1_000);
  backlog.take(Buffer.from('first'));
  store.problem = full;
  backlog.take(Buffer.from('stored, as it does not fit'));
  while (go());
  assert.equal(waiting.size, 1);
  backlog.close();
  assert.equal(waiting.size, 0);
});

test('a file that fails is not tried again until what it has is sent', () => {
  const { outlet, store, backlog, problems, go } = backlogWith(1_000);
  backlog.take(Buffer.from('first'));
  backlog.take(Buffer.from('stored, as it does not fit'));
  while (go());
  store.problem = broken;
  backlog.take(Buffer.from('!'));
  backlog.take(Buffer.from('?'));
  while (go());
  assert.deepEqual(problems, ['/tmp: it is broken']);
  store.problem = null;
  for (let turns = 0; turns < 10; turns += 1) if (!go()) outlet.take(backlog);
  assert.equal(outlet.text, 'firststored, as it does not fit!?');
  assert.ok(store.isClosed);
});

test('what was stored and cannot be read is reported, and its file is closed', () => {
  const { outlet, store, backlog, problems, go } = backlogWith(1_000);
  backlog.take(Buffer.from('first'));
  backlog.take(Buffer.from('stored, as it does not fit'));
  while (go());
  store.isBroken = true;
  outlet.take(backlog);
  while (go());
  assert.deepEqual(problems, ['lost: it cannot be read']);
  assert.ok(store.isClosed && !outlet.hasEnded);
});

test('a response that is given up closes its file, also one that was just being opened', () => {
  const { store, backlog, go } = backlogWith(1_000);
  backlog.take(Buffer.from('first'));
  backlog.take(Buffer.from('stored, as it does not fit'));
  backlog.close();
  assert.ok(!store.isClosed);
  go();
  assert.ok(store.isClosed);
});
