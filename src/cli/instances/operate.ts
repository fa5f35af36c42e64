/**
 * `reeve reload`, `stop`, `log-level`, `scale`: what an operator asks of a daemon that
 * runs. Each waits for the outcome and ends with it.
 */

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { OperatorError } from '../../base/operator-error.ts';
import { nameOf } from '../../base/files/pidfile.ts';
import { ask } from './control-client.ts';
import { type FoundInstance, knock, runningInstances, runtimeFolders } from './instances.ts';
import { watchedInstance, watchedInstances } from './progress.ts';
import { instanceMeant } from './target.ts';
import { shownWhile } from '../process/progress.ts';
import { write } from '../process/write.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

import type { Shown } from '../process/progress.ts';
import type { OperatorAnswer, OperatorRequest } from '../../protocol/operator-messages.ts';

/** While an answer takes its time, the instance is asked whether it still runs. */
const probeMs = 10_000;
/** So many questions in a row may stay without an answer. */
const probesMax = 2;
/** The socket is closed at the very end: what is left of the process takes no time. */
const endMs = 10_000;
const endStepMs = 20;

/** Both signals of a stop come at once, but for a busy machine. */
const stopFollowsMs = 1_000;

type Environment = Readonly<Record<string, string | undefined>>;

export interface OperateRequest {
  readonly target: string | undefined;
  readonly environment: Environment;
}

/** Sends one command and says how it ended; returns the exit code. */
export async function command(
  request: OperateRequest,
  message: Extract<OperatorRequest, { command: 'reload' | 'log-level' | 'scale' }>,
): Promise<number> {
  if (message.command === 'reload') endCleanlyAtAStop(request.environment);
  const instance = await instanceMeant(request.target, request.environment);
  const answer =
    message.command === 'log-level'
      ? await askPatiently(instance, message)
      : await shownWhile(watchedInstance(instance, message.command), () =>
          askPatiently(instance, message),
        );
  const code = tell(instance, answer);
  await signalOfAStop(code, request.environment);
  return code;
}

/**
 * Reloads every instance at once, and says how each ended; the first failure is the exit code. One
 * that cannot be asked is a failure too.
 */
export async function reloadAll(
  environment: Environment,
  message: Extract<OperatorRequest, { command: 'reload' }>,
): Promise<number> {
  endCleanlyAtAStop(environment);
  const { answering, mute } = await runningInstances(environment);
  if (answering.length + mute.length === 0) {
    write(2, `reeve: no instance runs in ${runtimeFolders(environment).join(' or ')}\n`);
    return exitCodes.unavailable;
  }
  for (const { name, reason } of mute) {
    write(2, `reeve: ${name}: not reloaded: ${reason.message}\n`);
  }
  const waiting = new Set(answering);
  const reload = async (instance: FoundInstance, { clear }: Shown): Promise<number> => {
    const outcome = await attempt(() => askPatiently(instance, message));
    waiting.delete(instance);
    clear();
    if (!(outcome instanceof OperatorError)) return tell(instance, outcome);
    write(2, `reeve: ${instance.name}: not reloaded: ${outcome.message}\n`);
    return outcome.exitCode;
  };
  const codes = await shownWhile(watchedInstances(waiting, 'reload'), (shown) =>
    Promise.all(answering.map((instance) => reload(instance, shown))),
  );
  const all = [...codes, ...mute.map(({ reason }) => reason.exitCode)];
  const first = all.find((code) => code !== exitCodes.stopped) ?? exitCodes.stopped;
  await signalOfAStop(first, environment);
  return first;
}

/** What it resolves to, or the OperatorError that it throws. */
async function attempt<Result>(work: () => Promise<Result>): Promise<Result | OperatorError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
}

/**
 * As ExecReload= we are ended by SIGTERM when the unit is stopped meanwhile. Whatever else than 0
 * the command ends with is the result of the whole unit then, though the daemon stops in order.
 */
function endCleanlyAtAStop(environment: Environment): void {
  if (!isStartedBySystemd(environment)) return;
  process.once('SIGTERM', () => {
    write(2, 'reeve: the reload was cut short: the unit is being stopped\n');
    process.exit(exitCodes.stopped);
  });
}

/** A stop signals the daemon before us: its answer that it leaves may be here before the signal. */
async function signalOfAStop(code: number, environment: Environment): Promise<void> {
  if (code === exitCodes.unavailable && isStartedBySystemd(environment)) await pause(stopFollowsMs);
}

function isStartedBySystemd(environment: Environment): boolean {
  return environment['SYSTEMD_EXEC_PID'] === String(process.pid);
}

/** Asks it to stop, and waits until its process has gone. */
export async function stop(request: OperateRequest): Promise<number> {
  const instance = await instanceMeant(request.target, request.environment);
  // In another pid namespace its number may be that of any process here.
  const start = nameOf(instance.pid) === 'reeve' ? startOf(instance.pid) : undefined;
  const answer = await shownWhile(watchedInstance(instance, 'stop'), () =>
    askPatiently(instance, { command: 'stop' }, 'end'),
  );
  if (!answer.ok) return tell(instance, answer);
  let waitedMs = 0;
  while (start !== undefined && startOf(instance.pid) === start) {
    if (waitedMs > endMs) {
      const what =
        `${instance.name} has closed its control socket, but its process (pid ${instance.pid}) ` +
        `still runs ${endMs / 1_000} s later`;
      const advice = `\`kill -9 ${instance.pid}\` ends it and all of its processes`;
      throw new OperatorError({ what, advice, exitCode: exitCodes.unavailable });
    }
    await pause(endStepMs);
    waitedMs += endStepMs;
  }
  write(1, `reeve: ${instance.name} (pid ${instance.pid}) has stopped\n`);
  return exitCodes.stopped;
}

/** Asks for what may take minutes; ends the wait when the instance does not answer any more. */
async function askPatiently(
  instance: FoundInstance,
  message: OperatorRequest,
  until: 'answer' | 'end' = 'answer',
): Promise<OperatorAnswer> {
  const ending = new AbortController();
  let unanswered = 0;
  const probe = async (): Promise<void> => {
    const found = await knock(instance.path);
    // Nobody there: it is just ending, which the connection will tell.
    unanswered = found !== undefined && 'reason' in found ? unanswered + 1 : 0;
    if (unanswered < probesMax) return;
    const seconds = (probesMax * probeMs) / 1000;
    const what = `${instance.name} (pid ${instance.pid}) has not answered for ${seconds} s`;
    const advice = `its master is stopped or hangs; what was asked of it (${message.command}) may still be done`;
    ending.abort(new OperatorError({ what, advice, exitCode: exitCodes.unavailable }));
  };
  const timer = setInterval(() => void probe(), probeMs);
  try {
    return await ask(instance.path, message, { until, signal: ending.signal });
  } finally {
    clearInterval(timer);
  }
}

/** When a process was started: a reused pid is another process. Undefined: it has ended. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = 'Z', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return /[ZX]/.test(state) ? undefined : rest[18];
  } catch {
    // It has ended, and was waited for.
    return undefined;
  }
}

/** Prints how a command ended; returns the exit code. */
export function tell({ name, pid }: FoundInstance, answer: OperatorAnswer): number {
  const { ok, sentence, exitCode } = answer;
  write(ok ? 1 : 2, `reeve: ${name} (pid ${pid}): ${sentence}\n`);
  return ok ? exitCodes.stopped : exitCode === 0 ? exitCodes.software : exitCode;
}
