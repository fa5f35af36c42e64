/**
 * How many processes and threads fit, and which limits (pure). Each rule gives a value for its
 * option and the reason with its figures; null where the figures do not say it.
 */
import type { Advice, Advised, Fitting } from './advice.ts';
import { bytesInWords, cut, percent, secondsInWords, whole } from './figures.ts';
import { limitsOf } from './limits.ts';
import { growthOf, largestOf, type Growth } from './memory.ts';
import type { Load, Observation } from './observation.ts';
import { busySlots, fittingSlots, waitingWith, type Traffic, type Waiting } from './queueing.ts';

/** With less, nothing is guessed: times and rates scatter too much. */
export const REQUESTS_MIN = 500;
export const SECONDS_MIN = 10;
const REQUESTS_WELL = 10_000;
const SECONDS_WELL = 3_600;

/** Slots that are busier are taken as full: requests wait, and the true need cannot be seen. */
const FULL = 0.9;
/** A process should not need more of a core than this: Python runs on one core at a time. */
const CORE_MAX = 0.7;
/** Requests that compute for more of their time than this gain little from threads. */
const COMPUTES = 0.7;
/** A second one serves while one is replaced, hangs or crashes. */
const PROCESSES_MIN = 2;

export function adviceOn(seen: Observation): Advice {
  const { sure, why } = surenessOf(seen);
  if (sure === 'no') {
    const none: Advised = { value: null, why: [] };
    const [processes, threads, cheaper] = [none, none, none];
    const limits = { 'max-requests': none, 'reload-on-rss': none, harakiri: none };
    return { sure, why, options: { processes, threads, cheaper, ...limits } };
  }
  const growth = growthOf(seen);
  const workers = workersFor(seen, growth);
  return {
    sure,
    why,
    options: {
      processes: { value: workers.processes, why: workers.why },
      threads: { value: workers.threads, why: workers.whyThreads },
      cheaper: cheaperFor(seen, workers),
      ...limitsOf(seen, growth, workers),
    },
  };
}

export function surenessOf({ load, source }: Observation): Pick<Advice, 'sure' | 'why'> {
  const { requests, seconds } = load;
  const seen = `${whole(requests)} requests in ${secondsInWords(seconds)}`;
  if (requests < REQUESTS_MIN || seconds < SECONDS_MIN) {
    const least = `${REQUESTS_MIN} requests and ${SECONDS_MIN} s are the least`;
    const how = 'measure under its real load, in its busiest hour: reeve advise --seconds=300';
    return { sure: 'no', why: `${seen} are too few to say anything: ${least}; ${how}` };
  }
  if (source === 'measured') {
    return { sure: 'roughly', why: `${seen}: true of that time, not of a busier one` };
  }
  if (requests >= REQUESTS_WELL && seconds >= SECONDS_WELL) return { sure: 'well', why: seen };
  const later = `look again after ${whole(REQUESTS_WELL)} requests and an hour`;
  return { sure: 'roughly', why: `${seen}: a first figure; ${later}` };
}

/** The load that counts: that of the busiest minute, where it is known. */
function decisiveLoad({ busiest, load }: Observation): Load {
  return busiest !== undefined && rateOf(busiest) > rateOf(load) ? busiest : load;
}

function rateOf({ busySeconds, seconds }: Load): number {
  return seconds === 0 ? 0 : busySeconds / seconds;
}

function trafficOf({ requests, seconds, busySeconds }: Load): Traffic {
  const runSeconds = requests === 0 ? 0 : busySeconds / requests;
  return { perSecond: seconds === 0 ? 0 : requests / seconds, runSeconds };
}

function workersFor(seen: Observation, growth: Growth): Fitting {
  const load = decisiveLoad(seen);
  const traffic = trafficOf(load);
  const { slots, why } = slotsFor(seen, load, traffic);
  const share = computingShare(seen);
  const coresBusy = busySlots(traffic) * (share ?? 1);
  // With threads the lock of the interpreter is shared; what computes gets a process each.
  const wanted =
    seen.options.threads === 1 || (share ?? 0) >= COMPUTES
      ? { processes: slots, threads: 1 }
      : { processes: Math.ceil(slots / seen.options.threads), threads: seen.options.threads };
  const least = Math.max(Math.ceil(coresBusy / CORE_MAX), PROCESSES_MIN);
  const processes = Math.max(wanted.processes, share === undefined ? PROCESSES_MIN : least);
  const room = roomFor(seen, growth);
  const fitting = Math.max(Math.min(processes, room.processes), 1);
  const isShort = fitting < processes;
  const threads =
    isShort && (share ?? 1) < COMPUTES
      ? Math.ceil(slots / fitting)
      : Math.max(Math.min(wanted.threads, Math.ceil(slots / fitting)), 1);
  const spare =
    slots < PROCESSES_MIN && fitting === PROCESSES_MIN
      ? ['A second process serves while one is replaced, hangs or crashes.']
      : [];
  return {
    processes: fitting,
    threads,
    why: [...why, ...spare, room.why],
    whyThreads: [sharedLock(seen, share, threads)],
  };
}

/** How many slots the load needs, by Little's law, and what was seen of waiting. */
function slotsFor(
  seen: Observation,
  load: Load,
  traffic: Traffic,
): { readonly slots: number; readonly why: readonly string[] } {
  const { processes, threads } = seen.options;
  const now = Math.max(processes * threads, 1);
  const busy = busySlots(traffic);
  const fitting = fittingSlots(traffic);
  const isFull = busy >= now * FULL;
  const wanted = isFull ? Math.max(fitting.slots, now * 2) : fitting.slots;
  const useful = usefulSlots(seen);
  const slots = Math.max(Math.min(wanted, useful), 1);
  const law =
    `${timeInWords(seen, load)} ${cut(traffic.perSecond)} requests/s × ` +
    `${secondsInWords(traffic.runSeconds)} in the worker = ${cut(busy)} busy slots (Little's law), ` +
    `of ${now} that there are: ${percent(busy / now)} busy.`;
  const measured =
    seen.waited.requests === 0
      ? ''
      : ` Requests have waited ${secondsInWords(seen.waited.seconds / seen.waited.requests)} on average.`;
  const full = isFull
    ? ['The slots are full, so more may come than is seen: this is a step, then measure again.']
    : [];
  const cores =
    slots < wanted
      ? [
          `More than ${slots} slots do not help: ${seen.machine.cores} cores ` +
            `${seen.machine.coresBy} cannot compute more at the same time.`,
        ]
      : [withSlots(waitingWith(slots, traffic))];
  return { slots, why: [`${law}${measured}`, ...full, ...cores] };
}

function timeInWords({ busiest }: Observation, load: Load): string {
  if (load !== busiest) return 'On average';
  // No date is so far away; an answer may have any number.
  if (Math.abs(busiest.atMs) > 8e15) return 'In the busiest minute';
  const at = new Date(busiest.atMs).toISOString().slice(0, 16).replace('T', ' ');
  return `In the busiest minute (${at} UTC)`;
}

function withSlots({ slots, utilisation, seconds }: Waiting): string {
  const waiting = Number.isFinite(seconds)
    ? `a request waits ${secondsInWords(seconds)} on average`
    : 'the queue grows';
  return `With ${slots} ${slots === 1 ? 'slot' : 'slots'} they are ${percent(utilisation)} busy, and ${waiting}.`;
}

/** How much of its time in the worker a request computes; undefined where it is not known. */
export function computingShare({ workers, load }: Observation): number | undefined {
  const known = workers.flatMap(({ cpuSeconds, requests }) =>
    cpuSeconds === null || requests === 0 ? [] : [{ cpuSeconds, requests }],
  );
  const requests = known.reduce((sum, each) => sum + each.requests, 0);
  if (requests < REQUESTS_MIN || load.busySeconds === 0) return undefined;
  const each = known.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / requests;
  return Math.min(each / (load.busySeconds / load.requests), 1);
}

/** So many keep all cores busy, and one more; more only wait for a core. */
function usefulSlots(seen: Observation): number {
  const share = computingShare(seen);
  if (share === undefined || share === 0) return Infinity;
  return Math.ceil(seen.machine.cores / share) + 1;
}

/** How many processes the memory has room for. */
function roomFor(
  { workers, machine }: Observation,
  growth: Growth,
): { readonly processes: number; readonly why: string } {
  const largest = largestOf(workers);
  if (largest === undefined) {
    return { processes: Infinity, why: 'What a worker needs of the memory is not known.' };
  }
  const each = largest.privateBytes + growth.roomBytes;
  const processes = Math.max(Math.floor(machine.roomBytes / each), 1);
  const why =
    `The largest worker has ${bytesInWords(largest.privateBytes)} of its own; with room to grow ` +
    `${processes} such workers fit into the ${bytesInWords(machine.roomBytes)} that are free of ` +
    `${bytesInWords(machine.memoryBytes)} ${machine.memoryBy}.`;
  return { processes, why };
}

function sharedLock(seen: Observation, share: number | undefined, threads: number): string {
  if (share === undefined) return 'How much of its time a request computes is not known.';
  const computes = `A request computes for ${percent(share)} of its time in the worker`;
  if (share >= COMPUTES) return `${computes}: threads of one process would wait for each other.`;
  const waits = `${computes}, and waits for the rest`;
  if (threads <= 1) {
    return `${waits}: threads would take less memory than processes, if the application is thread-safe.`;
  }
  if (seen.options.threads > 1) return `${waits}, in which other threads run.`;
  return `${waits}; the memory has no room for more processes. The application must be thread-safe.`;
}

/** Fewer processes in quiet times are worth it where they give back a part of the memory. */
const SAVING_MIN = 0.1;

function cheaperFor(seen: Observation, { processes, threads }: Fitting): Advised {
  if (seen.busiest === undefined) {
    const why = 'How the load changes with the hours is not known from so short a time.';
    return { value: null, why: [why] };
  }
  const quiet = Math.ceil(fittingSlots(trafficOf(seen.load)).slots / threads);
  const least = Math.max(quiet, PROCESSES_MIN);
  const average = `On average ${cut(rateOf(seen.load))} slots are busy, for which ${least} processes do.`;
  if (least * 2 > processes) {
    return { value: 0, why: [`${average} There is nothing to save: 0 keeps all.`] };
  }
  const each = largestOf(seen.workers)?.privateBytes;
  if (each === undefined) return { value: null, why: [average] };
  const saved = (processes - least) * each;
  const saving = `Ending the others would give back ${bytesInWords(saved)}`;
  if (saved < seen.machine.memoryBytes * SAVING_MIN) {
    const why = `${saving}, which is little of ${bytesInWords(seen.machine.memoryBytes)}; 0 keeps all.`;
    return { value: 0, why: [average, why] };
  }
  const cost = 'requests wait until more are forked when the load comes back.';
  return { value: least, why: [average, `${saving}; ${cost}`] };
}
