/** What of a response waits for its client: in memory, in a file, or with the worker. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ResponseBacklog } from '../../../../src/gateway/exchange/backlog.ts';
import type { Store } from '../../../../src/gateway/exchange/backlog.ts';
import type { Outlet } from '../../../../src/gateway/exchange/file-sender.ts';
import { chances } from '../../../support/chances.ts';

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
  readonly #bytes = Buffer.alloc(64 * 1024);
  readonly waiting: (() => void)[] = [];
  isFull = false;
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
    done: (error: Error | null, bytes: number) => void,
  ): void {
    const bytes = Buffer.concat(pieces);
    const written = Math.ceil(bytes.length / 2);
    this.waiting.push(() => {
      if (this.isFull) return done(new Error('no space'), 0);
      bytes.copy(this.#bytes, atByte, 0, written);
      done(null, written);
    });
  }

  close(): void {
    this.isClosed = true;
  }
}

function backlogWith(fileMaxBytes: number) {
  const outlet = new SlowOutlet();
  const store = new SlowStore();
  const problems: string[] = [];
  const opening: (() => void)[] = [];
  const backlog = new ResponseBacklog(outlet, {
    limits: { memoryMaxBytes: 10, fileMaxBytes },
    open: (done) => opening.push(() => done(null, store)),
    notStored: (problem) => problems.push(problem),
    lost: (problem) => problems.push(`lost: ${problem}`),
  });
  /** One call of the system that is under way ends; false when there is none. */
  const go = (): boolean => {
    const call = opening.shift() ?? store.waiting.shift();
    call?.();
    return call !== undefined;
  };
  return { outlet, store, backlog, problems, go };
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

test('in hundreds of random orders a client gets every byte, in order, and then the end', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const chance = chances(seed);
    const { outlet, store, backlog, problems, go } = backlogWith(chance(2) * 4_000);
    let expected = '';
    for (let step = 0; step < 60; step += 1) {
      const text = String(step).repeat(1 + chance(40));
      if (chance(50) === 0) store.isFull = true;
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
    assert.ok(problems.length <= 1, 'a file that takes no more is reported once');
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
