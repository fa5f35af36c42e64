/** Logs where a process hangs that has not finished its start: the Python stacks of its threads. */
import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import { readAllStacks } from '../../stacks/stacks.ts';
import type { ImportStacks } from '../../stacks/stacks.ts';
import type { SlowStart } from '../../supervision/events.ts';

export interface ShowStacksParts {
  readonly logger: Logger;
  readonly timers: Timers;
  /** The process has not finished its start meanwhile. */
  readonly isStillSlow: () => boolean;
}

/** Logs the stacks of the process `pid`; undefined: its pid is not known. */
export async function showStacks(
  slow: SlowStart,
  pid: number | undefined,
  { logger, timers, isStillSlow }: ShowStacksParts,
): Promise<void> {
  const { generation, worker, waitedMs, startTimeoutMs, isLast, isImporting } = slow;
  const how = isLast ? 'ask-python' : 'look';
  const none = { kind: 'none', reason: 'its process has not been started' } as const;
  const stacks = pid === undefined ? none : await readAllStacks(pid, how, timers);
  if (!isStillSlow()) return;
  const who = worker === undefined ? '' : ` in worker ${worker.slot}`;
  const waited = isImporting
    ? `the application has not loaded after ${seconds(waitedMs)} s${who}`
    : `worker ${worker?.slot ?? 0} has not begun to work ${seconds(waitedMs)} s after its fork`;
  const end = `it is ended after ${seconds(startTimeoutMs)} s (start-timeout)`;
  const fields = { generation, pid: pid ?? 0, seconds: seconds(waitedMs) };
  const slot = worker === undefined ? {} : { slot: worker.slot };
  const level = isLast ? 'error' : 'warn';
  const sentence = `${waited}; ${end}; ${inWords(stacks)}`;
  logger[level]('application.slow', { ...fields, ...slot }, sentence);
}

function inWords(stacks: ImportStacks): string {
  if (stacks.kind === 'none') return `its Python stacks could not be read: ${stacks.reason}`;
  const inC =
    'its main thread is in C code, called by the first line below, that does not return to Python; ';
  const where = stacks.isAnswering ? '' : inC;
  return `${where}its Python stacks, the innermost call first:\n${stacks.text}`;
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
