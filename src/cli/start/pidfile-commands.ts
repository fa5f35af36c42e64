/**
 * `reeve --stop FILE`, `--reload FILE`, `--suspend FILE`, `--resume FILE`: signals the master that
 * a pidfile names, if it is one.
 *
 * A pidfile may be stale, and its pid by now somebody else's process. So a signal is sent only
 * where the file is locked by a living process that is called reeve; a command that sends no
 * signal reports why, and ends with 1.
 */
import { writeSync } from 'node:fs';

import { inspectPidfile, nameOf } from '../../base/files/pidfile.ts';

export type PidfileCommand = 'stop' | 'reload' | 'suspend' | 'resume';

/**
 * SIGQUIT, because it stops whatever `die-on-term` says, and because a second one changes nothing,
 * while a second SIGINT would end the mercy.
 */
const signals: Readonly<Record<PidfileCommand, NodeJS.Signals>> = {
  stop: 'SIGQUIT',
  reload: 'SIGHUP',
  suspend: 'SIGTSTP',
  resume: 'SIGCONT',
};

const COMM = 'reeve';
const FAILED = 1;

/** Signals and returns, as uWSGI does; resolves to the exit code, 0 or 1. */
export async function runPidfileCommand(command: PidfileCommand, path: string): Promise<number> {
  const found = masterOf(path);
  if (typeof found === 'string') return refuse(command, found);
  try {
    process.kill(found, signals[command]);
    return 0;
  } catch (error) {
    const isForbidden = error instanceof Error && 'code' in error && error.code === 'EPERM';
    if (isForbidden) return refuse(command, `you may not signal the master (pid ${found})`);
    return refuse(command, `the master (pid ${found}) has just ended`);
  }
}

/** The pid of the master, or why there is none. */
function masterOf(path: string): number | string {
  const state = inspectPidfile(path);
  switch (state.kind) {
    case 'unreadable':
      return `the pidfile cannot be read: ${state.why}`;
    case 'no-pid':
      return `${path} holds no pid${state.isHeld ? ' yet' : ': nothing is running with it'}`;
    case 'stale': {
      const name = nameOf(state.pid);
      if (name !== undefined && name !== COMM) {
        return `${path} names pid ${state.pid}, which is ${name} and not reeve`;
      }
      return `${path} is stale: no process holds it any more (it says pid ${state.pid})`;
    }
    case 'foreign':
      return `${path} names pid ${state.pid}, but it is held by pid ${state.holder}`;
    case 'held': {
      const name = nameOf(state.pid);
      if (name === undefined)
        return `${path} names pid ${state.pid}, and no such process runs here`;
      if (name === COMM) return state.pid;
      return `${path} names pid ${state.pid}, which is ${name} and not reeve`;
    }
    default:
      return state satisfies never;
  }
}

function refuse(command: PidfileCommand, why: string): number {
  writeSync(2, `reeve: --${command}: ${why}; no signal was sent\n`);
  return FAILED;
}
