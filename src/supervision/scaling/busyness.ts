/**
 * uWSGI's algorithm "busyness" (pure): the part of the time in which workers are busy is kept
 * between two values. A worker that was stopped and is missed soon makes the next stop come later.
 */
/** Their names are those of cheaper-busyness-*. */
export interface BusynessTerms {
  readonly max: number;
  readonly min: number;
  /** In seconds of overload: how long a worker must not have been needed. */
  readonly multiplier: number;
  /** What is added to the multiplier where a worker was stopped too soon. */
  readonly penalty: number;
  readonly backlogAlert: number;
  readonly backlogMultiplier: number;
  readonly backlogStep: number;
  /** Seconds for which requests may wait without a break. */
  readonly backlogNonzero: number;
}

/** How many more or fewer, and why. */
export interface Decision {
  readonly change: number;
  readonly reason: string;
}

export interface Busyness {
  /** The present part of the time: when it began, and the busy workers in each look so far. */
  sinceMs: number;
  sum: number;
  looks: number;
  nextStopAtMs: number;
  stoppedAtMs: number;
  multiplier: number;
  /** Workers that were added for the queue, and may go sooner. */
  emergency: number;
  /** Times in a row that were neither too busy nor idle. */
  between: number;
  queuedSinceMs: number | undefined;
}

export interface BusynessCycle {
  readonly active: number;
  /** How many workers were busy on average. */
  readonly busy: number;
  readonly queued: number;
  readonly nowMs: number;
}

interface Terms {
  readonly overload: number;
  readonly step: number;
  readonly least: number;
  readonly most: number;
  readonly busyness: BusynessTerms;
}

const none: Decision = { change: 0, reason: '' };

export function newBusyness({ multiplier }: BusynessTerms, nowMs: number): Busyness {
  return {
    sinceMs: nowMs,
    sum: 0,
    looks: 0,
    nextStopAtMs: nowMs,
    stoppedAtMs: -Infinity,
    multiplier,
    emergency: 0,
    between: 0,
    queuedSinceMs: undefined,
  };
}

export function busyness(state: Busyness, terms: Terms, cycle: BusynessCycle): Decision {
  const { active, busy, queued, nowMs } = cycle;
  const { busyness: limits, overload } = terms;
  state.sum += Math.min(busy / Math.max(active, 1), 1);
  state.looks += 1;
  state.queuedSinceMs = queued > 0 ? (state.queuedSinceMs ?? nowMs) : undefined;
  const isOver = nowMs - state.sinceMs >= Math.max(overload * 1000 - 100, 0);
  const percent = Math.round((state.sum / state.looks) * 100);
  if (isOver) {
    state.sinceMs = nowMs;
    state.sum = state.looks = 0;
    if (percent > limits.max) return busier(state, terms, { percent, nowMs });
  }
  if (queued > limits.backlogAlert && active < terms.most) {
    return emergency(state, terms, { reason: `${queued} requests wait`, nowMs });
  }
  const waitedMs = state.queuedSinceMs === undefined ? 0 : nowMs - state.queuedSinceMs;
  if (waitedMs >= limits.backlogNonzero * 1000 && active < terms.most) {
    state.queuedSinceMs = nowMs;
    const reason = `requests have waited for ${Math.round(waitedMs / 1000)} s without a break`;
    return emergency(state, terms, { reason, nowMs });
  }
  return isOver ? calmer(state, terms, { active, percent, nowMs }) : none;
}

interface At {
  readonly percent: number;
  readonly nowMs: number;
}

function busier(state: Busyness, terms: Terms, { percent, nowMs }: At): Decision {
  const { penalty, multiplier, max } = terms.busyness;
  state.between = 0;
  const soonMs = state.multiplier * terms.overload * 1000;
  if (nowMs - state.stoppedAtMs <= soonMs) state.multiplier += penalty;
  else state.multiplier = Math.max(state.multiplier - 1, multiplier);
  waitForCalm(state, terms, nowMs);
  return { change: terms.step, reason: `they were busy ${percent} % of the time, over ${max} %` };
}

function emergency(
  state: Busyness,
  terms: Terms,
  { reason, nowMs }: { readonly reason: string; readonly nowMs: number },
): Decision {
  state.multiplier = terms.busyness.multiplier;
  state.emergency += terms.busyness.backlogStep;
  waitForCalm(state, terms, nowMs);
  return { change: terms.busyness.backlogStep, reason };
}

function calmer(
  state: Busyness,
  terms: Terms,
  { active, percent, nowMs }: At & { readonly active: number },
): Decision {
  const { min, max } = terms.busyness;
  if (percent >= min) {
    state.emergency = Math.max(state.emergency - 1, 0);
    state.between += 1;
    // Three times in a row: it is no short pause any more.
    if (state.between >= 3) waitForCalm(state, terms, nowMs);
    else state.nextStopAtMs += terms.overload * 1000;
    return none;
  }
  state.between = 0;
  if (active <= Math.max(terms.least, 1) || nowMs < state.nextStopAtMs) return none;
  // The others would be too busy without it.
  if ((percent * active) / (active - 1) > max) return none;
  state.multiplier = Math.max(state.multiplier - 1, terms.busyness.multiplier);
  state.emergency = Math.max(state.emergency - 1, 0);
  state.stoppedAtMs = nowMs;
  waitForCalm(state, terms, nowMs);
  return { change: -1, reason: `they were busy ${percent} % of the time, below ${min} %` };
}

/** The next worker is not stopped before that. */
function waitForCalm(state: Busyness, terms: Terms, nowMs: number): void {
  const { backlogMultiplier } = terms.busyness;
  const multiplier = state.emergency > 0 ? backlogMultiplier : state.multiplier;
  state.nextStopAtMs = nowMs + terms.overload * multiplier * 1000;
}
