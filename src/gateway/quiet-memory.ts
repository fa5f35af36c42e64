/**
 * When a gateway that has grown under load gives the memory back: once nothing has been asked for
 * a while. It is looked at with each ping of the master, so that a request costs nothing for it.
 */
import { Idleness, type Activity } from './idleness.ts';

/** Longer than a pause between two clicks of a busy site. */
const QUIET_MS = 5_000;
/** Less is not worth the collection, nor the page faults that follow. */
const GROWN_BYTES = 16 * 1024 * 1024;
/** A request now and then must not pay for it each time. */
const PAUSE_MS = 20_000;

export interface QuietMemoryParts {
  readonly residentBytes: () => number;
  readonly giveBack: () => void;
}

export class QuietMemory {
  readonly #parts: QuietMemoryParts;
  readonly #idleness = new Idleness(QUIET_MS);
  #levelBytes = 0;
  #notBeforeMs = -Infinity;

  constructor(parts: QuietMemoryParts) {
    this.#parts = parts;
  }

  /** Also at the first quiet moment after the start. */
  look(activity: Activity, nowMs: number): void {
    if (!this.#idleness.look(activity, nowMs) || nowMs < this.#notBeforeMs) return;
    const { residentBytes, giveBack } = this.#parts;
    if (residentBytes() - this.#levelBytes < GROWN_BYTES) return;
    giveBack();
    this.#levelBytes = residentBytes();
    this.#notBeforeMs = nowMs + PAUSE_MS;
  }
}
