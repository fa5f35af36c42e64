/**
 * Clients that are connected while the gateway drains and have no request with it.
 *
 * One that is about to send its next request must not be cut, and one that never will must not hold
 * up the end: so a connection on which nothing has come for a while is closed, be it new or kept
 * open after an earlier answer, and one on which bytes arrive is left alone. Whoever sends a
 * request in time is answered, with `Connection: close`.
 */

/** A connection, as far as resting goes. */
export interface RestingClient {
  /** A request of it is read, waits, runs or is being answered. */
  readonly isBusy: boolean;
  readonly bytesRead: number;
  close(): void;
}

interface Rest {
  readonly bytesRead: number;
  readonly sinceMs: number;
}

export class RestingClients {
  readonly #restMaxMs: number;
  readonly #rests = new WeakMap<RestingClient, Rest>();

  /** `restMaxMs`: how long nothing may come from a client. */
  constructor(restMaxMs: number) {
    this.#restMaxMs = restMaxMs;
  }

  /** Closes those from which nothing has come for too long; returns how many are left. */
  look(clients: Iterable<RestingClient>, nowMs: number): number {
    let left = 0;
    for (const client of clients) {
      if (this.#hasRested(client, nowMs)) client.close();
      else left += 1;
    }
    return left;
  }

  #hasRested(client: RestingClient, nowMs: number): boolean {
    const { bytesRead, isBusy } = client;
    const rest = this.#rests.get(client);
    if (isBusy) this.#rests.delete(client);
    else if (rest?.bytesRead !== bytesRead) this.#rests.set(client, { bytesRead, sinceMs: nowMs });
    else return nowMs - rest.sinceMs >= this.#restMaxMs;
    return false;
  }
}
