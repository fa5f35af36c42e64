/** PURE. A worker, a mule or a spooler that a spawner was asked to fork, as the master knows it. */
import type { Want } from '../../systemd/limits.ts';
import type { WorkerEnd } from './cgroups.ts';
import type { ChildEnd } from './spawn.ts';

export interface ForkedWorker {
  readonly token: string;
  pid: number | undefined;
  /** What it has said itself. Its spawner may be lost before it reports the fork. */
  startedPid: number | undefined;
  /** The master has killed it. */
  isKilled: boolean;
  /** Its spawner has ended: the master is its parent now. */
  isOrphan: boolean;
  /** It has said what the system refused it; it ends after that. */
  want: Want | undefined;
}

export function forkedWorker(token: string): ForkedWorker {
  return {
    ...{ token, pid: undefined, startedPid: undefined, want: undefined },
    ...{ isKilled: false, isOrphan: false },
  };
}

/** It has come so far as to say its pid. */
export function noteStart(worker: ForkedWorker | undefined, pid: number): void {
  if (worker === undefined) return;
  worker.startedPid = pid;
  if (worker.isOrphan) worker.pid ??= pid;
}

/** Its spawner has ended. Without a pid it would be given up, and its end never be seen. */
export function becomeOrphan(worker: ForkedWorker): void {
  worker.isOrphan = true;
  worker.pid ??= worker.startedPid;
}

export function howEnded({ signal }: ChildEnd, { isKilled }: ForkedWorker): WorkerEnd {
  if (signal <= 0) return 'exited';
  return isKilled ? 'killed' : 'crashed';
}
