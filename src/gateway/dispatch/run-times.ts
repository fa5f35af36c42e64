/**
 * How long a request has run in its worker (pure): without the time for which a client that takes
 * its answer slowly held the worker back, as harakiri is for applications and not for clients.
 */

export class RunTime {
  #startedAtMs = 0;
  #heldAtMs: number | undefined;
  #heldMs = 0;

  /** A request starts, and nothing holds it back. */
  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#heldAtMs = undefined;
    this.#heldMs = 0;
  }

  get isHeld(): boolean {
    return this.#heldAtMs !== undefined;
  }

  /** The client begins to hold it back. */
  hold(nowMs: number): void {
    this.#heldAtMs ??= nowMs;
  }

  /** It goes on. */
  goOn(nowMs: number): void {
    if (this.#heldAtMs === undefined) return;
    this.#heldMs += nowMs - this.#heldAtMs;
    this.#heldAtMs = undefined;
  }

  ranMs(nowMs: number): number {
    return (this.#heldAtMs ?? nowMs) - this.#startedAtMs - this.#heldMs;
  }

  /** How long ago it was started, whatever held it back. */
  sinceStartMs(nowMs: number): number {
    return nowMs - this.#startedAtMs;
  }
}
