/**
 * What systemd is told of the daemon, and when: readiness, the one line of status, more time while
 * something makes progress. Does nothing where no service manager listens.
 */
import { coming, type Fleet } from '../../supervision/fleet.ts';
import { errnoOf, type Failure } from '../../systemd/errno.ts';
import type { Notifier } from '../../systemd/notify.ts';
import { statusLine } from './status-lines.ts';
import { Traffic } from './traffic.ts';

export interface ServiceStatusParts {
  readonly notifier: Notifier;
  readonly fleet: () => Fleet;
  readonly now: () => number;
  /** The name of the applications that were loaded last. */
  readonly application: () => string;
  /** What runs beside requests, for people; '' for nothing. */
  readonly jobs: () => string;
}

/** A status alone is sent no more often. */
const statusEveryMs = 1_000;
/** systemd waits so much longer, and is asked again while something makes progress. */
const extendMs = 10_000;
const extendEveryMs = 1_500;

export class ServiceStatus {
  readonly #parts: ServiceStatusParts;
  /** What the gateways report about requests. */
  readonly traffic = new Traffic();
  /** Reloads whose configuration is still being read. */
  #reading = 0;
  #reloadFailure = '';
  #draining: number | undefined;
  #hasFailed = false;
  #status = '';
  #statusAtMs = -Infinity;
  #extendedAtMs = -Infinity;

  constructor(parts: ServiceStatusParts) {
    this.#parts = parts;
  }

  /** The first generation serves. */
  ready(): void {
    this.#parts.notifier.ready(this.#newLine());
    if (this.#isReloading()) this.#parts.notifier.reloading(this.#status);
  }

  /** A reload is asked for, and will be read. */
  reloadAsked(why: string): void {
    this.#reading += 1;
    this.#parts.notifier.reloading(`reloading: ${why}`);
  }

  /** It has been read, and is the supervisor's now. */
  reloadRead(): void {
    this.#reading -= 1;
  }

  /** Its configuration was refused when it was read. */
  reloadRefused(sentence: string): void {
    this.#reading -= 1;
    this.reloadEnded(sentence);
  }

  /**
   * One is over; `failure` says why it failed, '' that it did not, undefined keeps what was
   * reported. systemd sees the end of the last one only, and nothing but the stop once that has
   * begun.
   */
  reloadEnded(failure: string | undefined): void {
    this.#reloadFailure = failure ?? this.#reloadFailure;
    if (this.#isReloading() || this.#parts.fleet().phase !== 'serving') return;
    this.#parts.notifier.ready(this.#newLine());
  }

  #isReloading(): boolean {
    const fleet = this.#parts.fleet();
    const isComing = coming(fleet)?.cause === 'reload';
    return this.#reading > 0 || fleet.pendingReload !== undefined || isComing;
  }

  /** The first step of a stop. */
  stopping(why: string): void {
    this.#parts.notifier.stopping(`stopping: ${why}`, extendMs);
    this.#extendedAtMs = this.#parts.now();
  }

  /** Why the daemon ends: its last status. */
  failed(failure: Failure & { readonly sentence: string }): void {
    this.#hasFailed = true;
    this.#parts.notifier.failed({ errno: errnoOf(failure), status: failure.sentence });
  }

  /** Starting a gateway again does not help: systemd is asked to restart the whole service. */
  hopeless(sentence: string): void {
    this.#parts.notifier.trigger(sentence);
  }

  /** A stop waits for so many requests. */
  draining(requests: number): void {
    this.#draining = requests;
  }

  /** systemd shows the last status; a changed one is sent, at most once a second. */
  lookAgain(): void {
    if (this.#hasFailed || this.#parts.now() - this.#statusAtMs < statusEveryMs) return;
    if (this.line() !== this.#status) this.#parts.notifier.status(this.#newLine());
  }

  /** A start, reload or stop makes progress: systemd is asked for more time. */
  progress(): void {
    const nowMs = this.#parts.now();
    if (nowMs - this.#extendedAtMs < extendEveryMs) return;
    this.#extendedAtMs = nowMs;
    this.#parts.notifier.extend(extendMs);
  }

  /** The line as it is now. */
  line(): string {
    return statusLine({
      fleet: this.#parts.fleet(),
      nowMs: this.#parts.now(),
      counts: this.traffic.counts,
      draining: this.#draining,
      application: this.#parts.application(),
      jobs: this.#parts.jobs(),
      reloadFailure: this.#reloadFailure,
    });
  }

  #newLine(): string {
    this.#statusAtMs = this.#parts.now();
    this.#status = this.line();
    return this.#status;
  }
}
