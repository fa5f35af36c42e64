/** The limits that fit: max-requests, reload-on-rss, harakiri (pure). */
import type { Advised, Fitting } from './advice.ts';
import { bytesInWords, MIB, secondsInWords, whole } from './figures.ts';
import { largestOf, type Growth } from './memory.ts';
import type { Observation } from './observation.ts';

type Limits = Readonly<Record<'max-requests' | 'reload-on-rss' | 'harakiri', Advised>>;

export function limitsOf(seen: Observation, growth: Growth, workers: Fitting): Limits {
  return {
    'max-requests': maxRequestsFor(seen, growth),
    'reload-on-rss': residentFor(seen, growth, workers),
    harakiri: harakiriFor(seen),
  };
}

/** A worker that is replaced sooner costs more than it gives back. */
const MAX_REQUESTS_MIN = 1_000;

function maxRequestsFor(seen: Observation, { bytesPerRequest, from }: Growth): Advised {
  if (bytesPerRequest === undefined || from === undefined) {
    const why =
      'Whether workers grow cannot be seen: none has run many more requests than the others. ' +
      '`reeve advise --seconds=600` compares each with itself.';
    return { value: null, why: [why] };
  }
  if (bytesPerRequest === 0) {
    const why = `No worker has grown over ${whole(from.requests)} requests: 0 keeps them.`;
    return { value: 0, why: [why] };
  }
  const own = largestOf(seen.workers)?.privateBytes ?? 0;
  const fitting = twoDigits(own / bytesPerRequest);
  const value = Math.max(fitting, MAX_REQUESTS_MIN);
  const grows =
    `Workers grow by ${bytesInWords(bytesPerRequest * 1_000)} in 1000 requests ` +
    `(${bytesInWords(from.bytes)} over ${whole(from.requests)}).`;
  const then = `After ${whole(value)} more one has grown by ${bytesInWords(bytesPerRequest * value)}.`;
  const fast = fitting < MAX_REQUESTS_MIN ? ['That is fast: look for the leak first.'] : [];
  return { value, why: [grows, then, ...fast] };
}

/** 34 567 as 34 000. */
function twoDigits(value: number): number {
  const unit = 10 ** Math.max(Math.floor(Math.log10(Math.max(value, 1))) - 1, 0);
  return Math.floor(value / unit) * unit;
}

/** A worker that has grown to so many times its present size leaks. */
const SIZES = 1.5;

function residentFor(seen: Observation, growth: Growth, { processes }: Fitting): Advised {
  const largest = largestOf(seen.workers);
  if (largest === undefined) {
    const why =
      'What workers have of the memory cannot be read: run this as their user, or as root.';
    return { value: null, why: [why] };
  }
  const { residentBytes, privateBytes } = largest;
  const { machine } = seen;
  const shared = residentBytes - privateBytes;
  const most = shared + machine.roomBytes / processes;
  const calm = Math.max(residentBytes * SIZES, residentBytes + growth.roomBytes * 2);
  if (most < residentBytes + growth.roomBytes / 2) {
    const why =
      `No limit fits: ${processes} workers of ${bytesInWords(residentBytes)} leave nothing of the ` +
      `${bytesInWords(machine.roomBytes)} that are free.`;
    return { value: null, why: [why] };
  }
  const value = Math.floor(Math.min(calm, most) / MIB);
  const size =
    `The largest worker has ${bytesInWords(residentBytes)}, of which ` +
    `${bytesInWords(privateBytes)} are its own.`;
  const limit =
    calm <= most
      ? `One that grows to ${value} MiB leaks, and is replaced.`
      : `More would not leave enough for ${processes} workers in the memory that is free.`;
  return { value, why: [size, limit] };
}

const HARAKIRI_MIN = 10;
/** So many times the longest request that was seen. */
const HARAKIRI_TIMES = 2;

function harakiriFor({ runs, boundsSeconds, overruns, options }: Observation): Advised {
  const requests = runs.reduce((sum, count) => sum + count, 0);
  if (overruns > 0) {
    const cut = overruns === 1 ? '1 request was' : `${whole(overruns)} requests were`;
    const why =
      `${cut} longer than harakiri allows (it is ${options.harakiri} s now): how long they would have ` +
      'run is not known. The log has their stacks.';
    return { value: null, why: [why] };
  }
  const last = runs.findLastIndex((count) => count > 0);
  const longest = boundsSeconds[last];
  if (longest === undefined) {
    const bound = boundsSeconds.at(-1) ?? 0;
    const count = runs[last] ?? 0;
    const why =
      `${whole(count)} of ${whole(requests)} requests ran for more than ${bound} s; how long is not ` +
      'counted. The access log has them (msecs).';
    return { value: null, why: [why] };
  }
  const value = Math.max(Math.ceil(longest * HARAKIRI_TIMES), HARAKIRI_MIN);
  // The "rule of three": what has not come in n times has a part of at most 3/n, 95 % sure.
  const oneIn = Math.floor(requests / 3);
  const seen =
    `None of ${whole(requests)} requests ran for more than ${secondsInWords(longest)}; so it is ` +
    `95 % sure that less than 1 in ${whole(oneIn)} does.`;
  const why =
    value === HARAKIRI_MIN
      ? `${HARAKIRI_MIN} s leave room for the first request of a worker.`
      : `${value} s are twice as long.`;
  return { value, why: [seen, why] };
}
