/**
 * The log writer: the one process that writes to the targets of loggers.
 *
 * What all processes log comes through one pipe, request lines through another where they have
 * loggers of their own. This process reads whatever comes and keeps up to a limit for each target,
 * so that a target that hangs holds up nobody. It ends when all that could write have ended, and
 * has then written what there was; signals mean nothing to it.
 */
import { constants as system } from 'node:os';

import { createClocks } from '../../base/clock.ts';
import { ignoreSignal, setComm } from '../../base/libc.ts';
import { waitForTurn } from '../../base/scheduling.ts';
import { ControlStream } from '../../control/control-stream.ts';
import { CONTROL_FD } from '../../protocol/control-messages.ts';
import type { FromWriter, ToWriter, WriterSettings } from '../loggers/writer-messages.ts';
import { escapeInJson } from '../log-line.ts';
import { readLines, type LineSource } from './line-source.ts';
import { lineStream } from './line-stream.ts';
import { makeTargets, type Targets } from './targets.ts';

/** How long what is left is read after the master has gone: a program may hold the pipe open. */
const ORPHAN_MS = 5_000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) {
  process.on(signal, () => undefined);
}
// A file at its size limit (RLIMIT_FSIZE) is an error of that write, and no reason to die.
ignoreSignal(system.signals.SIGXFSZ);
waitForTurn();

const clocks = createClocks();
let targets: Targets | undefined;
const control = new ControlStream<ToWriter, FromWriter>(CONTROL_FD, take, () => {
  clocks.after(ORPHAN_MS, () => void leave());
});

function take(message: ToWriter): void {
  switch (message.type) {
    case 'settings':
      void start(message);
      return;
    case 'ping':
      return control.tell({ type: 'alive', dropped: targets?.dropped ?? 0 });
    case 'reopen':
      return targets?.reopen();
    case 'rotate':
      return targets?.rotate();
    default:
      message satisfies never;
  }
}

async function start(settings: WriterSettings): Promise<void> {
  process.title = settings.title;
  setComm('reeve');
  const { plan, serverFd, requestFd } = settings;
  const made = makeTargets(settings, {
    clocks,
    problem: (sentence) => {
      control.tell({ type: 'problem', sentence });
      // The logger that has the problem may be the only one that would show it.
      const isElsewhere = plan.server.loggers.some(({ name }) => name === '');
      if (isElsewhere) targets?.main.write(Buffer.from(problemLine(sentence, settings.isJson)));
    },
    rotated: (file, backup, bytes) => control.tell({ type: 'rotated', file, backup, bytes }),
  });
  targets = made;
  const common = { targetOf: made.of, main: made.main, nowMs: clocks.dateMs };
  const sources: LineSource[] = [];
  const server = await lineStream({ ...common, plan: plan.server });
  const requests =
    plan.requests === undefined ? undefined : await lineStream({ ...common, plan: plan.requests });
  sources.push(readLines(serverFd, clocks, server));
  if (requests !== undefined) sources.push(readLines(requestFd, clocks, requests));
  control.tell({ type: 'ready' });
  await Promise.all(sources.map(({ ended }) => ended));
  await leave();
}

function problemLine(sentence: string, isJson: boolean): string {
  if (!isJson) return `reeve: ${sentence}\n`;
  const time = new Date(clocks.dateMs()).toISOString();
  const record = { level: 'error', time, role: 'log', event: 'log.problem', msg: sentence };
  return `${escapeInJson(JSON.stringify(record))}\n`;
}

async function leave(): Promise<never> {
  await targets?.flush();
  process.exit(0);
}
