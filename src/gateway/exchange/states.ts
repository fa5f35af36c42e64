/**
 * What may happen to one request, in which order, and what is to be done about it (pure).
 *
 * A client may leave and a worker may end at any moment; the news of either may come later.
 * So the exchange keeps one word for where it is, asks the table at each event, and carries out
 * what stands there. What is not in the table cannot happen.
 */

export type ExchangeState =
  /** Its connection does not know it yet. */
  | 'fresh'
  /** Its body is being read. */
  | 'arriving'
  /** A file is looked for, or it waits for a worker. */
  | 'complete'
  /** A worker has it, or was sent it ahead. */
  | 'running'
  /** The application has ended and named a file, which is being opened. */
  | 'naming'
  /** The client has had the whole answer, and a worker still runs it. */
  | 'leaving'
  /** The client has gone, and a worker still runs it. */
  | 'cancelled'
  /** The answer is decided, and the client takes it. */
  | 'answered'
  /** Its connection has done with it. */
  | 'over';

export type ExchangeEvent =
  /** Its turn on the connection has come. */
  | 'begin'
  /** All that a worker needs is here. */
  | 'arrived'
  /** It was given to a slot. */
  | 'started'
  /** The slot never began it. */
  | 'returned'
  /** The worker has finished it. */
  | 'ended'
  /** The worker has finished it, and its answer names a file. */
  | 'named'
  /** An answer of ours was sent. */
  | 'answer'
  /** It cannot be answered as it should be. */
  | 'fail'
  /** The client has had the whole answer. */
  | 'had'
  /** The client left before it had the whole answer. */
  | 'gone';

export type Action =
  /** Count it among the open ones. */
  | 'enter'
  /** No longer count it among the open ones. */
  | 'leave'
  /** Look for a file that answers it, or for a worker. */
  | 'choose'
  /** Stop reading its body. */
  | 'abandon'
  /** Take it out of the queue. */
  | 'withdraw'
  /** Tell its worker that the client has gone. */
  | 'cancel'
  /** Tell its worker that no more of the body comes, if any is missing. */
  | 'stop-body'
  /** Send a page of ours. */
  | 'page'
  /** Send a page of ours, or cut an answer that has begun. */
  | 'break-off'
  /** The answer is final: write the access log. */
  | 'decide';

export interface Step {
  readonly state: ExchangeState;
  /** To be carried out in this order. */
  readonly actions: readonly Action[];
}

type Row = Readonly<Partial<Record<ExchangeEvent, Step>>>;

const to = (state: ExchangeState, ...actions: Action[]): Step => ({ state, actions });

/** Events that come after the answer was decided: nothing follows. */
const late = (state: ExchangeState): Row => ({
  returned: to(state),
  ended: to(state),
  answer: to(state),
  fail: to(state),
});

/** The client needs nothing more, and a worker runs the request to its end. */
const unheard: Row = {
  returned: to('over', 'decide'),
  ended: to('over', 'decide'),
};

const table: Readonly<Record<ExchangeState, Row>> = {
  fresh: { begin: to('arriving', 'enter'), gone: to('over') },
  arriving: {
    arrived: to('complete', 'choose'),
    fail: to('answered', 'abandon', 'page', 'decide'),
    gone: to('over', 'abandon', 'leave'),
  },
  complete: {
    started: to('running'),
    answer: to('answered', 'decide'),
    fail: to('answered', 'page', 'decide'),
    gone: to('over', 'withdraw', 'decide', 'leave'),
  },
  running: {
    returned: to('complete'),
    ended: to('answered', 'decide'),
    named: to('naming'),
    fail: to('answered', 'stop-body', 'break-off', 'decide'),
    had: to('leaving', 'leave'),
    gone: to('cancelled', 'cancel', 'leave'),
  },
  naming: {
    answer: to('answered', 'decide'),
    fail: to('answered', 'page', 'decide'),
    gone: to('over', 'decide', 'leave'),
  },
  leaving: { ...unheard, fail: to('over', 'stop-body', 'decide') },
  cancelled: { ...unheard, fail: to('over', 'decide') },
  answered: { ...late('answered'), had: to('over', 'leave'), gone: to('over', 'leave') },
  over: late('over'),
};

/** Returns what follows from an event. Throws where it cannot happen: a bug. */
export function after(state: ExchangeState, event: ExchangeEvent): Step {
  const step = table[state][event];
  if (step === undefined) throw new Error(`"${event}" came to an exchange that is ${state}`);
  return step;
}

/** Whether what a worker sends goes to the client. */
export function isHeard(state: ExchangeState): boolean {
  return state === 'running';
}

/** Whether an answer of ours may be sent. */
export function mayAnswer(state: ExchangeState): boolean {
  return state === 'complete' || state === 'naming';
}
