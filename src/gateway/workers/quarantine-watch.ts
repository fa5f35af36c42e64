/**
 * Requests that kill their workers: tells the rules (dispatch/quarantine.ts) what happens, logs
 * what follows, and shows it to operators.
 */

import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import type { QuarantinedView } from '../../protocol/gateway-views.ts';
import type { Job } from '../dispatch/port.ts';
import { Quarantine } from '../dispatch/quarantine.ts';
import { requestKey } from '../dispatch/request-key.ts';

export class QuarantineWatch {
  readonly #log: Logger;
  readonly #timers: Timers;
  readonly #rules = new Quarantine();

  constructor(log: Logger, timers: Timers) {
    this.#log = log;
    this.#timers = timers;
  }

  /** A worker has died of late, or something is in quarantine: ask `holds` and `ended`. */
  get isWatching(): boolean {
    return this.#rules.isWatching;
  }

  /** Whether a request is to run alone. */
  holds({ method, uri }: Job): boolean {
    const key = requestKey(method, uri);
    if (!this.#rules.isActive(key)) return false;
    this.#rules.seen(key, this.#timers.now());
    return true;
  }

  /** A worker has died of what it ran. True: some requests run alone because of that. */
  death(keys: readonly string[]): boolean {
    const key = this.#rules.death(keys, this.#timers.now());
    if (key === undefined) return false;
    const sentence =
      `${key} has killed three workers within a minute: such requests run one at a time from now ` +
      'on, each in a worker that runs nothing else, until one of them ends well';
    this.#log.warn('request.quarantined', partsOf(key), sentence);
    return true;
  }

  /** A request has ended, and its worker lives. True: others like it need not run alone. */
  ended({ method, uri }: Job): boolean {
    const key = requestKey(method, uri);
    if (!this.#rules.success(key)) return false;
    this.#released(key, 'one has ended and its worker lives');
    return true;
  }

  /** Forgets what is long ago; returns how many paths are not in quarantine any more. */
  look(): number {
    const keys = this.#rules.look(this.#timers.now());
    for (const key of keys) this.#released(key, 'none has come for a long time');
    return keys.length;
  }

  /** What is in quarantine; `waiting` are the requests that wait to run alone. */
  view(waiting: readonly Job[]): readonly QuarantinedView[] {
    const nowMs = this.#timers.now();
    const keys = waiting.map(({ method, uri }) => requestKey(method, uri));
    return this.#rules.active.map(({ key, sinceMs }) => {
      const { method, uri: path } = partsOf(key);
      const seconds = Math.round((nowMs - sinceMs) / 100) / 10;
      return { method, path, seconds, waiting: keys.filter((each) => each === key).length };
    });
  }

  #released(key: string, why: string): void {
    const sentence = `${key} is out of quarantine: ${why}`;
    this.#log.info('request.released', partsOf(key), sentence);
  }
}

function partsOf(key: string): { readonly method: string; readonly uri: string } {
  const at = key.indexOf(' ');
  return { method: key.slice(0, at), uri: key.slice(at + 1) };
}
