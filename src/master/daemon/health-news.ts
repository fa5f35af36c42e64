/** Tells gateways whether clients may be sent here, once for each change: health-path shows it. */
import type { ToGateway } from '../../protocol/control-messages.ts';
import type { Fleet } from '../../supervision/fleet.ts';
import { whyNotReady } from '../reporting/readiness.ts';

export class HealthNews {
  readonly #send: (epoch: number, message: ToGateway) => void;
  /** What each process was told. */
  readonly #told = new Map<number, { readonly sinceMs: number; readonly reason: string }>();

  constructor(send: (epoch: number, message: ToGateway) => void) {
    this.#send = send;
  }

  look(fleet: Fleet): void {
    const reason = whyNotReady(fleet);
    for (const { epoch, state, sinceMs } of fleet.gateways) {
      if (state !== 'up') continue;
      const before = this.#told.get(epoch);
      // One that was started again has been told nothing.
      if (before?.reason === reason && before.sinceMs === sinceMs) continue;
      this.#told.set(epoch, { sinceMs, reason });
      this.#send(epoch, { type: 'health', reason });
    }
    for (const epoch of this.#told.keys()) {
      if (!fleet.gateways.some((gateway) => gateway.epoch === epoch)) this.#told.delete(epoch);
    }
  }
}
