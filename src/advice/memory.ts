/** What workers have of the memory, and whether they grow (pure). */
import { MIB } from './figures.ts';
import type { Observation, WorkerFacts } from './observation.ts';

export interface Size {
  readonly residentBytes: number;
  readonly privateBytes: number;
}

export interface Growth {
  /** Undefined: it cannot be seen. 0: none was seen. */
  readonly bytesPerRequest: number | undefined;
  /** How it was found, with its figures. */
  readonly from: { readonly requests: number; readonly bytes: number } | undefined;
  /** What each worker may grow before it is replaced. */
  readonly roomBytes: number;
}

/** Less is what allocators do: no growth. */
const GROWTH_MIN_BYTES = 8 * MIB;
const GROWTH_MIN_PART = 0.1;
const ROOM_MIN_BYTES = 16 * MIB;
const ROOM_PART = 0.25;
/** Two workers tell of growth when one has run so many times as many requests as the other. */
const TIMES_MIN = 2;
const REQUESTS_MIN = 100;

/** The largest of each; undefined where no worker is known. */
export function largestOf(workers: readonly WorkerFacts[]): Size | undefined {
  const known = workers.flatMap(sizeOf);
  if (known.length === 0) return undefined;
  return {
    residentBytes: Math.max(...known.map(({ residentBytes }) => residentBytes)),
    privateBytes: Math.max(...known.map(({ privateBytes }) => privateBytes)),
  };
}

function sizeOf({ residentBytes, privateBytes }: WorkerFacts): readonly Size[] {
  return residentBytes === null || privateBytes === null ? [] : [{ residentBytes, privateBytes }];
}

export function growthOf(seen: Observation): Growth {
  const own = largestOf(seen.workers)?.privateBytes ?? 0;
  const roomBytes = Math.max(ROOM_MIN_BYTES, own * ROOM_PART);
  const from = seen.source === 'measured' ? betweenLooks(seen) : betweenWorkers(seen.workers);
  if (from === undefined) return { bytesPerRequest: undefined, from, roomBytes };
  const { requests, bytes } = from;
  const isSeen = bytes >= Math.max(GROWTH_MIN_BYTES, (own - bytes) * GROWTH_MIN_PART);
  return { bytesPerRequest: isSeen ? bytes / requests : 0, from, roomBytes };
}

/** By the workers that were there at both times: the one that has grown most. */
function betweenLooks({ workers, workersBefore }: Observation): Growth['from'] {
  const grown = workers.flatMap((worker) => {
    const before = workersBefore.find(({ pid }) => pid === worker.pid);
    const requests = worker.requests - (before?.requests ?? worker.requests);
    if (requests < REQUESTS_MIN || worker.privateBytes === null) return [];
    return [{ requests, bytes: worker.privateBytes - (before?.privateBytes ?? Infinity) }];
  });
  return grown.filter(({ bytes }) => Number.isFinite(bytes)).sort((a, b) => b.bytes - a.bytes)[0];
}

/** By the worker that has run most requests and the one that has run fewest. */
function betweenWorkers(workers: readonly WorkerFacts[]): Growth['from'] {
  const known = workers
    .flatMap(({ requests, privateBytes: bytes }) => (bytes === null ? [] : [{ requests, bytes }]))
    .filter(({ requests }) => requests >= REQUESTS_MIN)
    .sort((a, b) => a.requests - b.requests);
  const [fewest, most] = [known[0], known.at(-1)];
  if (fewest === undefined || most === undefined) return undefined;
  if (most.requests < fewest.requests * TIMES_MIN) return undefined;
  return { requests: most.requests - fewest.requests, bytes: most.bytes - fewest.bytes };
}
