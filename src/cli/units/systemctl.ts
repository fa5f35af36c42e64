/** Asks systemd's own commands: enabling a unit is more than a link. */

import { spawnSync } from 'node:child_process';

import { OperatorError } from '../../base/operator-error.ts';
import { errorCodeOf } from '../../base/system-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

/**
 * Runs `systemctl` to its end; its output is for the operator. Throws where it fails, or has not
 * ended after `limitMs`: what it has asked of systemd goes on then.
 */
export function systemctl(args: readonly string[], root: string, limitMs?: number): void {
  const words = root === '' ? args : [`--root=${root}`, ...args];
  const run = spawnSync('systemctl', words, {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  const command = `systemctl ${words.join(' ')}`;
  if (limitMs !== undefined && run.error !== undefined && errorCodeOf(run.error) === 'ETIMEDOUT') {
    const what = `${command} has not ended in ${limitMs / 1000} s`;
    throw new OperatorError({ what, exitCode: exitCodes.unavailable });
  }
  if (run.error !== undefined) {
    const what = `${command} cannot be run: ${run.error.message}`;
    throw new OperatorError({ what, exitCode: exitCodes.osError });
  }
  if (run.status === 0) return;
  const what = `${command} has failed with ${run.status ?? run.signal ?? 'nothing'}`;
  throw new OperatorError({ what, exitCode: exitCodes.unavailable });
}

/** Whether a unit runs or is about to, and may hold addresses; false without systemd. */
export function isUp(unit: string): boolean {
  const words = ['show', '--property=ActiveState', '--value', unit];
  const { stdout, status } = spawnSync('systemctl', words, { encoding: 'utf8' });
  return status === 0 && !['', 'inactive', 'failed'].includes(stdout.trim());
}

/** What a command of systemd's prints; throws where it fails. */
export function answerOf(program: 'systemctl' | 'busctl', args: readonly string[]): string {
  const { stdout, stderr, status, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  const why = error?.message ?? stderr.trim();
  const what = `${program} ${args.join(' ')} has failed: ${why}`;
  throw new OperatorError({ what, exitCode: exitCodes.unavailable });
}
