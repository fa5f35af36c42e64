/**
 * The master's loop: one event at a time into the supervisor, its effects carried out, one alarm
 * set. Nothing else decides in the master, and nothing else has a timer for children.
 */
import type { Clock } from '../../base/clock.ts';
import type { Effect, SupervisionEvent } from '../../supervision/events.ts';
import { generationOf, newFleet, type Fleet, type Plan } from '../../supervision/fleet.ts';
import { nextDeadline, step } from '../../supervision/supervisor.ts';

export interface LoopParts {
  readonly clock: Clock;
  /** The fleet is as this step left it; its effects follow. */
  readonly afterStep: (fleet: Fleet) => void;
  readonly carryOut: (effect: Effect) => void;
  /** No event is left. */
  readonly afterTurn: (fleet: Fleet) => void;
}

export class Loop {
  #fleet = newFleet();
  readonly #queue: SupervisionEvent[] = [];
  #isTurning = false;
  readonly #parts: LoopParts;

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  get fleet(): Fleet {
    return this.#fleet;
  }

  /** The plan of a generation that there is. */
  planOf(generation: number): Plan {
    const plan = generationOf(this.#fleet, generation)?.plan;
    if (plan === undefined) throw new Error(`there is no generation ${generation}`);
    return plan;
  }

  /** Takes the event now, or after the one that is being taken. */
  post(event: SupervisionEvent): void {
    this.#queue.push(event);
    if (this.#isTurning) return;
    this.#isTurning = true;
    const { clock, afterStep, carryOut, afterTurn } = this.#parts;
    let nowMs = clock.now();
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      nowMs = clock.now();
      const turn = step(this.#fleet, next, nowMs);
      this.#fleet = turn.fleet;
      afterStep(turn.fleet);
      for (const effect of turn.effects) carryOut(effect);
    }
    this.#isTurning = false;
    afterTurn(this.#fleet);
    const deadlineMs = this.#fleet.phase === 'ended' ? undefined : nextDeadline(this.#fleet, nowMs);
    clock.setAlarm(deadlineMs, () => this.post({ kind: 'time' }));
  }
}
