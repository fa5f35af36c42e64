/**
 * PURE. How soon systemd starts a service again that has failed, and when it gives up.
 *
 * Clients wait while the service is away, so the first try comes at once; a fault that stays must
 * not be tried ten times a second. systemd 254 and later wait longer each time. systemd never
 * counts from the beginning again, so the longest wait is short.
 *
 * The start limit is for a socket unit, which starts a service that fails with each client that
 * waits. Restart= alone must never reach it, or a service would stay away because its database came
 * late: `firstMs` times the burst is not less than the interval, or the growing waits add up to it.
 */

import { comment, set } from './unit-text.ts';

import type { UnitLine } from './unit-text.ts';

/** The first that knows RestartSteps=. */
export const STEPS_SINCE = 254;

export const START_LIMIT_BURST = 10;

/** For [Unit]. */
export function startLimitLines(systemdVersion: number): readonly UnitLine[] {
  const interval = systemdVersion >= STEPS_SINCE ? '20s' : '10s';
  return [
    set('StartLimitIntervalSec', interval),
    set('StartLimitBurst', String(START_LIMIT_BURST)),
  ];
}

/** For [Service]. */
export function restartLines(systemdVersion: number): readonly UnitLine[] {
  const always = set('Restart', 'on-failure');
  if (systemdVersion < STEPS_SINCE) {
    const why = 'systemd 254 and later can begin with 100 ms; `reeve enable` then writes that.';
    return [always, comment(why), set('RestartSec', '1s')];
  }
  return [
    always,
    comment('From 100 ms to ten seconds in six steps.'),
    set('RestartSec', '100ms'),
    set('RestartSteps', '6'),
    set('RestartMaxDelaySec', '10s'),
  ];
}
