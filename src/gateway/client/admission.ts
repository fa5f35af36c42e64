/**
 * Which clients are admitted, and what is logged of those that are not.
 *
 * Each client is a descriptor. When none is left libuv closes what it accepts without an error or a
 * line in the log (tried, libuv 1.52). So a part of the descriptors is kept for workers, bodies,
 * files and logs; a client beyond the rest is closed, and that is logged.
 */

import type { Logger } from '../../log/logger.ts';
import type { Peer } from '../request/forwarded.ts';
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
}

/** Whether a client is taken: if not, why. */
export type Admitted = 'yes' | 'full' | 'address-full';

export class Admission {
  readonly #limits: ConnectionLimits;
  #clientsMax: number;
  readonly #log: Logger;
  readonly #full = new LogThrottle();
  readonly #addressFull = new LogThrottle();
  readonly #failed = new LogThrottle();
  readonly #byAddress = new Map<string, number>();
  #clients = 0;

  constructor(limits: ConnectionLimits, log: Logger) {
    this.#limits = limits;
    this.#log = log;
    this.#clientsMax = this.#clientsBeside(0);
  }

  /** So many open files are needed for other things than clients. */
  keep(files: number): void {
    this.#clientsMax = this.#clientsBeside(files);
  }

  #clientsBeside(files: number): number {
    const { openFilesMax, maxConnections } = this.#limits;
    const part = Math.max(KEPT_MIN, Math.ceil(openFilesMax * KEPT_PART));
    const usual = Math.max(openFilesMax - part, Math.floor(openFilesMax / 2));
    const possible = Math.max(1, Math.min(usual, openFilesMax - files));
    return maxConnections === 0 ? possible : Math.min(maxConnections, possible);
  }

  /** A client has connected. One that is not admitted is not counted. */
  admit(peer: Peer, nowMs: number): Admitted {
    if (this.#clients >= this.#clientsMax) {
      this.#logFull(nowMs);
      return 'full';
    }
    const max = this.#maxOf(peer);
    if (max !== Infinity) {
      const { address } = peer;
      const count = this.#byAddress.get(address) ?? 0;
      if (count >= max) {
        this.#logAddressFull(address, count, nowMs);
        return 'address-full';
      }
      this.#byAddress.set(address, count + 1);
    }
    this.#clients += 1;
    return 'yes';
  }

  /** A client that was admitted has gone. */
  left(peer: Peer): void {
    this.#clients -= 1;
    const { address } = peer;
    if (this.#maxOf(peer) === Infinity) return;
    const count = this.#byAddress.get(address) ?? 0;
    if (count > 1) this.#byAddress.set(address, count - 1);
    else this.#byAddress.delete(address);
  }

  /** Of how many clients with its address a peer may be one. */
  #maxOf({ address, isNamed }: Peer): number {
    const { maxConnectionsPerAddress } = this.#limits;
    if (address === '' || isNamed) return Infinity;
    if (maxConnectionsPerAddress > 0) return maxConnectionsPerAddress;
    const isLoopback = address === '::1' || address.startsWith('127.');
    return isLoopback ? Infinity : Math.ceil(this.#clientsMax / 2);
  }

  #logFull(nowMs: number): void {
    const count = this.#full.count(nowMs);
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

  #logAddressFull(address: string, clients: number, nowMs: number): void {
    const count = this.#addressFull.count(nowMs);
    if (count === 0) return;
    const sentence =
      `${clients} clients are connected from ${address}, which is all that ` +
      `max-connections-per-address allows; new connections that were refused: ${count}; ` +
      'a proxy belongs into trusted-proxies';
    this.#log.warn('gateway.address-full', { address, clients, count }, sentence);
  }

  /** The system refused to accept. The listener goes on; it tries again with the next client. */
  failed(error: Error, nowMs: number): void {
    const count = this.#failed.count(nowMs);
    if (count === 0) return;
    const sentence = `connections could not be accepted: ${error.message} (${count} times)`;
    this.#log.error('gateway.accept-failed', { count }, sentence);
  }
}
