/** Reports each master that runs older code and that `reeve upgrade` may not restart. */
import { readFileSync, readlinkSync, statSync } from 'node:fs';

import { namesIn, runningInstances } from '../instances/instances.ts';
import { keptFolder } from '../process/own-program.ts';
import { keptMasters, otherMasterSentence } from './upgrade-plan.ts';
import { version } from '../process/version.ts';
import { write } from '../process/write.ts';

import type { KeptProcess } from './upgrade-plan.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Known {
  /** Instances in units of ours. */
  readonly pids: ReadonlySet<number>;
  /** Those of them that were reported already, or that run this code. */
  readonly told: ReadonlySet<number>;
}

/** Returns how many were named, and how many others run this version. */
export async function reportOtherMasters(
  { pids, told }: Known,
  binary: string,
  environment: Environment,
): Promise<{ readonly named: number; readonly current: number }> {
  const named = new Set<number>();
  let current = 0;
  const name = (instance: { name: string; pid: number; version: string }): boolean => {
    const sentence = otherMasterSentence({ ...instance, unit: unitOf(instance.pid) }, { version });
    if (sentence === undefined) return false;
    write(2, `reeve: ${sentence}\n`);
    named.add(instance.pid);
    return true;
  };
  const { answering } = await runningInstances(environment);
  for (const each of answering.filter(({ pid }) => !pids.has(pid))) if (!name(each)) current++;
  for (const { pid, version: runs } of keptMasters(keptProcesses(binary), process.execPath)) {
    if (told.has(pid) || named.has(pid)) continue;
    const old = runs === version ? `another build of ${version}` : runs;
    name({ name: unitOf(pid) || 'an instance', pid, version: old });
  }
  return { named: named.size, current };
}

/** Those whose Node is one that the package has kept: this machine's file, not a container's. */
function keptProcesses(binary: string): readonly KeptProcess[] {
  const folder = keptFolder(binary);
  if (folder === undefined) return [];
  return namesIn('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const executable = readlinkSync(`/proc/${name}/exe`);
      if (!executable.startsWith(`${folder}/`)) return [];
      const [seen, own] = [statSync(`/proc/${name}/exe`), statSync(executable)];
      if (seen.ino !== own.ino || seen.dev !== own.dev) return [];
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const parent = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1] ?? 0);
      return [{ pid: Number(name), parent, executable }];
    } catch {
      // It has ended meanwhile, or is the kernel's own.
      return [];
    }
  });
}

/** The service of the machine that a process is in; those of a user's own systemd are not told. */
function unitOf(pid: number): string {
  const inSystem = /^\d+:(?:name=systemd)?:\/system\.slice\/(?:[^/]+\.slice\/)*([^/]+)\.service/m;
  try {
    return inSystem.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '';
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
