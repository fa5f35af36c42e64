/**
 * Asks systemd's own commands: enabling a unit is more than a link. None is waited for without a
 * limit: systemd itself may hang, and a job waits as long as its unit lets it.
 */

import { spawnSync, type SpawnSyncReturns } from 'node:child_process';

import { OperatorError } from '../../base/operator-error.ts';
import { errorCodeOf } from '../../base/system-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

/** A question, or a change of files, which systemd answers at once; its own limit is 25 s. */
const ANSWER_LIMIT_MS = 60_000;
/** Longer than systemd lets a unit start or stop, unless the unit asks for more without end. */
const JOB_LIMIT_MS = 600_000;
const JOBS = ['start', 'stop', 'restart', 'try-restart', '--now'];

/**
 * Runs `systemctl` to its end; its output is for the operator. Throws where it fails, or has not
 * ended after `limitMs`: what it has asked of systemd goes on then.
 */
export function systemctl(args: readonly string[], root: string, limitMs = limitOf(args)): void {
  const words = root === '' ? args : [`--root=${root}`, ...args];
  const run = spawnSync('systemctl', words, {
    ...{ stdio: ['ignore', 'inherit', 'inherit'], timeout: limitMs, killSignal: 'SIGKILL' },
  });
  const command = `systemctl ${words.join(' ')}`;
  if (hasTakenTooLong(run)) throw tooLong(command, limitMs);
  if (run.error !== undefined) {
    const what = `${command} cannot be run: ${run.error.message}`;
    throw new OperatorError({ what, exitCode: exitCodes.osError });
  }
  if (run.status === 0) return;
  const what = `${command} has failed with ${run.status ?? run.signal ?? 'nothing'}`;
  throw new OperatorError({ what, exitCode: exitCodes.unavailable });
}

/** Whether a unit runs or is about to, and may hold addresses; false without systemd. */
export function isUp(unit: string, limitMs = ANSWER_LIMIT_MS): boolean {
  const words = ['show', '--property=ActiveState', '--value', unit];
  const { stdout, status } = ask('systemctl', words, limitMs);
  return status === 0 && !['', 'inactive', 'failed'].includes(stdout.trim());
}

/** What a command of systemd's prints; throws where it fails, or has not ended in time. */
export function answerOf(
  program: 'systemctl' | 'busctl',
  args: readonly string[],
  limitMs = ANSWER_LIMIT_MS,
): string {
  const { stdout, stderr, status, error } = ask(program, args, limitMs);
  if (status === 0) return stdout;
  const why = error?.message ?? stderr.trim();
  const what = `${program} ${args.join(' ')} has failed: ${why}`;
  throw new OperatorError({ what, exitCode: exitCodes.unavailable });
}

function ask(program: string, args: readonly string[], limitMs: number): SpawnSyncReturns<string> {
  const limits = { timeout: limitMs, killSignal: 'SIGKILL' } as const;
  const run = spawnSync(program, args, { encoding: 'utf8', ...limits });
  if (hasTakenTooLong(run)) throw tooLong(`${program} ${args.join(' ')}`, limitMs);
  return run;
}

function limitOf(args: readonly string[]): number {
  return args.some((word) => JOBS.includes(word)) ? JOB_LIMIT_MS : ANSWER_LIMIT_MS;
}

function hasTakenTooLong({ error }: { readonly error?: Error | undefined }): boolean {
  return error !== undefined && errorCodeOf(error) === 'ETIMEDOUT';
}

function tooLong(command: string, limitMs: number): OperatorError {
  return new OperatorError({
    what: `${command} has not ended in ${limitMs / 1000} s`,
    advice: 'systemd may go on with it: `systemctl list-jobs` shows what it waits for',
    exitCode: exitCodes.unavailable,
  });
}

/** 252; 0 where there is no systemd. */
export function systemdVersion(): number {
  const { stdout } = ask('systemctl', ['--version'], ANSWER_LIMIT_MS);
  return Number(/^systemd (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}
