/**
 * How long requests wait for a slot (pure): Erlang's formula for a queue with several servers,
 * M/M/c. Arrivals by chance and times that scatter are what it supposes; so it is a good first
 * figure, and what was measured decides.
 *
 * https://en.wikipedia.org/wiki/Erlang_(unit)#Erlang_C_formula
 */

/** Arrivals a second, and for how long each occupies a slot. */
export interface Traffic {
  readonly perSecond: number;
  readonly runSeconds: number;
}

export interface Waiting {
  readonly slots: number;
  /** The part of the time that a slot is busy. */
  readonly utilisation: number;
  /** For how long a request waits on average. */
  readonly seconds: number;
}

/** What slots should not be busier than: the next ones come by chance, not in turn. */
const UTILISATION_MAX = 0.75;
/** A request should not wait for longer than this part of the time that it runs. */
const WAIT_PART_MAX = 0.1;
/** More have no configuration: `processes` and `threads` end there. */
const SLOTS_MAX = 5_000;

/** Little's law: how many slots are busy on average. */
export function busySlots({ perSecond, runSeconds }: Traffic): number {
  return perSecond * runSeconds;
}

/** The fewest slots with which requests hardly wait. */
export function fittingSlots(traffic: Traffic): Waiting {
  for (const waiting of waitingBySlots(traffic)) {
    const isCalm = waiting.utilisation <= UTILISATION_MAX;
    if (isCalm && waiting.seconds <= traffic.runSeconds * WAIT_PART_MAX) return waiting;
    if (waiting.slots === SLOTS_MAX) return waiting;
  }
  throw new Error('believed that the slots have an end');
}

/** With so many slots; the time is infinite where more comes than they can run. */
export function waitingWith(slots: number, traffic: Traffic): Waiting {
  for (const waiting of waitingBySlots(traffic)) if (waiting.slots >= slots) return waiting;
  throw new Error('believed that the slots have no end');
}

/** With one slot, with two, and so on. */
function* waitingBySlots(traffic: Traffic): Generator<Waiting, void> {
  const offered = busySlots(traffic);
  /** That all are busy where nobody waits (Erlang B), from the one before. */
  let blocked = 1;
  for (let slots = 1; ; slots += 1) {
    blocked = (offered * blocked) / (slots + offered * blocked);
    const utilisation = offered / slots;
    const waits = blocked / (1 - utilisation * (1 - blocked));
    const free = slots - offered;
    const seconds = free > 0 ? (waits * traffic.runSeconds) / free : Infinity;
    yield { slots, utilisation, seconds };
  }
}
