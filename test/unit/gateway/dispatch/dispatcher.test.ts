/** Which worker takes the next request, in chosen orders of events and in thousands of others. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Dispatcher, SLOW_MS } from '../../../../src/gateway/dispatch/dispatcher.ts';
import type { DispatchSlot, DispatchWorker } from '../../../../src/gateway/dispatch/dispatcher.ts';
import { Pipeline } from '../../../../src/gateway/dispatch/pipeline.ts';

interface Job {
  readonly name: string;
  readonly isShort: boolean;
  turn: number;
}
type Slot = DispatchSlot<Job> & { readonly name: string; readonly worker: Switchable };

/** A worker that can be switched off. */
type Switchable = DispatchWorker & { takesRequests: boolean };

function worker(warmth: DispatchWorker['warmth'] = 'warm'): Switchable {
  return {
    takesRequests: true,
    taken: 0,
    busy: 0,
    begun: 0,
    warmth,
    warmingSinceMs: 0,
  };
}

function slot(of: Switchable, name = '', takesAhead = true): Slot {
  return { worker: of, pipeline: new Pipeline<Job>(), takesAhead, name };
}

function job(name: string, isShort = false): Job {
  return { name, isShort, turn: 0 };
}

const short = (name: string): Job => job(name, true);

interface Limits {
  readonly queueMax?: number;
  readonly aheadMax?: number;
  readonly fillsThread?: boolean;
}

function dispatcherWith(slots: Slot[], limits: Limits = {}) {
  const { queueMax = 0, aheadMax = 2, fillsThread = false } = limits;
  const dispatcher = new Dispatcher<Job, Slot>({
    queueMax,
    aheadOf: ({ isShort }) => (isShort ? aheadMax : 0),
    fillsThread: () => fillsThread,
    runsAlone: () => false,
  });
  for (const idle of slots) dispatcher.add(idle);
  return dispatcher;
}

/** Gives out what may be given at `nowMs`; each as "request>slot", with + where it is ahead. */
function given(dispatcher: Dispatcher<Job, Slot>, nowMs = 0): string[] {
  const all: string[] = [];
  for (let one = dispatcher.next(nowMs); one !== undefined; one = dispatcher.next(nowMs)) {
    all.push(`${one.job.name}>${one.how === 'ahead' ? '+' : ''}${one.slot.name}`);
  }
  return all;
}

describe('the next request', () => {
  test('is the oldest that waits', () => {
    const dispatcher = dispatcherWith([slot(worker(), 'a')]);
    dispatcher.submit(job('1'));
    dispatcher.submit(job('2'));
    assert.deepEqual(given(dispatcher), ['1>a']);
  });
  test('goes to the worker that runs the fewest', () => {
    const [a, b] = [worker(), worker()];
    const dispatcher = dispatcherWith([slot(b, 'b'), slot(a, 'a1'), slot(a, 'a2')]);
    for (const name of ['1', '2', '3']) dispatcher.submit(job(name));
    assert.deepEqual(given(dispatcher), ['1>a2', '2>b', '3>a1']);
  });
  test('goes to the slot that was busy last, among equals', () => {
    const dispatcher = dispatcherWith([slot(worker(), 'first'), slot(worker(), 'last')]);
    dispatcher.submit(job('1'));
    assert.deepEqual(given(dispatcher), ['1>last']);
  });
  test('waits while the gateway is suspended', () => {
    const dispatcher = dispatcherWith([slot(worker(), 'a')]);
    dispatcher.suspend();
    dispatcher.submit(short('1'));
    assert.deepEqual(given(dispatcher), []);
    dispatcher.resume();
    assert.deepEqual(given(dispatcher), ['1>a']);
  });
});

describe('the first request of a worker', () => {
  /** Three slots of a worker that has answered, behind two of one that has not. */
  function warmAndCold() {
    const [warm, cold] = [worker(), worker('new')];
    const slots = [slot(cold, 'c1'), slot(cold, 'c2'), ...['w1', 'w2', 'w3'].map(named(warm))];
    const dispatcher = dispatcherWith(slots);
    const submit = (...names: string[]): void => {
      for (const name of names) dispatcher.submit(job(name));
    };
    const end = (name: string, nowMs: number): void => {
      const ending = slots.find((each) => each.name === name);
      assert.ok(ending !== undefined);
      dispatcher.shift(ending, nowMs);
    };
    return { dispatcher, submit, end, cold };
  }
  const named = (of: Switchable) => (name: string) => slot(of, name);

  test('comes soon, and runs alone in it while others are idle', () => {
    const { dispatcher, submit } = warmAndCold();
    submit('1', '2', '3', '4');
    assert.deepEqual(given(dispatcher), ['1>c2', '2>w3', '3>w2', '4>w1']);
  });
  test('does not let another wait where no other is idle', () => {
    const { dispatcher, submit } = warmAndCold();
    submit('1', '2', '3', '4', '5', '6');
    assert.deepEqual(given(dispatcher), ['1>c2', '2>w3', '3>w2', '4>w1', '5>c1']);
  });
  test('makes it an ordinary worker when it is answered, or after a second', () => {
    for (const isAnswered of [true, false]) {
      const { dispatcher, submit, end } = warmAndCold();
      submit('1', '2');
      assert.deepEqual(given(dispatcher, 0), ['1>c2', '2>w3']);
      submit('3');
      assert.deepEqual(given(dispatcher, 999), ['3>w2']);
      if (isAnswered) end('c2', 1000);
      submit('4');
      assert.deepEqual(given(dispatcher, 1000), [isAnswered ? '4>c2' : '4>c1']);
    }
  });
  test('goes to each worker once, one after another', () => {
    const slots = ['a', 'b', 'c'].map((name) => slot(worker('new'), name));
    const dispatcher = dispatcherWith(slots);
    const all: string[] = [];
    for (const name of ['1', '2', '3', '4', '5']) {
      dispatcher.submit(job(name));
      const [one = ''] = given(dispatcher);
      all.push(one);
      for (const each of slots) if (each.pipeline.length > 0) dispatcher.shift(each, 0);
    }
    assert.deepEqual(all, ['1>c', '2>b', '3>a', '4>a', '5>a']);
  });
  test('is not waited for from a worker that gets no requests yet, or that has ended', () => {
    const { dispatcher, submit, cold } = warmAndCold();
    cold.takesRequests = false;
    submit('1');
    assert.deepEqual(given(dispatcher), ['1>w3']);
  });
});

describe('a queue with a limit', () => {
  test('refuses what would wait beyond it, and nothing that a slot can take', () => {
    const dispatcher = dispatcherWith([slot(worker(), 'a')], { queueMax: 1 });
    assert.equal(dispatcher.submit(job('1')), true);
    assert.deepEqual(given(dispatcher), ['1>a']);
    assert.equal(dispatcher.submit(job('2')), true);
    assert.equal(dispatcher.submit(job('3')), false);
    assert.equal(dispatcher.waiting, 1);
  });
});

describe('a short request is sent ahead', () => {
  /** Two busy slots of two workers, each with a short request since 0 ms. */
  function bothBusy(limits = {}) {
    const slots = [slot(worker(), 'a'), slot(worker(), 'b')] as const;
    const dispatcher = dispatcherWith([...slots], limits);
    dispatcher.submit(short('1'));
    dispatcher.submit(short('2'));
    assert.deepEqual(given(dispatcher), ['1>b', '2>a']);
    return { dispatcher, a: slots[0], b: slots[1] };
  }

  test('when no slot is idle, where the fewest are, and only so many', () => {
    const { dispatcher } = bothBusy();
    for (const name of ['3', '4', '5', '6', '7']) dispatcher.submit(short(name));
    assert.deepEqual(given(dispatcher), ['3>+b', '4>+a', '5>+b', '6>+a']);
    assert.equal(dispatcher.waiting, 5);
    assert.equal(dispatcher.running, 2);
  });
  test('but not when that is switched off', () => {
    const { dispatcher } = bothBusy({ aheadMax: 0 });
    dispatcher.submit(short('3'));
    assert.deepEqual(given(dispatcher), []);
  });
  test('but not in front of an older one that is not short', () => {
    const { dispatcher } = bothBusy();
    dispatcher.submit(job('3'));
    dispatcher.submit(short('4'));
    assert.deepEqual(given(dispatcher), []);
  });
  test('but not behind one that is not', () => {
    const dispatcher = dispatcherWith([slot(worker(), 'a')]);
    dispatcher.submit(job('1'));
    dispatcher.submit(short('2'));
    assert.deepEqual(given(dispatcher), ['1>a']);
  });
  test('but not behind one that has turned out slow', () => {
    const { dispatcher, a } = bothBusy();
    dispatcher.submit(short('3'));
    assert.deepEqual(given(dispatcher, SLOW_MS), []);
    dispatcher.shift(a, SLOW_MS);
    assert.deepEqual(given(dispatcher, SLOW_MS), ['3>a']);
  });
  test('but not to a worker that is sent no more, or a slot that takes none', () => {
    const { dispatcher, a } = bothBusy();
    a.worker.takesRequests = false;
    dispatcher.submit(short('3'));
    assert.deepEqual(given(dispatcher), ['3>+b']);
    const without = dispatcherWith([slot(worker(), 'c', false)]);
    without.submit(short('1'));
    without.submit(short('2'));
    assert.deepEqual(given(without), ['1>c']);
  });
});

describe('what is taken back', () => {
  test('waits again where it was, and nothing is sent ahead before it has been skipped', () => {
    const a = slot(worker(), 'a');
    const dispatcher = dispatcherWith([a], { aheadMax: 3 });
    for (const name of ['1', '2', '3', '4']) dispatcher.submit(short(name));
    assert.deepEqual(given(dispatcher), ['1>a', '2>+a', '3>+a', '4>+a']);
    dispatcher.submit(short('5'));
    const back = dispatcher.takeBack(a, 2);
    assert.deepEqual(
      back.map(({ name }) => name),
      ['3', '4'],
    );
    assert.equal(a.worker.taken, 2);
    assert.equal(a.pipeline.hasUnclaimed, false, 'there is nothing to read a second time');
    for (const one of back) dispatcher.submitAgain(one);
    assert.deepEqual(given(dispatcher), []);
    dispatcher.shift(a, 1); // 1 ended; 2 had been claimed
    dispatcher.shift(a, 2);
    assert.deepEqual(given(dispatcher, 2), [], '3 and 4 have not been skipped');
    dispatcher.shift(a, 3);
    dispatcher.shift(a, 3);
    assert.deepEqual(given(dispatcher, 3), ['3>a', '4>+a', '5>+a']);
  });
  test('a slot that is no more leaves what ran, and what had not begun', () => {
    const a = slot(worker(), 'a');
    const dispatcher = dispatcherWith([a]);
    for (const name of ['1', '2', '3']) dispatcher.submit(short(name));
    given(dispatcher);
    const { begun, unbegun } = dispatcher.remove(a, 1);
    assert.deepEqual(
      [begun, unbegun].map((jobs) => jobs.map(({ name }) => name)),
      [['1', '2'], ['3']],
    );
    assert.equal(a.worker.busy, 0);
  });
});

describe('requests that never wait for anything', () => {
  const [a, b] = [worker(), worker()];
  const fourSlots = (): Slot[] => [slot(a, 'a1'), slot(a, 'a2'), slot(b, 'b1'), slot(b, 'b2')];
  function dispatcherOfTwo(): { slots: Slot[]; dispatcher: Dispatcher<Job, Slot> } {
    Object.assign(a, worker());
    Object.assign(b, worker());
    const slots = fourSlots();
    return { slots, dispatcher: dispatcherWith(slots, { fillsThread: true }) };
  }
  const submit = (dispatcher: Dispatcher<Job, Slot>, jobs: readonly Job[]): void => {
    for (const one of jobs) assert.ok(dispatcher.submit(one));
  };

  test('keep to one thread of each worker, and wait in its pipeline', () => {
    const { dispatcher } = dispatcherOfTwo();
    submit(dispatcher, ['1', '2', '3', '4'].map(short));
    assert.deepEqual(given(dispatcher), ['1>b2', '2>a2', '3>+b2', '4>+a2']);
  });
  test('wait in the queue when the pipelines are full', () => {
    const { slots, dispatcher } = dispatcherOfTwo();
    submit(dispatcher, ['1', '2', '3', '4', '5', '6', '7'].map(short));
    assert.equal(given(dispatcher).length, 6);
    const b2 = slots.find(({ name }) => name === 'b2');
    assert.ok(b2 !== undefined);
    dispatcher.shift(b2, 1);
    assert.deepEqual(given(dispatcher, 1), ['7>+b2']);
  });
  test('go to the other thread when the first one has turned out slow', () => {
    const { dispatcher } = dispatcherOfTwo();
    submit(dispatcher, ['1', '2'].map(short));
    given(dispatcher);
    submit(dispatcher, [short('3')]);
    assert.deepEqual(given(dispatcher, SLOW_MS), ['3>b1']);
  });
  test('and long ones have all threads', () => {
    const { dispatcher } = dispatcherOfTwo();
    submit(dispatcher, [job('1'), job('2'), job('3'), short('4')]);
    assert.deepEqual(given(dispatcher), ['1>b2', '2>a2', '3>b1', '4>a1']);
  });
});

describe('with 512 slots', () => {
  /** 64 workers of 8 threads, and how often it was looked whether one of them is to end soon. */
  function large(limits: Limits) {
    const looks = { count: 0 };
    const slots = Array.from({ length: 64 }, () => worker()).flatMap((of) =>
      Array.from({ length: 8 }, (_, thread) => ({
        worker: of,
        pipeline: new Pipeline<Job>(),
        name: `${thread}`,
        get takesAhead() {
          looks.count += 1;
          return true;
        },
      })),
    );
    return { looks, slots, dispatcher: dispatcherWith(slots, limits) };
  }

  test('each worker is looked at once for a request that only computes, not each slot', () => {
    const { looks, dispatcher } = large({ fillsThread: true });
    for (let count = 0; count < 64; count += 1) dispatcher.submit(short('first'));
    assert.equal(given(dispatcher).length, 64);
    looks.count = 0;
    dispatcher.submit(short('next'));
    assert.equal(given(dispatcher).length, 1);
    assert.ok(looks.count <= 64 + 1, `${looks.count} looks`);
  });

  test('one that has turned out slow is looked at once, not for each request', () => {
    const { looks, slots, dispatcher } = large({ fillsThread: false, aheadMax: 1 });
    for (let count = 0; count < 512; count += 1) dispatcher.submit(short('slow'));
    assert.equal(given(dispatcher).length, 512);
    dispatcher.submit(short('waits'));
    assert.deepEqual(given(dispatcher, SLOW_MS), []);
    const [first] = slots;
    assert.ok(first !== undefined);
    dispatcher.shift(first, SLOW_MS);
    looks.count = 0;
    assert.equal(given(dispatcher, SLOW_MS).length, 1);
    dispatcher.submit(short('follows'));
    assert.equal(given(dispatcher, SLOW_MS).length, 1);
    assert.equal(looks.count, 1);
  });

  test('counts what runs and waits without a look at them', () => {
    const { dispatcher } = large({ aheadMax: 2 });
    for (let count = 0; count < 600; count += 1) dispatcher.submit(short('one'));
    given(dispatcher);
    assert.deepEqual([dispatcher.running, dispatcher.waiting], [512, 88]);
    for (let count = 0; count < 1000; count += 1) dispatcher.submit(short('one'));
    given(dispatcher);
    assert.deepEqual([dispatcher.running, dispatcher.waiting], [512, 1088]);
  });
});
