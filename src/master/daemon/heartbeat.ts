/**
 * The master's beat: about once a second the supervisor asks gateways and spawners for an answer;
 * when that step is complete, systemd's watchdog is told that we live (while all do), and systemd
 * gets the newest status and, while something gets on, more time.
 */
import type { Cancel, Timers } from '../../base/clock.ts';
import { allAnswer } from '../../supervision/gateway-liveness.ts';
import { replacesWorkers } from '../../supervision/spawner-liveness.ts';
import type { Fleet } from '../../supervision/fleet.ts';
import { beatTimes, Watchdog, type WatchdogTimes } from '../../systemd/watchdog.ts';
import type { Loop } from './loop.ts';
import { isProgressing, type ProgressParts } from './progress.ts';
import type { MemoryWatch } from './memory-watch.ts';
import type { ServiceStatus } from '../reporting/service-status.ts';

export interface HeartbeatParts {
  readonly loop: Loop;
  readonly timers: Timers;
  readonly service: ServiceStatus;
  /** systemd's watchdog; undefined where it does not watch us. */
  readonly watchdog: WatchdogTimes | undefined;
  readonly alive: () => void;
  readonly progress: ProgressParts;
  readonly memory: MemoryWatch;
  /** This process has not run for so long. */
  readonly onSlept: (sleptMs: number) => void;
}

/** Shorter gaps are those of a busy machine. */
const TOLD_FROM_MS = 5_000;

export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #watchdog: Watchdog | undefined;
  #stop: Cancel = () => {};
  #sleptMs = 0;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    const { watchdog, alive } = parts;
    this.#watchdog = watchdog === undefined ? undefined : new Watchdog(watchdog, alive);
  }

  start(): void {
    const times = beatTimes(this.#parts.watchdog);
    const beat = (): void => {
      this.#parts.loop.post({ kind: 'beat', deafAfterMs: times.deafAfterMs });
      this.#afterStep(this.#parts.loop.fleet, times.deafAfterMs, times.everyMs);
    };
    beat();
    this.#stop = this.#parts.timers.every(times.everyMs, beat);
  }

  close(): void {
    this.#stop();
  }

  #afterStep(fleet: Fleet, deafAfterMs: number, beatMs: number): void {
    const { service, timers, progress, memory } = this.#parts;
    const nowMs = timers.now();
    this.#tellOfSleep();
    // systemd's clock has gone on meanwhile.
    const elapsedMs = nowMs + timers.sleptMs();
    if (fleet.everReady) this.#watchdog?.started(elapsedMs);
    const isHealthy = allAnswer(fleet, nowMs, deafAfterMs) && replacesWorkers(fleet, nowMs);
    this.#watchdog?.afterStep(elapsedMs, isHealthy, beatMs);
    if (isProgressing(fleet, nowMs, progress)) service.progress();
    service.traffic.keep(fleet.gateways.map(({ epoch }) => epoch));
    service.lookAgain();
    memory.look(fleet, nowMs);
  }

  #tellOfSleep(): void {
    const sleptMs = this.#parts.timers.sleptMs();
    const gapMs = sleptMs - this.#sleptMs;
    this.#sleptMs = sleptMs;
    if (gapMs >= TOLD_FROM_MS) this.#parts.onSlept(gapMs);
  }
}
