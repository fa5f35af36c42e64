/**
 * systemd's watchdog: how often it wants a sign of us, and when it gets one.
 *
 * It is told that we live only after a step of the supervision has been completed, and only while
 * every gateway answers and workers are replaced: a timer that proves nothing would keep a dead
 * service alive. The first time is with READY=1. There is no handler for SIGABRT, by which systemd
 * ends what it has not heard: with one, a blocked master would survive it.
 */

export interface WatchdogTimes {
  /** How often systemd is told: half of what it allows. */
  readonly everyMs: number;
}

/** What the environment says; undefined: no watchdog, or it is another process's. */
export function watchdogTimes(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): WatchdogTimes | undefined {
  const { WATCHDOG_USEC: text = '', WATCHDOG_PID: owner } = environment;
  if (owner !== undefined && owner !== '' && owner !== String(pid)) return undefined;
  if (!/^\d{1,16}$/.test(text) || Number(text) === 0) return undefined;
  return { everyMs: Number(text) / 1000 / 2 };
}

/** So often the gateways are asked where no watchdog asks for more. */
const beatMaxMs = 1_000;
const beatMinMs = 20;
/** A gateway that is silent for so long is replaced. */
const deafAfterMaxMs = 10_000;

export interface BeatTimes {
  readonly everyMs: number;
  readonly deafAfterMs: number;
}

/** How often gateways are asked, and how long they may be silent, so that systemd does not wait. */
export function beatTimes(watchdog: WatchdogTimes | undefined): BeatTimes {
  const deafAfterMs = Math.min(watchdog?.everyMs ?? deafAfterMaxMs, deafAfterMaxMs);
  const everyMs = Math.min(Math.max(deafAfterMs / 4, beatMinMs), beatMaxMs);
  return { everyMs, deafAfterMs };
}

/** Says when it is time; knows when it was last. */
export class Watchdog {
  readonly #everyMs: number;
  readonly #alive: () => void;
  #nextAtMs: number | undefined;

  constructor(times: WatchdogTimes, alive: () => void) {
    this.#everyMs = times.everyMs;
    this.#alive = alive;
  }

  /** READY=1 has been said, and WATCHDOG=1 with it. */
  started(nowMs: number): void {
    this.#nextAtMs ??= nowMs + this.#everyMs;
  }

  /** A step is complete. Told a little early rather than late: the next step may be a beat away. */
  afterStep(nowMs: number, isHealthy: boolean, beatMs: number): void {
    if (this.#nextAtMs === undefined || !isHealthy || nowMs + beatMs < this.#nextAtMs) return;
    this.#nextAtMs = nowMs + this.#everyMs;
    this.#alive();
  }
}
