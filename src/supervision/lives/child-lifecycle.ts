/**
 * The life of one child (gateway, spawner or worker), as a table: state × event → next state and
 * what to do to the process. A state may have a limit; its end is the event `timeout`. There are no
 * timer effects: the deadline is part of the child, so a stale timer cannot exist.
 */

export type ChildState = 'down' | 'starting' | 'up' | 'draining' | 'killed';
export type ChildEvent = 'start' | 'ready' | 'drain' | 'kill' | 'timeout' | 'exit';
export type ChildAction = 'start-process' | 'ask-to-leave' | 'send-sigkill';

/**
 * 'hook': a hook of the configuration has failed; 'no-application': the shim said that the
 * application does not load, and why; 'refused': the system refused what the start needs.
 */
export interface Fault {
  readonly kind: 'hook' | 'no-application' | 'start-timeout' | 'refused' | 'deaf';
  readonly sentence: string;
  /** Refused: the system's error. */
  readonly errno?: number;
}

type Cell = readonly [next: ChildState, ...actions: ChildAction[]] | 'cannot-happen';

/** Every cell is decided. A child that is starting serves nobody, so it is not asked politely. */
export const lifecycle: Record<ChildState, Record<ChildEvent, Cell>> = {
  down: {
    start: ['starting', 'start-process'],
    ready: ['down'], // A message that its death overtook.
    drain: ['down'],
    kill: ['down'],
    timeout: 'cannot-happen',
    exit: ['down'],
  },
  starting: {
    start: 'cannot-happen',
    ready: ['up'],
    drain: ['killed', 'send-sigkill'],
    kill: ['killed', 'send-sigkill'],
    timeout: ['killed', 'send-sigkill'],
    exit: ['down'],
  },
  up: {
    start: 'cannot-happen',
    ready: ['up'],
    drain: ['draining', 'ask-to-leave'],
    kill: ['killed', 'send-sigkill'],
    timeout: 'cannot-happen',
    exit: ['down'],
  },
  draining: {
    start: 'cannot-happen',
    ready: ['draining'],
    drain: ['draining'],
    kill: ['killed', 'send-sigkill'],
    timeout: ['killed', 'send-sigkill'],
    exit: ['down'],
  },
  killed: {
    start: 'cannot-happen',
    ready: ['killed'],
    drain: ['killed'],
    kill: ['killed'],
    timeout: 'cannot-happen', // Nothing is stronger than SIGKILL: no limit is set in this state.
    exit: ['down'],
  },
};

export interface Child {
  state: ChildState;
  /** When this state was entered, monotonic milliseconds. */
  sinceMs: number;
  /** When the state's limit ends. */
  limitAtMs: number | undefined;
  /** Down: not to be started before this. */
  startAtMs: number;
  pid: number | undefined;
  /** Failures in a row: see restart-limit.ts. */
  failures: number;
  /** How often it was looked at since this start: see slow-starts.ts. */
  looks: number;
  /** What is known of the failure of this start, until the exit tells the rest. */
  fault: Fault | undefined;
}

export function newChild(nowMs: number): Child {
  return {
    state: 'down',
    sinceMs: nowMs,
    limitAtMs: undefined,
    startAtMs: nowMs,
    pid: undefined,
    failures: 0,
    looks: 0,
    fault: undefined,
  };
}

/**
 * Moves `child` by the table and returns what is to be done to its process. `limitMs` is how long
 * the new state may last (undefined: for ever).
 *
 * Throws on an event that cannot happen in the state: a bug of the supervisor.
 */
export function move(
  child: Child,
  event: ChildEvent,
  nowMs: number,
  limitMs?: number,
): readonly ChildAction[] {
  const cell = lifecycle[child.state][event];
  if (cell === 'cannot-happen') throw new Error(`${event} cannot happen to a child ${child.state}`);
  const [next, ...actions] = cell;
  if (next !== child.state) {
    child.state = next;
    child.sinceMs = nowMs;
    child.limitAtMs = limitMs === undefined || next === 'killed' ? undefined : nowMs + limitMs;
    if (next === 'down') child.pid = undefined;
    if (next === 'starting') {
      child.fault = undefined;
      child.looks = 0;
    }
  }
  return actions;
}

export function isAlive(child: Child): boolean {
  return child.state !== 'down';
}
