/** PURE. What the status page shows, as words and figures, from what it was told so far. */
import type { PageFinding, PageSlot, PageStatus } from '../views/page-status.ts';
import type { HistoryPoint } from '../views/history.ts';
import { quantile, ratesBetween, countsOf, type Rates } from '../views/rates.ts';
import { bytes, counted, duration, perSecond } from '../views/words.ts';

/** What was told, and when: ms on the clock of the page. */
export interface Told {
  readonly atMs: number;
  readonly status: PageStatus;
}

export type Mood = 'good' | 'warn' | 'bad' | 'plain';

export interface Card {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly mood: Mood;
  readonly noteMood: Mood;
  /** For its curve, the oldest first; null where there was no value. */
  readonly points: readonly (number | null)[];
}

export interface RunningRow {
  readonly slot: string;
  readonly time: string;
  readonly request: string;
  readonly mood: Mood;
}

export interface FindingRow {
  readonly sentence: string;
  readonly advice: string;
  readonly mood: Mood;
}

export interface ReloadRow {
  /** "5 min ago", and ms since 1970. */
  readonly ago: string;
  readonly atMs: number;
  readonly outcome: string;
  readonly sentence: string;
  readonly mood: Mood;
}

export interface PageView {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly mood: Mood;
  readonly cards: readonly Card[];
  readonly slots: readonly PageSlot[];
  readonly slotsTitle: string;
  readonly running: readonly RunningRow[];
  readonly reloads: readonly ReloadRow[];
  /** Null where nothing is known of it. */
  readonly findings: readonly FindingRow[] | null;
  readonly note: string;
}

/** Figures of now are the difference of the last two; curves are told. */
export const TOLD_MAX = 2;
/** A curve of less begins at its middle or further right. */
const PLACES_MIN = 30;
const RUNNING_MAX = 20;
/** A request that has run so long is worth a look; one that has waited so long is a trouble. */
const LONG_SECONDS = 5;
const WAIT_SECONDS = 1;

/** `told` has at least one; the last is what is now. */
export function pageView(told: readonly Told[], now: Told): PageView {
  const { status } = now;
  const { name, version, phase, isReady, reason, workers } = status;
  const running = status.slots
    .filter(({ state }) => state !== 'idle')
    .toSorted((first, second) => second.seconds - first.seconds);
  return {
    name,
    version,
    state: isReady ? `${phase}, ready` : reason,
    mood: isReady ? 'good' : 'bad',
    cards: cardsOf(told, status),
    slots: status.slots,
    slotsTitle: `${workers.busy} of ${counted(workers.slots, 'slot')} busy`,
    running: running.slice(0, RUNNING_MAX).map(runningRow),
    reloads: status.reloads.toReversed().map(({ atMs, outcome, sentence }) => ({
      ago: `${duration(Math.max(status.takenAtMs - atMs, 0) / 1000)} ago`,
      atMs,
      outcome,
      sentence,
      mood: outcome === 'failed' || outcome === 'refused' ? 'bad' : 'plain',
    })),
    findings: findingsOf(status),
    note: status.isCut ? 'Paths and reasons are shown on the machine itself only.' : '',
  };
}

const moods: Readonly<Record<PageFinding['severity'], Mood>> = {
  fault: 'bad',
  warning: 'warn',
  note: 'plain',
};

function findingsOf({ findings }: PageStatus): readonly FindingRow[] | null {
  if (findings === null) return null;
  if (findings.length === 0) return [{ sentence: 'Nothing is wrong.', advice: '', mood: 'good' }];
  return findings.map(({ severity, sentence, advice }) => {
    return { sentence, advice, mood: moods[severity] };
  });
}

function cardsOf(told: readonly Told[], status: PageStatus): readonly Card[] {
  const [before, now] = [told.at(-2), told.at(-1)];
  const last = before && now && ratesBetween(sampleOf(before), sampleOf(now));
  return [
    requestsCard(last, status),
    latencyCard(last, status),
    queueCard(last, status),
    slotsCard(status),
    memoryCard(status),
    ...jobsCard(status),
  ];
}

function sampleOf({ atMs, status }: Told) {
  return { atMs, totals: status.totals };
}

type MaybeRates = Rates | undefined;

/** What was told of the last minutes, and what is now. */
function curveOf(
  { history }: PageStatus,
  of: (point: HistoryPoint) => number | null,
  now: number | null,
): Card['points'] {
  return [...history.map(of), now];
}

function requestsCard(last: MaybeRates, status: PageStatus): Card {
  const errors = last?.errorsPerSecond ?? 0;
  return {
    label: 'Requests',
    value: `${perSecond(last?.requestsPerSecond)}/s`,
    note: `5xx ${perSecond(last?.errorsPerSecond)}/s`,
    mood: 'plain',
    noteMood: errors > 0 ? 'bad' : 'plain',
    points: curveOf(status, (each) => each.requestsPerSecond, last?.requestsPerSecond ?? null),
  };
}

/** While nothing is known of the last seconds: since the master has started. */
function latencyCard(last: MaybeRates, status: PageStatus): Card {
  const { totals } = status;
  const now = last?.p95 ?? null;
  const counts = countsOf(totals, ({ run }) => run);
  const all = (part: number): string => duration(quantile(counts, totals.timeBoundsSeconds, part));
  const isKnown = last !== undefined && last.requests > 0;
  return {
    label: 'Latency, p95',
    value: isKnown ? duration(last.p95) : all(0.95),
    note: isKnown ? `p50 ${duration(last.p50)}` : `p50 ${all(0.5)}, since the start`,
    mood: 'plain',
    noteMood: 'plain',
    points: curveOf(status, ({ p95 }) => p95, now === Infinity ? null : now),
  };
}

function queueCard(last: MaybeRates, status: PageStatus): Card {
  const { queue, connections } = status;
  const seconds = queue.oldestMs / 1000;
  const oldest = queue.queued === 0 ? '' : `, the oldest for ${duration(seconds)}`;
  const waited = last === undefined ? '' : `, waited p95 ${duration(last.waitP95)}`;
  const mood = queue.queued === 0 ? 'plain' : seconds >= WAIT_SECONDS ? 'bad' : 'warn';
  return {
    label: 'Queue',
    value: String(queue.queued),
    note: `${counted(connections, 'connection')}${oldest}${waited}`,
    mood,
    noteMood: 'plain',
    points: curveOf(status, ({ queued }) => queued, queue.queued),
  };
}

function slotsCard(status: PageStatus): Card {
  const { workers } = status;
  const isFull = workers.slots > 0 && workers.busy === workers.slots;
  return {
    label: 'Slots busy',
    value: `${workers.busy} of ${workers.slots}`,
    note: `${workers.up} of ${counted(workers.all, 'worker')} up`,
    mood: isFull ? 'bad' : 'plain',
    noteMood: 'plain',
    points: curveOf(status, ({ busy }) => busy, workers.busy),
  };
}

function memoryCard(status: PageStatus): Card {
  const { workers } = status;
  return {
    label: 'Memory of workers',
    value: bytes(workers.memoryBytes),
    note: `${counted(workers.restarts, 'restart')}, ${counted(workers.deaths, 'death')}`,
    mood: 'plain',
    noteMood: 'plain',
    points: curveOf(status, ({ memoryBytes }) => memoryBytes, workers.memoryBytes),
  };
}

/** Where there are any. */
function jobsCard({ jobs }: PageStatus): readonly Card[] {
  const { daemons, daemonsUp, crons, cronsRunning, tasksQueued, tasksPutAside } = jobs;
  if (daemons + crons + tasksQueued + tasksPutAside === 0) return [];
  const isTrouble = daemonsUp < daemons || tasksPutAside > 0;
  const notes = [
    daemons === 0 ? '' : 'daemons up',
    crons === 0 ? '' : `${cronsRunning} of ${counted(crons, 'cron')} running`,
    `${counted(tasksQueued, 'task')} queued`,
    tasksPutAside === 0 ? '' : `${tasksPutAside} put aside`,
  ];
  return [
    {
      label: 'Jobs',
      value: daemons === 0 ? String(cronsRunning + tasksQueued) : `${daemonsUp} of ${daemons}`,
      note: notes.filter(Boolean).join(', '),
      mood: isTrouble ? 'bad' : 'plain',
      noteMood: 'plain',
      points: [],
    },
  ];
}

function runningRow({ worker, thread, seconds, request, state }: PageSlot): RunningRow {
  const waits = state === 'client' ? 'waits for its client' : '';
  return {
    slot: `${worker} thread ${thread}`,
    time: duration(seconds),
    request: [request, waits].filter(Boolean).join(', '),
    mood: seconds >= LONG_SECONDS ? 'warn' : 'plain',
  };
}

/**
 * The line of a curve, as the path of an SVG of this size: the largest value is at its top. A value
 * that is missing leaves a gap; a single one is a short line.
 */
export function curvePath(
  points: readonly (number | null)[],
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const highest = Math.max(...points.map((point) => point ?? 0), Number.MIN_VALUE);
  const places = Math.max(points.length, PLACES_MIN);
  const step = width / (places - 1);
  const first = places - points.length;
  let isDrawing = false;
  const parts = points.map((point, at) => {
    if (point === null) {
      isDrawing = false;
      return '';
    }
    const x = ((first + at) * step).toFixed(1);
    const y = (height - 1 - (point / highest) * (height - 2)).toFixed(1);
    const part = isDrawing ? `L${x} ${y}` : `M${x} ${y}h0.1`;
    isDrawing = true;
    return part;
  });
  return parts.join('');
}
