/**
 * A control group with a limit on processes and threads, for a daemon to run in. The limit can be
 * changed while it runs: one that is below the count lets live what is there, and nothing start.
 */
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';

/** Where the kernel counts them: version 1 has a hierarchy for it, version 2 one for all. */
const mount = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].find(isUsable);

/** Why this machine cannot limit them; false where it can. */
export const noTaskLimit =
  process.getuid?.() !== 0
    ? 'needs root'
    : mount === undefined && 'needs a control group that counts processes';

const groups: TaskLimit[] = [];
after(() => groups.splice(0).forEach((group) => group.remove()));

export class TaskLimit {
  readonly directory: string;

  constructor(max: number) {
    this.directory = path.join(mount ?? '', `reeve-test-${process.pid}-${groups.length}`);
    fs.mkdirSync(this.directory);
    groups.push(this);
    this.setMax(max);
  }

  /** What runs a command in the group: for `DaemonOptions.wrapper`. */
  get wrapper(): readonly string[] {
    return ['sh', '-c', `echo $$ > ${this.directory}/cgroup.procs && exec "$@"`, 'sh'];
  }

  setMax(max: number): void {
    fs.writeFileSync(path.join(this.directory, 'pids.max'), String(max));
  }

  /** From now on nothing can be started. */
  close(): void {
    this.setMax(1);
  }

  get current(): number {
    return Number(this.#read('pids.current'));
  }

  /** Ends what is left in it. */
  remove(): void {
    for (let tries = 0; tries < 100; tries += 1) {
      for (const pid of this.#read('cgroup.procs').split('\n').filter(Boolean)) {
        try {
          process.kill(Number(pid), 'SIGKILL');
        } catch {
          // It has ended meanwhile.
        }
      }
      try {
        return fs.rmdirSync(this.directory);
      } catch {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); // They are ending.
      }
    }
  }

  #read(name: string): string {
    return fs.readFileSync(path.join(this.directory, name), 'utf8');
  }
}

/** Whether a group that is made there has a limit. */
function isUsable(directory: string): boolean {
  const probe = path.join(directory, `reeve-test-${process.pid}`);
  try {
    fs.mkdirSync(probe);
  } catch {
    return false;
  }
  const has = fs.existsSync(path.join(probe, 'pids.max'));
  fs.rmdirSync(probe);
  return has;
}
