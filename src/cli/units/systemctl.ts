/**
 * Asks systemd's own commands: enabling a unit is more than a link. None is waited for without a
 * limit: systemd itself may hang, and a job waits as long as its unit lets it.
 */

import { execFile, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';

import { createTimers } from '../../base/clock.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { errorCodeOf } from '../../base/system-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { shownWhile } from '../process/progress.ts';
import { jobWords, unitFacts } from './job-words.ts';

import type { Doing } from '../process/progress-line.ts';
import type { JobVerb } from './job-words.ts';

/** A question, or a change of files, which systemd answers at once; its own limit is 25 s. */
const ANSWER_LIMIT_MS = 60_000;
/** Longer than systemd lets a unit start or stop, unless the unit asks for more without end. */
const JOB_LIMIT_MS = 600_000;
const output = ['ignore' as const, 'inherit' as const, 'inherit' as const];
/** For what people are shown each second. */
const LOOK_LIMIT_MS = 5_000;

/**
 * Runs `systemctl` to its end; its output is for the operator. Throws where it fails, or has not
 * ended in time: what it has asked of systemd goes on then. Jobs are not for it: `systemctlJob`.
 */
export function systemctl(args: readonly string[], root: string): void {
  const words = root === '' ? args : [`--root=${root}`, ...args];
  const limits = { timeout: ANSWER_LIMIT_MS, killSignal: 'SIGKILL' } as const;
  const run = spawnSync('systemctl', words, { stdio: output, ...limits });
  refuseFailed(words, { ...run, isLate: hasTakenTooLong(run), limitMs: ANSWER_LIMIT_MS });
}

export interface Job {
  readonly verb: JobVerb;
  /** Flags, and units: what the last one does is shown while it is waited for. */
  readonly words: readonly string[];
  readonly limitMs?: number;
}

/** The same for what starts or stops units: shows what they do meanwhile. */
export async function systemctlJob({ verb, words, limitMs = JOB_LIMIT_MS }: Job): Promise<void> {
  const all = [verb, ...words];
  const unit = words.at(-1) ?? '';
  const asked = { what: jobWords(verb, unit), facts: '' };
  const look = (): Promise<Doing> => unitDoing(asked.what, unit);
  const run = await shownWhile({ asked, look }, () => runOf(all, limitMs));
  refuseFailed(all, { ...run, limitMs });
}

interface Run {
  readonly isLate: boolean;
  readonly error?: Error | undefined;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

function runOf(words: readonly string[], limitMs: number): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn('systemctl', words, { stdio: output });
    let isLate = false;
    const stopWaiting = createTimers().after(limitMs, () => {
      isLate = true;
      child.kill('SIGKILL');
    });
    child.on('error', (error) => {
      stopWaiting();
      resolve({ isLate, error, status: null, signal: null });
    });
    child.on('exit', (status, signal) => {
      stopWaiting();
      resolve({ isLate, status, signal });
    });
  });
}

function refuseFailed(words: readonly string[], run: Run & { readonly limitMs: number }): void {
  const command = `systemctl ${words.join(' ')}`;
  if (run.isLate) throw tooLong(command, run.limitMs);
  if (run.error !== undefined) {
    const what = `${command} cannot be run: ${run.error.message}`;
    throw new OperatorError({ what, exitCode: exitCodes.osError });
  }
  if (run.status === 0) return;
  const what = `${command} has failed with ${run.status ?? run.signal ?? 'nothing'}`;
  throw new OperatorError({ what, exitCode: exitCodes.unavailable });
}

/** What the unit says of itself, as `systemctl status` shows it. */
function unitDoing(what: string, unit: string): Promise<Doing> {
  const words = ['show', '--property=SubState', '--property=StatusText', unit];
  const limits = { timeout: LOOK_LIMIT_MS, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile('systemctl', words, limits, (error, stdout) =>
      resolve({ what, facts: error === null ? unitFacts(stdout) : '' }),
    );
  });
}

/** Whether a unit runs or is about to, and may hold addresses; false without systemd. */
export function isUp(unit: string): boolean {
  const words = ['show', '--property=ActiveState', '--value', unit];
  const { stdout, status } = ask('systemctl', words, ANSWER_LIMIT_MS);
  return status === 0 && !['', 'inactive', 'failed'].includes(stdout.trim());
}

/** What a command of systemd's prints; throws where it fails, or has not ended in time. */
export function answerOf(
  program: 'systemctl' | 'busctl' | 'journalctl',
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
