/** What processes use of processors, from /proc, and what others take of the machine. */
import { readFileSync, readdirSync } from 'node:fs';

/** A process and all that descend from it. */
export function family(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(statOf(Number(name))[1]));
  }
  const isBelow = (each: number | undefined): boolean =>
    each !== undefined && each > 1 && (each === pid || isBelow(parents.get(each)));
  return [...parents.keys()].filter((each) => isBelow(each));
}

/** In the order in which they are shown. */
const roles = ['gateway', 'workers', 'master'] as const;
export type Role = (typeof roles)[number];
export type PerRole = Readonly<Record<Role, number>>;

/**
 * What a process of a server does: uWSGI's router is its gateway, the spawner belongs to the
 * master. Peers without a process between client and application have no gateway.
 */
function roleOf(pid: number, root: number): Role {
  const title = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
  if (/^(reeve http|uWSGI http)/.test(title)) return 'gateway';
  return pid === root || title.startsWith('reeve spawner') ? 'master' : 'workers';
}

/** A figure of each process, as sums by what the processes do. */
export function byRole(root: number, of: (pid: number) => number): PerRole {
  const sums = { gateway: 0, workers: 0, master: 0 };
  for (const pid of family(root)) sums[roleOf(pid, root)] += of(pid);
  return sums;
}

export function sum(figures: PerRole): number {
  return roles.reduce((all, role) => all + figures[role], 0);
}

/** What `later` has more than `earlier`, times `factor`. */
export function differenceOf(earlier: PerRole, later: PerRole, factor: number): PerRole {
  const of = (role: Role): number => (later[role] - earlier[role]) * factor;
  return { gateway: of('gateway'), workers: of('workers'), master: of('master') };
}

/** The kernel's unit of processor time in /proc. */
const ticksPerSecond = 100;

/** Seconds of processor time that the processes of a server have used. */
export function secondsByRole(root: number): PerRole {
  return byRole(root, (pid) => secondsOf(statOf(pid)));
}

/**
 * Begins to watch the machine. Its result tells how many processors everything but this process and
 * its children has used on average since, waits for disks and a host's other guests included.
 */
export function watchOthers(): () => number {
  const [startMs, busy, ours] = [performance.now(), busySeconds(), ownSeconds()];
  return () => {
    const seconds = (performance.now() - startMs) / 1000;
    const others = busySeconds() - busy - (ownSeconds() - ours);
    return Math.max(0, others / seconds);
  };
}

function busySeconds(): number {
  const fields = /^cpu +(.*)$/m.exec(read('/proc/stat'))?.[1]?.split(' ').map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields;
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond;
}

/** Of all that this process has started: children that have ended are in its own count. */
function ownSeconds(): number {
  const own = statOf(process.pid);
  const ofEnded = (Number(own[13] ?? 0) + Number(own[14] ?? 0)) / ticksPerSecond;
  return family(process.pid).reduce((all, pid) => all + secondsOf(statOf(pid)), ofEnded);
}

function secondsOf(fields: readonly string[]): number {
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond;
}

/** The fields of /proc/PID/stat behind the name: the state is the first. */
function statOf(pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // The process has ended meanwhile.
  }
}
