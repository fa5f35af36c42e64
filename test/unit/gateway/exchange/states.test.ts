/**
 * Whatever the order in which a client, its body, files and a worker tell of what has become of a
 * request: one answer is decided, once, and what was begun is ended.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { after, isHeard, mayAnswer } from '../../../../src/gateway/exchange/states.ts';
import type {
  Action,
  ExchangeEvent,
  ExchangeState,
} from '../../../../src/gateway/exchange/states.ts';
import { chances } from '../../../support/chances.ts';

type Chance = (below: number) => number;

/** Everything around one exchange, each part with a state of its own. */
class World {
  readonly #chance: Chance;
  state: ExchangeState = 'fresh';
  readonly history: string[] = [];
  connection: 'new' | 'open' | 'closed' = 'new';
  body: 'coming' | 'here' | 'unwanted' = 'coming';
  /** A file is looked for: of the path, or the one that the application has named. */
  search: 'none' | 'static' | 'named' = 'none';
  worker: 'none' | 'queued' | 'ahead' | 'runs' | 'overran' | 'done' = 'none';
  /** The client has been sent all of an answer. */
  isSent = false;
  /** The client went while a worker had its request, and no answer was decided. */
  leftWorker = false;
  leftBody = false;
  readonly counts: Record<Action, number> = {
    enter: 0,
    leave: 0,
    choose: 0,
    abandon: 0,
    withdraw: 0,
    cancel: 0,
    'stop-body': 0,
    page: 0,
    'break-off': 0,
    decide: 0,
  };

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Something of what can happen now happens; false when nothing can. */
  step(): boolean {
    const possible = this.#possible();
    possible[this.#chance(possible.length)]?.();
    return possible.length > 0;
  }

  #possible(): (() => void)[] {
    if (this.connection === 'new') {
      return [() => ((this.connection = 'open'), this.#post('begin')), () => this.#close('gone')];
    }
    return [...this.#ofClient(), ...this.#ofSearch(), ...this.#ofWorker()];
  }

  #ofClient(): (() => void)[] {
    const all: (() => void)[] = [];
    if (this.connection === 'open') all.push(() => this.#close('gone'));
    if (this.connection === 'open' && this.isSent) all.push(() => this.#close('had'));
    if (this.connection === 'open' && this.body === 'coming') {
      all.push(() => ((this.body = 'here'), this.#post('arrived')));
      all.push(() => this.#post('fail'));
    }
    return all;
  }

  #ofSearch(): (() => void)[] {
    if (this.search === 'none') return [];
    const { search } = this;
    const found = (act: () => void) => () => {
      this.search = 'none';
      if (mayAnswer(this.state)) act();
    };
    const sent = found(() => ((this.isSent = true), this.#post('answer')));
    const failed = found(() => this.#post('fail'));
    const none = found(() => (this.worker = 'queued'));
    return search === 'static' ? [sent, failed, none] : [sent, failed];
  }

  #ofWorker(): (() => void)[] {
    switch (this.worker) {
      case 'queued':
        return [
          () => ((this.worker = this.#chance(2) === 0 ? 'ahead' : 'runs'), this.#post('started')),
          () => ((this.worker = 'none'), this.#post('fail')),
        ];
      case 'ahead':
        return [() => this.#returned(), () => (this.worker = 'runs')];
      case 'runs':
        return [
          () => this.#ended(),
          () => ((this.worker = 'done'), this.#post('fail')),
          () => ((this.worker = 'overran'), this.#post('fail')),
          // The client has all that was announced, or the file that the worker has offered.
          () => (this.isSent ||= isHeard(this.state)),
          // Its connection ended before it had read anything.
          () => this.isSent || this.#returned(),
          // The answer cannot be sent.
          () => isHeard(this.state) && this.#post('fail'),
        ];
      case 'overran':
        return [() => ((this.worker = 'done'), this.#post('ended')), () => (this.worker = 'done')];
      default:
        return [];
    }
  }

  #ended(): void {
    this.worker = 'done';
    const isHeardNow = isHeard(this.state);
    if (isHeardNow && !this.isSent && this.#chance(3) === 0) {
      this.search = 'named';
      return this.#post('named');
    }
    if (isHeardNow) this.isSent = true;
    this.#post('ended');
  }

  #returned(): void {
    this.worker = 'none';
    this.#post('returned');
    if (this.state === 'complete') this.worker = 'queued';
  }

  #close(event: 'had' | 'gone'): void {
    this.connection = 'closed';
    this.leftWorker = event === 'gone' && isHeard(this.state);
    this.leftBody = event === 'gone' && (this.state === 'arriving' || this.state === 'fresh');
    this.#post(event);
  }

  #post(event: ExchangeEvent): void {
    this.history.push(event);
    const { state, actions } = after(this.state, event);
    this.state = state;
    for (const action of actions) this.#carryOut(action);
  }

  #carryOut(action: Action): void {
    this.history.push(`→ ${action}`);
    this.counts[action] += 1;
    switch (action) {
      case 'choose':
        if (this.#chance(2) === 0) this.search = 'static';
        else if (this.#chance(4) > 0) this.worker = 'queued';
        else this.#post('fail');
        break;
      case 'abandon':
        this.body = 'unwanted';
        break;
      case 'withdraw':
        if (this.worker === 'queued') this.worker = 'none';
        break;
      case 'cancel':
        assert.ok(this.worker === 'ahead' || this.worker === 'runs', 'a worker has it');
        // What had not begun is taken back at once.
        if (this.worker === 'ahead') this.#returned();
        break;
      case 'page':
      case 'break-off':
        assert.equal(this.counts.decide, 0, 'nothing is sent once the answer is decided');
        assert.equal(this.connection, 'open', 'nothing is sent to a client that has gone');
        this.isSent = true;
        break;
      case 'decide':
        assert.equal(this.counts.decide, 1, 'one answer is decided');
        assert.ok(this.isSent || this.connection === 'closed', 'a client that stays is answered');
        break;
      default:
        break;
    }
  }

  /** What must hold when nothing can happen any more. */
  check(): void {
    const { counts } = this;
    assert.equal(this.state, 'over');
    assert.equal(counts.leave, counts.enter, 'what was counted as open is so no more');
    assert.ok(counts.enter <= 1);
    assert.ok(this.body !== 'coming' || counts.enter === 0, 'no more of a body is read');
    assert.equal(counts.decide, this.leftBody ? 0 : 1, 'the access log is written once');
    assert.equal(counts.cancel, this.leftWorker ? 1 : 0, 'a worker is told once');
    assert.ok(counts.page + counts['break-off'] <= 1, 'one page at most');
    assert.notEqual(this.worker, 'queued', 'nothing is left in the queue');
  }
}

test('in thousands of random orders one answer is decided, and what was begun is ended', () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 5_000; seed += 1) {
    const world = new World(chances(seed));
    try {
      for (let steps = 0; world.step(); steps += 1) {
        seen.add(world.state);
        assert.ok(steps < 200, 'it comes to an end');
      }
      world.check();
    } catch (error) {
      assert.fail(`seed ${seed}: ${String(error)}\n${world.history.join(' ')}`);
    }
  }
  const states = 'answered arriving cancelled complete leaving naming over running';
  assert.equal([...seen].toSorted().join(' '), states, 'every state was met');
});

test('what cannot happen is a bug, and is not passed over', () => {
  assert.throws(() => after('arriving', 'started'), /"started" came to an exchange that is arriv/);
  assert.throws(() => after('over', 'begin'), /"begin" came to an exchange that is over/);
});
