/** Says that responses cannot wait in files; not each time, as every slow client would say it. */

import type { Logger } from '../../log/logger.ts';
import { LogThrottle } from '../../log/throttle.ts';

export class StorageTrouble {
  readonly #log: Logger;
  readonly #seldom = new LogThrottle();

  constructor(log: Logger) {
    this.#log = log;
  }

  say(problem: string): void {
    const count = this.#seldom.count(performance.now());
    if (count === 0) return;
    const sentence =
      `responses cannot wait in a file, so workers wait for slow clients: ${problem} ` +
      `(${count} times); see to the directory TMPDIR, or set response-buffering = 0`;
    this.#log.error('response.not-stored', { count }, sentence);
  }
}
