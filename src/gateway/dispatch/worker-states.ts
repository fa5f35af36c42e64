/**
 * The states of a worker process, what changes them, and what each allows (pure).
 *
 * Its threads have states of their own (protocol/gateway-side.ts). Nothing leads back from
 * draining, overrun or exited: such a worker gets no request any more.
 */

/**
 * expected: may connect; gets nothing before the switch to its generation. serving: gets requests,
 * some of them ahead. nearing: gets requests, none ahead, as its max-requests is near. draining:
 * each slot is sent away as it becomes idle. overrun: a request has run longer than it may, and the
 * master will end the worker. exited: its process has ended, and its last words are read.
 */
export type WorkerState = 'expected' | 'serving' | 'nearing' | 'draining' | 'overrun' | 'exited';

/**
 * enable, drain: the master's switch; a drain also follows from max-requests. near, far: whether
 * max-requests is near; far again, where requests were taken back. overrun: one of its requests has
 * overrun. exit: the master reports the end of its process.
 */
export type WorkerEvent = 'enable' | 'near' | 'far' | 'drain' | 'overrun' | 'exit';

const afterEvent: Readonly<
  Record<WorkerState, Readonly<Partial<Record<WorkerEvent, WorkerState>>>>
> = {
  expected: { enable: 'serving', drain: 'draining', overrun: 'overrun', exit: 'exited' },
  serving: { near: 'nearing', drain: 'draining', overrun: 'overrun', exit: 'exited' },
  nearing: { far: 'serving', drain: 'draining', overrun: 'overrun', exit: 'exited' },
  draining: { overrun: 'overrun', exit: 'exited' },
  overrun: { exit: 'exited' },
  exited: {},
};

/** Returns the state after an event; one that is not in the table changes nothing. */
export function afterWorkerEvent(state: WorkerState, event: WorkerEvent): WorkerState {
  return afterEvent[state][event] ?? state;
}

/** What a state allows. */
export interface WorkerRights {
  /** Its idle slots are given requests. */
  readonly takesRequests: boolean;
  /** Requests are sent ahead to its busy slots. */
  readonly takesAhead: boolean;
  /** Slots that become idle are sent away. */
  readonly isLeaving: boolean;
}

export const rightsIn: Readonly<Record<WorkerState, WorkerRights>> = {
  expected: { takesRequests: false, takesAhead: false, isLeaving: false },
  serving: { takesRequests: true, takesAhead: true, isLeaving: false },
  nearing: { takesRequests: true, takesAhead: false, isLeaving: false },
  draining: { takesRequests: false, takesAhead: false, isLeaving: true },
  overrun: { takesRequests: false, takesAhead: false, isLeaving: false },
  exited: { takesRequests: false, takesAhead: false, isLeaving: false },
};
