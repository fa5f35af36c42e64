/** Requests that run alone: which worker, when, and what the others get meanwhile. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Dispatcher } from '../../../../src/gateway/dispatch/dispatcher.ts';
import type { DispatchSlot, DispatchWorker } from '../../../../src/gateway/dispatch/dispatcher.ts';
import { Pipeline } from '../../../../src/gateway/dispatch/pipeline.ts';

interface Job {
  readonly name: string;
  turn: number;
}
type Switchable = DispatchWorker & { takesRequests: boolean };
type Slot = DispatchSlot<Job> & { readonly name: string; readonly worker: Switchable };

/** Workers named a, b … with slots a1, a2 …; requests whose names begin with "!" run alone. */
function fleetOf(workers: string, threads = 1, queueMax = 0) {
  let deadly = true;
  const dispatcher = new Dispatcher<Job, Slot>({
    queueMax,
    aheadOf: ({ name }) => (name.startsWith('short') ? 4 : 0),
    fillsThread: () => false,
    runsAlone: ({ name }) => deadly && name.startsWith('!'),
  });
  const slots = new Map<string, Slot>();
  const jobs = new Map<string, Job>();
  const connect = (name: string): void => {
    const worker: Switchable = {
      takesRequests: true,
      taken: 0,
      busy: 0,
      begun: 0,
      warmth: 'new',
      warmingSinceMs: 0,
    };
    for (let thread = 1; thread <= threads; thread += 1) {
      const slot = {
        worker,
        pipeline: new Pipeline<Job>(),
        takesAhead: true,
        name: `${name}${thread}`,
      };
      slots.set(slot.name, slot);
      dispatcher.add(slot);
    }
  };
  const slotNamed = (name: string): Slot => {
    const slot = slots.get(name);
    assert.ok(slot !== undefined);
    return slot;
  };
  for (const name of workers) connect(name);
  return {
    dispatcher,
    connect,
    slotNamed,
    submit: (...names: string[]): boolean[] =>
      names.map((name) => {
        const job = { name, turn: 0 };
        jobs.set(name, job);
        return dispatcher.submit(job);
      }),
    jobNamed: (name: string): Job => jobs.get(name) ?? assert.fail(name),
    end: (name: string, nowMs = 0): void => dispatcher.shift(slotNamed(name), nowMs),
    /** All threads of a worker end. */
    die: (name: string): void => {
      for (let thread = 1; thread <= threads; thread += 1) {
        dispatcher.remove(slotNamed(`${name}${thread}`), 0);
      }
    },
    mend: (): void => {
      deadly = false;
      dispatcher.sortAnew();
    },
    /** "request>slot" of all that is given out, with + where it is ahead. */
    given: (nowMs = 0): string[] => {
      const all: string[] = [];
      for (let one = dispatcher.next(nowMs); one !== undefined; one = dispatcher.next(nowMs)) {
        all.push(`${one.job.name}>${one.how === 'ahead' ? '+' : ''}${one.slot.name}`);
      }
      return all;
    },
  };
}

describe('a request that runs alone', () => {
  test('has a worker for itself, and the next one waits for its end', () => {
    const { submit, given, end } = fleetOf('ab', 2);
    submit('!1', '!2', '1', '2', '3');
    assert.deepEqual(given(), ['!1>a2', '1>b2', '2>b1']);
    end('b1');
    assert.deepEqual(given(), ['3>b1']);
    end('a2');
    assert.deepEqual(given(), ['!2>a2']);
  });
  test('waits for a worker to be free, which is given nothing more', () => {
    const { submit, given, end } = fleetOf('ab', 2);
    submit('1', '2', '3', '4');
    assert.equal(given().length, 4);
    submit('!1', '5', '6');
    end('a1');
    assert.deepEqual(given(), []);
    end('b1');
    end('a2');
    assert.deepEqual(given(), ['!1>a2', '5>b1']);
  });
  test('has a worker in which nothing is sent ahead, also while it is kept free', () => {
    const { submit, given, end } = fleetOf('ab');
    submit('short 1', 'short 2');
    assert.deepEqual(given(), ['short 1>b1', 'short 2>a1']);
    submit('!1', 'short 3', 'short 4');
    const ahead = given();
    assert.deepEqual(ahead, ['short 3>+b1', 'short 4>+b1']);
    end('a1');
    assert.deepEqual(given(), ['!1>a1']);
  });
  test('leaves its worker to the others when no more of them wait', () => {
    const { dispatcher, submit, given, end } = fleetOf('ab');
    submit('!1', '1', '2');
    assert.deepEqual(given(), ['!1>a1', '1>b1']);
    end('a1');
    assert.deepEqual(given(), ['2>a1']);
    assert.equal(dispatcher.isIsolating, false);
  });
  test('goes to another worker where the one that was kept free leaves', () => {
    const { submit, given, end, slotNamed } = fleetOf('ab');
    submit('1', '2');
    given();
    submit('!1');
    assert.deepEqual(given(), []);
    slotNamed('a1').worker.takesRequests = false;
    end('a1');
    assert.deepEqual(given(0), [], 'b is the only one, and a second is for the others');
    end('b1');
    assert.deepEqual(given(1000), ['!1>b1']);
  });
});

describe('after the death of its worker the next one', () => {
  test('waits for another worker', () => {
    const { submit, given, die, connect } = fleetOf('abc');
    submit('!1', '!2');
    assert.deepEqual(given(), ['!1>a1']);
    die('a');
    submit('1', '2');
    assert.deepEqual(given(), ['1>c1', '2>b1']);
    connect('d');
    assert.deepEqual(given(), ['!2>d1']);
  });
  test('waits five seconds for it, where others are there', () => {
    const { submit, given, die } = fleetOf('abc');
    submit('!1', '!2');
    given();
    die('a');
    assert.deepEqual(given(0), []);
    assert.deepEqual(given(4999), []);
    assert.deepEqual(given(5000), ['!2>b1']);
  });
  test('waits also where another one has died of such a request, by the report', () => {
    const { dispatcher, submit, given, connect } = fleetOf('ab');
    dispatcher.died();
    submit('!1');
    assert.deepEqual(given(), []);
    connect('c');
    assert.deepEqual(given(), ['!1>a1']);
  });
});

describe('the only worker', () => {
  test('is for the others during a second after it has connected', () => {
    const { submit, given } = fleetOf('a');
    submit('!1', '1');
    assert.deepEqual(given(0), ['1>a1']);
  });
  test('runs it then alone, and after a second others beside it', () => {
    const { submit, given } = fleetOf('a', 2);
    submit('!1');
    given(0);
    assert.deepEqual(given(1000), ['!1>a2']);
    submit('1');
    assert.deepEqual(given(1999), []);
    assert.deepEqual(given(2000), ['1>a1']);
  });
  test('is not waited for longer than a second while others run in it', () => {
    const { submit, given } = fleetOf('a', 3);
    submit('1', '!1');
    assert.deepEqual(given(0), ['1>a3']);
    submit('2');
    assert.deepEqual(given(1000), []);
    assert.deepEqual(given(2000), ['!1>a2']);
    assert.deepEqual(given(3000), ['2>a1']);
  });
});

describe('where requests have no end', () => {
  test('in all workers, one runs beside them after five seconds', () => {
    const { submit, given } = fleetOf('ab', 2);
    submit('stream 1', 'stream 2');
    assert.deepEqual(given(0), ['stream 1>b2', 'stream 2>a2']);
    submit('!1', '!2');
    assert.deepEqual(given(0), []);
    assert.deepEqual(given(4999), []);
    assert.deepEqual(given(5000), ['!1>a1']);
    assert.deepEqual(given(9000), [], 'only one of them runs at a time');
  });
  test('and all threads have one, it has the first thread that is free', () => {
    const { submit, given, end } = fleetOf('ab', 2);
    submit('stream 1', 'stream 2', 'stream 3', 'stream 4');
    assert.equal(given(0).length, 4);
    submit('!1', '1', '2');
    assert.deepEqual(given(0), []);
    assert.deepEqual(given(6000), []);
    end('b2', 6001);
    assert.deepEqual(given(6001), ['!1>b2']);
    end('a1', 6002);
    assert.deepEqual(given(6002), ['1>a1']);
  });
  test('one that has run alone for ten seconds holds up no other', () => {
    const { dispatcher, submit, given, end } = fleetOf('abc');
    submit('!hangs', '!2', '!3');
    assert.deepEqual(given(0), ['!hangs>a1']);
    assert.deepEqual(given(9999), []);
    assert.deepEqual(given(10_000), ['!2>b1']);
    end('a1', 10_001);
    assert.deepEqual(given(10_001), [], 'its end is not that of the second');
    end('b1', 10_002);
    assert.deepEqual(given(10_002), ['!3>b1']);
    end('b1', 10_003);
    given(10_003);
    assert.equal(dispatcher.isIsolating, false);
  });
  test('one that has run alone for ten seconds leaves the rest of its worker to others', () => {
    const { dispatcher, submit, given } = fleetOf('ab', 2);
    submit('!hangs');
    assert.deepEqual(given(0), ['!hangs>a2']);
    submit('1', '2', '3');
    assert.deepEqual(given(9999), ['1>b2', '2>b1']);
    assert.deepEqual(given(10_000), ['3>a1']);
    assert.equal(dispatcher.isIsolating, false);
  });
});

describe('those that wait to run alone', () => {
  test('count as waiting, and have a queue with a limit of their own', () => {
    const { dispatcher, submit, given } = fleetOf('ab', 1, 2);
    submit('!1');
    given();
    assert.deepEqual(submit('!2', '!3', '!4'), [true, true, false]);
    assert.deepEqual(submit('1'), [true]);
    assert.equal(dispatcher.waiting, 3);
    assert.equal(dispatcher.oldest?.name, '!2');
    assert.deepEqual(given(), ['1>b1']);
    assert.deepEqual(submit('2', '3', '4'), [true, true, false]);
  });
  test('can be withdrawn, one or all, in the order in which they came', () => {
    const { dispatcher, submit, given, jobNamed } = fleetOf('a');
    submit('1', '!1', '2', '!2', '3');
    given();
    assert.ok(dispatcher.withdraw(jobNamed('!2')));
    assert.ok(!dispatcher.withdraw(jobNamed('!2')));
    const names = dispatcher.withdrawAll().map(({ name }) => name);
    assert.deepEqual(names, ['!1', '2', '3']);
    assert.equal(dispatcher.waiting, 0);
  });
  test('take their old places among the others when they need not', () => {
    const { submit, given, mend, end } = fleetOf('a');
    submit('1', '!1', '2', '!2', '3');
    given();
    mend();
    const order = ['', '', '', ''].map(() => {
      end('a1');
      return given()[0];
    });
    assert.deepEqual(order, ['!1>a1', '2>a1', '!2>a1', '3>a1']);
  });
  test('wait while the gateway is suspended', () => {
    const { dispatcher, submit, given } = fleetOf('ab');
    dispatcher.suspend();
    submit('!1');
    assert.deepEqual(given(), []);
    dispatcher.resume();
    assert.deepEqual(given(), ['!1>a1']);
  });
});
