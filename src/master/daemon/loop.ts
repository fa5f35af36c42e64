/**
 * The master's loop: one event at a time into the supervisor, its effects carried out, one alarm
 * set. Nothing else decides in the master, and nothing else has a timer for children.
 */
import type { Clock } from '../../base/clock.ts';
import type { Effect, SupervisionEvent } from '../../supervision/events.ts';
import { newFleet, type Fleet } from '../../supervision/fleet.ts';
import { nextDeadline, step } from '../../supervision/supervisor.ts';

export class Loop {
  #fleet = newFleet();
  readonly #queue: SupervisionEvent[] = [];
  #isTurning = false;
  readonly #clock: Clock;
  readonly #carryOut: (effect: Effect) => void;
  readonly #afterTurn: (fleet: Fleet) => void;

  constructor(clock: Clock, carryOut: (effect: Effect) => void, afterTurn: (fleet: Fleet) => void) {
    this.#clock = clock;
    this.#carryOut = carryOut;
    this.#afterTurn = afterTurn;
  }

  get fleet(): Fleet {
    return this.#fleet;
  }

  /** Takes the event now, or after the one that is being taken. */
  post(event: SupervisionEvent): void {
    this.#queue.push(event);
    if (this.#isTurning) return;
    this.#isTurning = true;
    let nowMs = this.#clock.now();
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      nowMs = this.#clock.now();
      const turn = step(this.#fleet, next, nowMs);
      this.#fleet = turn.fleet;
      for (const effect of turn.effects) this.#carryOut(effect);
    }
    this.#isTurning = false;
    this.#afterTurn(this.#fleet);
    const deadlineMs = this.#fleet.phase === 'ended' ? undefined : nextDeadline(this.#fleet, nowMs);
    this.#clock.setAlarm(deadlineMs, () => this.post({ kind: 'time' }));
  }
}
