/**
 * How long requests wait and run, in buckets, by mount, route label and class of status (pure).
 *
 * It is counted for each request: a search in a short list, and a few additions. What is kept of
 * one kind of request is made when its first one comes; so the memory is bounded by the
 * configuration, and a request makes no object.
 */

import {
  statusClasses,
  TIME_BOUNDS_SECONDS,
  type RequestTimesView,
  type TimesView,
} from '../../protocol/gateway-views.ts';
import type { RouteLabels } from './route-labels.ts';

const boundsMs = TIME_BOUNDS_SECONDS.map((seconds) => seconds * 1_000);
const BUCKETS = boundsMs.length + 1;
/** Behind the buckets. */
const SUM_AT = BUCKETS;

/** What is kept of the requests of one mount, label and class. */
class Kind {
  readonly #run = new Float64Array(BUCKETS + 1);
  readonly #wait = new Float64Array(BUCKETS + 1);
  #bodyBytes = 0;

  ran(ms: number): void {
    count(this.#run, ms);
  }

  waited(ms: number): void {
    count(this.#wait, ms);
  }

  sent(bodyBytes: number): void {
    this.#bodyBytes += bodyBytes;
  }

  get view(): Pick<RequestTimesView, 'run' | 'wait' | 'bodyBytes'> {
    return { run: viewOf(this.#run), wait: viewOf(this.#wait), bodyBytes: this.#bodyBytes };
  }
}

export class RequestTimes {
  readonly #mounts: readonly string[];
  readonly #labels: RouteLabels;
  /** By mount, label and class. */
  readonly #kinds: (Kind | undefined)[];

  constructor(mounts: readonly string[], labels: RouteLabels) {
    // The first one is for requests without an application.
    this.#mounts = ['', ...mounts];
    this.#labels = labels;
    const kinds = this.#mounts.length * labels.names.length * statusClasses.length;
    this.#kinds = Array.from({ length: kinds }, () => undefined);
  }

  /** Returns where a request is counted; `application` is -1 where there is none for it. */
  kindOf(application: number, path: string, status: number): Kind {
    const statusClass = Math.min(Math.max(Math.floor(status / 100), 1), 5) - 1;
    const at = this.#at(application + 1, this.#labels.numberOf(path), statusClass);
    return (this.#kinds[at] ??= new Kind());
  }

  /** What has come so far. */
  get view(): readonly RequestTimesView[] {
    return this.#mounts.flatMap((mount, mountAt) =>
      this.#labels.names.flatMap((route, label) =>
        statusClasses.flatMap((status, statusClass) => {
          const kind = this.#kinds[this.#at(mountAt, label, statusClass)];
          return kind === undefined ? [] : [{ mount, route, status, ...kind.view }];
        }),
      ),
    );
  }

  #at(mount: number, label: number, statusClass: number): number {
    return (mount * this.#labels.names.length + label) * statusClasses.length + statusClass;
  }
}

/** Most times are in the first buckets. */
function count(times: Float64Array, ms: number): void {
  let bucket = 0;
  while (bucket < boundsMs.length && ms > (boundsMs[bucket] ?? 0)) bucket += 1;
  times[bucket] = (times[bucket] ?? 0) + 1;
  times[SUM_AT] = (times[SUM_AT] ?? 0) + ms;
}

function viewOf(times: Float64Array): TimesView {
  const seconds = Math.round((times[SUM_AT] ?? 0) * 1_000) / 1_000_000;
  return { counts: [...times.subarray(0, BUCKETS)], seconds };
}
