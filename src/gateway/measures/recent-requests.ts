/**
 * The last requests that are worth a question: slow, failed, refused, cut or lost (pure).
 *
 * A request that is none of these costs a few comparisons and makes no object. What is kept is
 * bounded; those that clients or the load make slow push none of those that have failed out.
 */

import type { RecentRequest, RequestEnd } from '../../protocol/gateway-views.ts';

/** One that has waited, or run, for so long is kept. */
export const SLOW_MS = 1_000;
const KEPT = 128;
/** Of those that are a fault of their client, such as one too large: anybody can send many. */
const REFUSED_KEPT = 64;
const URI_MAX = 200;
const WHY_MAX = 300;
const STACK_MAX = 4_000;

/** Why a request is being ended, before it is known what was sent to its client. */
interface Ending {
  readonly end: Extract<RequestEnd, 'cut' | 'lost'>;
  readonly why: string;
}

type Kept = { -readonly [Field in keyof RecentRequest]: RecentRequest[Field] };

export class RecentRequests {
  readonly #failed: Kept[] = [];
  readonly #slow: Kept[] = [];
  readonly #refused: Kept[] = [];
  #ending: Ending | undefined;
  #endedNow: Kept[] = [];

  /** A request is being cut, or was lost: it is to be kept, whatever else is known of it. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /**
   * Runs what answers a request that is cut or lost. Returns what adds its stack and its wait later
   * on; nothing is added where its answer was decided before.
   */
  ending(ending: Ending, answer: () => void): (stack: string, waitsIn: string) => void {
    this.#ending = ending;
    this.#endedNow = [];
    answer();
    this.#ending = undefined;
    const [kept] = this.#endedNow;
    return (stack, waitsIn) => {
      if (kept === undefined) return;
      kept.stack = stack.slice(0, STACK_MAX);
      kept.waitsIn = waitsIn;
    };
  }

  /** The answer is decided; `end` is what is known of it without `ending`. */
  add(request: Omit<RecentRequest, 'stack' | 'waitsIn'>): void {
    const { end, why } = this.#ending ?? request;
    const uri = shortened(request.uri);
    const kept = { ...request, uri, end, why: cut(why, WHY_MAX), stack: '', waitsIn: '' };
    if (this.#ending !== undefined) this.#endedNow.push(kept);
    const isTheirs = end === 'refused' && request.status < 500;
    const isSlow = end === 'slow' || end === 'client-gone';
    const list = isTheirs ? this.#refused : isSlow ? this.#slow : this.#failed;
    list.push(kept);
    if (list.length > (isTheirs ? REFUSED_KEPT : KEPT)) list.shift();
  }

  /** The newest first. */
  get view(): readonly RecentRequest[] {
    return [...this.#failed, ...this.#slow, ...this.#refused].toSorted(
      (one, other) => other.endedAtMs - one.endedAtMs,
    );
  }
}

/** An address as it is kept and shown. */
export function shortened(uri: string): string {
  return cut(uri, URI_MAX);
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
