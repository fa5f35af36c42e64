/**
 * What may happen to one request, in which order, and what is to be done about it (pure).
 *
 * A client may leave and a worker may end at any moment, and both are told about at any later one.
 * So the exchange keeps one word for where it is, asks the table at each event, and carries out
 * what stands there. What is not in the table cannot happen.
 */

/**
 * fresh: its connection does not know it yet. arriving: its body is read. complete: a file is
 * looked for, or it waits for a worker. running: a worker has it, or was sent it ahead. naming: the
 * application has ended and named a file, which is being opened. leaving: it runs, and the client
 * has had the whole answer. cancelled: it runs, and the client has gone. answered: the answer is
 * decided, and the client takes it. over: its connection has done with it.
 */
export type ExchangeState =
  | 'fresh'
  | 'arriving'
  | 'complete'
  | 'running'
  | 'naming'
  | 'leaving'
  | 'cancelled'
  | 'answered'
  | 'over';

/**
 * begin: its turn has come. arrived: all of it is here that a worker needs. started: it was given
 * to a slot. returned: the slot never began it. ended: the worker has done with it. named: so has
 * the worker, and the answer is a file. answer: an answer of ours was sent. fail: it cannot be
 * answered as it should be. had: the client has had all of the answer. gone: the client has gone
 * before.
 */
export type ExchangeEvent =
  | 'begin'
  | 'arrived'
  | 'started'
  | 'returned'
  | 'ended'
  | 'named'
  | 'answer'
  | 'fail'
  | 'had'
  | 'gone';

/**
 * enter, leave: it is counted among the open ones, and no more. choose: a file or a worker is to
 * answer. abandon: its body is wanted no more. withdraw: it leaves the queue. cancel: its worker is
 * told that the client has gone. stop-body: its worker is told that no more of the body comes, if
 * any is missing. page: a page of ours is sent. break-off: a page is sent, or an answer that has
 * begun is cut. decide: the answer stands, and the access log has it.
 */
export type Action =
  | 'enter'
  | 'leave'
  | 'choose'
  | 'abandon'
  | 'withdraw'
  | 'cancel'
  | 'stop-body'
  | 'page'
  | 'break-off'
  | 'decide';

export interface Step {
  readonly state: ExchangeState;
  /** To be carried out in this order. */
  readonly actions: readonly Action[];
}

type Row = Readonly<Partial<Record<ExchangeEvent, Step>>>;

const to = (state: ExchangeState, ...actions: Action[]): Step => ({ state, actions });

/** A worker or a file comes with an answer that is no longer awaited. */
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
