/**
 * Which connections are taken, and what is said of those that are not.
 *
 * Each client is a descriptor. When none is left libuv closes what it accepts and tells nobody: no
 * error, no line in the log (tried, libuv 1.52). So a part of the descriptors is kept for workers,
 * bodies, files and logs; a client beyond the rest is closed, and that is said.
 */

import type { Logger } from '../log/logger.ts';
import { Seldom } from './seldom.ts';

/** Of the descriptors that the process may have, these are not for clients. */
const KEPT_PART = 1 / 8;
const KEPT_MIN = 64;

export class Admission {
  readonly #openFilesMax: number;
  readonly #clientsMax: number;
  readonly #log: Logger;
  readonly #full = new Seldom();
  readonly #failed = new Seldom();
  #clients = 0;

  /** `openFilesMax`: how many descriptors the process may have. */
  constructor(openFilesMax: number, log: Logger) {
    this.#openFilesMax = openFilesMax;
    const kept = Math.max(KEPT_MIN, Math.ceil(openFilesMax * KEPT_PART));
    this.#clientsMax = Math.max(openFilesMax - kept, Math.floor(openFilesMax / 2));
    this.#log = log;
  }

  /** A client has connected; false: it is one too many, and is to be closed. */
  admit(): boolean {
    if (this.#clients < this.#clientsMax) {
      this.#clients += 1;
      return true;
    }
    const count = this.#full.count(performance.now());
    if (count === 0) return false;
    const sentence =
      `${this.#clients} clients are connected, which is all that ${this.#openFilesMax} open files ` +
      `allow; new connections that were closed: ${count}; raise LimitNOFILE= or max-fd`;
    this.#log.error('gateway.full', { clients: this.#clients, count }, sentence);
    return false;
  }

  /** A client that was admitted has gone. */
  left(): void {
    this.#clients -= 1;
  }

  /** The system refused to accept. The listener goes on; it tries again with the next client. */
  failed(error: Error): void {
    const count = this.#failed.count(performance.now());
    if (count === 0) return;
    const sentence = `connections could not be accepted: ${error.message} (${count} times)`;
    this.#log.error('gateway.accept-failed', { count }, sentence);
  }
}
