/**
 * Which limit it was when the system refused a process, a thread or a descriptor: the error alone
 * tells none of them. What limits processes and threads is looked up: the control group (TasksMax=
 * of a unit), the user (RLIMIT_NPROC), the machine.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { fileLimits } from '../base/descriptors.ts';
import { serviceOf } from './cgroup-text.ts';
import { groupDirectoriesOf } from './group-directories.ts';
import { isFull, limitOfTasks, tasksOf, type TaskCount } from './limit-text.ts';

const unknownLimit =
  'a limit of processes and threads is reached (TasksMax= of the unit, pids.max of a control group above, kernel.threads-max or kernel.pid_max)';

/** The errors that mean "not now", and not "never so": what was refused is tried again. */
const WANTS = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'] as const;
export type Want = (typeof WANTS)[number];

/** The error as one of those; undefined for any other. */
export function wantNamed(code: string | undefined): Want | undefined {
  return WANTS.find((want) => want === code);
}

/** What was refused, the error, and the limit that was reached, as far as it can be seen. */
export function refusedInWords(what: string, want: Want): string {
  return `${what} (${want}): ${limitOf(want)}`;
}

function limitOf(want: Want): string {
  switch (want) {
    case 'EAGAIN':
      return taskLimit();
    case 'EMFILE':
      return `a process may have ${fileLimits().soft} open files (max-fd, LimitNOFILE= of the unit), unless the application has lowered that`;
    case 'ENFILE':
      return 'the machine has no more open files to give (fs.file-max)';
    case 'ENOMEM':
      return 'there is not enough memory (limit-as, MemoryMax= of the unit, vm.overcommit_memory, or the machine itself)';
    default:
      return want satisfies never;
  }
}

/** One that is reached now; else one that has been, as what was refused may have given room. */
function taskLimit(): string {
  const groups = limitedGroups();
  const user = userLimit();
  const machine = machineLimits();
  const [most] = [
    ...groups.filter(isFull).map(groupInWords),
    ...(user === undefined || !isFull(user) ? [] : [userInWords(user)]),
    ...machine.filter(isFull).map(machineInWords),
    ...groups.filter(({ hits }) => hits > 0).map(groupInWords),
    ...(user === undefined ? [] : [userInWords(user)]),
  ];
  return most ?? unknownLimit;
}

interface LimitedGroup extends TaskCount {
  readonly directory: string;
  readonly service: string;
}

/** The control groups that this process is in and that have a limit, the innermost first. */
function limitedGroups(): readonly LimitedGroup[] {
  return groupDirectoriesOf('self', 'pids').flatMap((directory) => {
    const count = tasksOf((name) => textOf(join(directory, name)));
    return count === undefined ? [] : [{ ...count, directory, service: serviceOf(directory) }];
  });
}

function groupInWords({ directory, service, current, max }: LimitedGroup): string {
  const which = directory.endsWith(`/${service}`)
    ? `TasksMax= of ${service}, which is pids.max of ${directory}`
    : `pids.max of ${directory}`;
  return `the control group may have ${max} processes and threads, and has ${current} (${which})`;
}

interface UserCount extends Pick<TaskCount, 'current' | 'max'> {
  readonly uid: number;
}

/** RLIMIT_NPROC counts all threads of the user; root has no such limit. */
function userLimit(): UserCount | undefined {
  const uid = process.getuid?.() ?? 0;
  const isRoot = uid === 0 && /^\s*0\s+0\s+4294967295$/m.test(textOf('/proc/self/uid_map') ?? '');
  const max = limitOfTasks(textOf('/proc/self/limits') ?? '');
  return isRoot || max === undefined ? undefined : { uid, max, current: threadsOf(uid) };
}

function userInWords({ uid, max, current }: UserCount): string {
  return `user ${uid} may have ${max} processes and threads, and has ${current} (LimitNPROC= of the unit, ulimit -u)`;
}

function threadsOf(uid: number): number {
  let count = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = textOf(`/proc/${name}/status`) ?? '';
    if (!new RegExp(`^Uid:\\s+${uid}\\s`, 'm').test(status)) continue;
    count += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 1);
  }
  return count;
}

interface MachineCount extends Pick<TaskCount, 'current' | 'max'> {
  readonly name: string;
}

/** /proc/loadavg has how many threads the machine has: "0.25 0.28 1.63 2/345 7611". */
function machineLimits(): readonly MachineCount[] {
  const current = Number(/\/(\d+)/.exec(textOf('/proc/loadavg') ?? '')?.[1] ?? 0);
  return ['threads-max', 'pid_max'].map((name) => {
    const max = Number(textOf(`/proc/sys/kernel/${name}`) ?? Infinity);
    return { name, max, current };
  });
}

function machineInWords({ name, max, current }: MachineCount): string {
  return `the machine may have ${max} processes and threads, and has ${current} (kernel.${name})`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
