/**
 * Which connections are taken, and what is said of those that are not.
 *
 * Each client is a descriptor. When none is left libuv closes what it accepts and tells nobody: no
 * error, no line in the log (tried, libuv 1.52). So a part of the descriptors is kept for workers,
 * bodies, files and logs; a client beyond the rest is closed, and that is said.
 */

import type { Logger } from '../../log/logger.ts';
import type { IsNamedProxy } from '../request/forwarded.ts';
import { LogThrottle } from '../../log/throttle.ts';

/** Of the descriptors that the process may have, these are not for clients. */
const KEPT_PART = 1 / 8;
const KEPT_MIN = 64;

export interface ConnectionLimits {
  /** How many descriptors the process may have. */
  readonly openFilesMax: number;
  /** 0 = as many as open files allow. */
  readonly maxConnections: number;
  /** 0 = half of all, but for loopback addresses. */
  readonly maxConnectionsPerAddress: number;
  readonly isNamedProxy: IsNamedProxy;
}

/** Whether a client is taken: if not, why. */
export type Admitted = 'yes' | 'full' | 'address-full';

export class Admission {
  readonly #limits: ConnectionLimits;
  readonly #clientsMax: number;
  readonly #log: Logger;
  readonly #full = new LogThrottle();
  readonly #addressFull = new LogThrottle();
  readonly #failed = new LogThrottle();
  readonly #byAddress = new Map<string, number>();
  #clients = 0;

  constructor(limits: ConnectionLimits, log: Logger) {
    const { openFilesMax, maxConnections } = limits;
    this.#limits = limits;
    const kept = Math.max(KEPT_MIN, Math.ceil(openFilesMax * KEPT_PART));
    const possible = Math.max(openFilesMax - kept, Math.floor(openFilesMax / 2));
    this.#clientsMax = maxConnections === 0 ? possible : Math.min(maxConnections, possible);
    this.#log = log;
  }

  /** A client has connected, from '' by a unix socket. Who is not admitted is not counted. */
  admit(address: string): Admitted {
    if (this.#clients >= this.#clientsMax) {
      this.#sayFull();
      return 'full';
    }
    const count = this.#byAddress.get(address) ?? 0;
    if (count >= this.#maxOf(address)) {
      this.#sayAddressFull(address, count);
      return 'address-full';
    }
    this.#clients += 1;
    if (address !== '') this.#byAddress.set(address, count + 1);
    return 'yes';
  }

  /** A client that was admitted has gone. */
  left(address: string): void {
    this.#clients -= 1;
    const count = this.#byAddress.get(address) ?? 0;
    if (count > 1) this.#byAddress.set(address, count - 1);
    else this.#byAddress.delete(address);
  }

  #maxOf(address: string): number {
    const { maxConnectionsPerAddress, isNamedProxy } = this.#limits;
    if (address === '' || isNamedProxy(address)) return Infinity;
    if (maxConnectionsPerAddress > 0) return maxConnectionsPerAddress;
    const isLoopback = address === '::1' || address.startsWith('127.');
    return isLoopback ? Infinity : Math.ceil(this.#clientsMax / 2);
  }

  #sayFull(): void {
    const count = this.#full.count(performance.now());
    if (count === 0) return;
    const { maxConnections, openFilesMax } = this.#limits;
    const isChosen = maxConnections > 0 && maxConnections === this.#clientsMax;
    const allow = isChosen
      ? `max-connections = ${maxConnections} allows`
      : `${openFilesMax} open files allow`;
    const advice = isChosen ? 'raise it' : 'raise LimitNOFILE= or max-fd';
    const sentence =
      `${this.#clients} clients are connected, which is all that ${allow}; ` +
      `new connections that were closed: ${count}; ${advice}`;
    this.#log.error('gateway.full', { clients: this.#clients, count }, sentence);
  }

  #sayAddressFull(address: string, clients: number): void {
    const count = this.#addressFull.count(performance.now());
    if (count === 0) return;
    const sentence =
      `${clients} clients are connected from ${address}, which is all that ` +
      `max-connections-per-address allows; new connections that were refused: ${count}; ` +
      'a proxy belongs into trusted-proxies';
    this.#log.warn('gateway.address-full', { address, clients, count }, sentence);
  }

  /** The system refused to accept. The listener goes on; it tries again with the next client. */
  failed(error: Error): void {
    const count = this.#failed.count(performance.now());
    if (count === 0) return;
    const sentence = `connections could not be accepted: ${error.message} (${count} times)`;
    this.#log.error('gateway.accept-failed', { count }, sentence);
  }
}
