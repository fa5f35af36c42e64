/**
 * How many workers there should be for the load (pure): uWSGI's cheaper subsystem, on better
 * figures. The gateway knows how long requests have waited and for how long its threads were busy;
 * uWSGI looks once a second at who is busy at that moment.
 *
 * A worker is added soon. One is stopped only when nothing of the last calm time would have needed
 * it: a load that comes and goes every second starts no worker twice.
 */
import {
  busyness,
  newBusyness,
  type Busyness,
  type BusynessTerms,
  type Decision,
} from './busyness.ts';

export type Algorithm = 'spare' | 'spare2' | 'backlog' | 'busyness' | 'manual';

/** What the configuration says. */
export interface ScalingTerms {
  readonly algorithm: Algorithm;
  /** The fewest and the most workers (cheaper, processes), and how many a start begins with. */
  readonly least: number;
  readonly most: number;
  readonly first: number;
  readonly threads: number;
  /** How many are added at a time. */
  readonly step: number;
  /** Seconds of too much load before one is added; for backlog, requests that wait. */
  readonly overload: number;
  /** Bytes of all workers together; 0: no limit. */
  readonly softBytes: number;
  readonly hardBytes: number;
  readonly busyness: BusynessTerms;
}

/** What the gateway has seen since its last report. */
export interface Load {
  readonly intervalMs: number;
  /** For how long threads were busy, all together. */
  readonly busyMs: number;
  /** Requests that wait for a worker, and the longest time that one has waited. */
  readonly queued: number;
  readonly waitedMaxMs: number;
}

export interface Scaling {
  intervalMs: number;
  busyMs: number;
  waitedMaxMs: number;
  overloaded: number;
  /** The most workers that were needed: in this part of the calm time, and in the one before. */
  peak: number;
  peakBefore: number;
  peakAtMs: number;
  /** All workers together, where it is measured. */
  residentBytes: number;
  busyness: Busyness;
}

/** A look is taken so often. */
const CYCLE_MS = 950;
/** A wait that clients notice: a worker is added without a second look. */
const LONG_WAIT_MS = 1_000;
const CALM_MIN_MS = 10_000;
/** Of the calm time, in seconds of overload. */
const CALM_PART = 3;

const none: Decision = { change: 0, reason: '' };

export function newScaling(terms: ScalingTerms, nowMs: number): Scaling {
  return {
    intervalMs: 0,
    busyMs: 0,
    waitedMaxMs: 0,
    overloaded: 0,
    peak: terms.most,
    peakBefore: terms.most,
    peakAtMs: nowMs,
    residentBytes: 0,
    busyness: newBusyness(terms.busyness, nowMs),
  };
}

/** Takes a report, and decides once a second; `active` is how many workers there should be now. */
export function scaled(
  scaling: Scaling,
  terms: ScalingTerms,
  load: Load,
  active: number,
  nowMs: number,
): Decision {
  scaling.intervalMs += load.intervalMs;
  scaling.busyMs += load.busyMs;
  scaling.waitedMaxMs = Math.max(scaling.waitedMaxMs, load.waitedMaxMs);
  if (scaling.intervalMs < CYCLE_MS) return none;
  const cycle: Cycle = {
    scaling,
    terms,
    active,
    nowMs,
    busy: scaling.busyMs / scaling.intervalMs / terms.threads,
    queued: load.queued,
    waitedMaxMs: scaling.waitedMaxMs,
  };
  const wanted = decide(cycle);
  scaling.intervalMs = scaling.busyMs = scaling.waitedMaxMs = 0;
  return limited(cycle, wanted);
}

interface Cycle {
  readonly scaling: Scaling;
  readonly terms: ScalingTerms;
  readonly active: number;
  readonly nowMs: number;
  /** How many workers were busy on average. */
  readonly busy: number;
  readonly queued: number;
  readonly waitedMaxMs: number;
}

function decide(cycle: Cycle): Decision {
  const { terms, scaling, active, nowMs, busy, queued } = cycle;
  switch (terms.algorithm) {
    case 'manual':
      return none;
    case 'busyness':
      return busyness(scaling.busyness, terms, { active, busy, queued, nowMs });
    case 'spare':
      return spare(cycle, 1);
    case 'spare2':
      return spare(cycle, terms.least);
    case 'backlog':
      return backlog(cycle);
    default:
      return terms.algorithm satisfies never;
  }
}

/** So many workers should be free. */
function spare(cycle: Cycle, free: number): Decision {
  const { terms, scaling, active, busy, waitedMaxMs } = cycle;
  const isFull = busy > active - Math.min(free, 1) * 0.1 || waitedMaxMs >= LONG_WAIT_MS / 10;
  const isShort = free > 1 && active - busy < free;
  scaling.overloaded = isFull ? scaling.overloaded + 1 : Math.max(scaling.overloaded - 1, 0);
  note(cycle, isFull ? active + 1 : Math.ceil(busy) + free);
  if (waitedMaxMs >= LONG_WAIT_MS || scaling.overloaded >= terms.overload || isShort) {
    scaling.overloaded = 0;
    return { change: terms.step, reason: `${busyInWords(cycle)}, ${waitInWords(cycle)}` };
  }
  return isFull ? none : fewer(cycle);
}

function backlog(cycle: Cycle): Decision {
  const { terms, queued, busy, active } = cycle;
  const isOver = queued > terms.overload;
  note(cycle, isOver ? active + 1 : Math.ceil(busy));
  if (isOver) return { change: terms.step, reason: `${queued} requests wait` };
  return fewer(cycle);
}

/** Remembers how many workers were needed, for as long as the calm time. */
function note({ scaling, terms, nowMs }: Cycle, needed: number): void {
  // For backlog `overload` is a number of requests, and no time.
  const overloadMs = terms.algorithm === 'backlog' ? 0 : terms.overload * 1000;
  const calmMs = Math.max(overloadMs * CALM_PART, CALM_MIN_MS);
  if (nowMs - scaling.peakAtMs >= calmMs) {
    scaling.peakBefore = scaling.peak;
    scaling.peak = needed;
    scaling.peakAtMs = nowMs;
  }
  scaling.peak = Math.max(scaling.peak, needed);
}

/** One less, where all of the calm time would have done with less. */
function fewer(cycle: Cycle): Decision {
  const { scaling, active } = cycle;
  const needed = Math.max(scaling.peak, scaling.peakBefore);
  if (active <= needed) return none;
  return { change: -1, reason: `${busyInWords(cycle)}, and no more than ${needed} were needed` };
}

/** Within the least and the most, and within the memory. */
function limited({ scaling, terms, active }: Cycle, wanted: Decision): Decision {
  const { residentBytes } = scaling;
  const has = `the workers have ${Math.round(residentBytes / 1_048_576)} MiB together`;
  if (terms.hardBytes > 0 && residentBytes >= terms.hardBytes && active > 1) {
    return { change: -1, reason: `${has} (cheaper-rss-limit-hard)` };
  }
  if (wanted.change > 0 && terms.softBytes > 0 && residentBytes >= terms.softBytes) return none;
  const count = Math.min(Math.max(active + wanted.change, terms.least), terms.most);
  const isMeant = Math.sign(count - active) === Math.sign(wanted.change);
  return count === active || !isMeant ? none : { ...wanted, change: count - active };
}

function busyInWords({ busy, active }: Cycle): string {
  return `${busy.toFixed(1)} of ${active} were busy`;
}

function waitInWords({ waitedMaxMs, queued }: Cycle): string {
  if (waitedMaxMs < 1 && queued === 0) return 'no request waited';
  return `requests waited up to ${Math.round(waitedMaxMs)} ms`;
}
