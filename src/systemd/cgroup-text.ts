/**
 * PURE. What the kernel's files say of control groups (cgroups(7), version 2; of version 1 only
 * where the groups of a controller are).
 */
import { posix } from 'node:path';

/** Where version 2 is mounted, and which group of it stands at the mount point. */
export interface CgroupMount {
  readonly mountPoint: string;
  readonly root: string;
}

export type Controller = 'pids' | 'memory' | 'cpu';

/** From /proc/self/mountinfo; undefined where version 2 is not mounted. */
export function cgroupMount(mountinfo: string): CgroupMount | undefined {
  return mountOf(mountinfo, (filesystem) => filesystem.startsWith('cgroup2 '));
}

/** Where a controller has its groups, by version 2 and by version 1: the mount, and the group. */
export function hierarchyOf(
  controller: Controller,
  mountinfo: string,
  cgroups: string,
): readonly { readonly mount: CgroupMount; readonly group: string }[] {
  const lines = cgroups.split('\n');
  const first = lines
    .find((line) => new RegExp(`^\\d+:([^:]*,)?${controller}[,:]`).test(line))
    ?.replace(/^\d+:[^:]*:/, '');
  const options = new RegExp(`^cgroup .*[ ,]${controller}(,|$)`);
  const mount = mountOf(mountinfo, (text) => options.test(text));
  return [
    { mount: cgroupMount(mountinfo), group: ownGroup(cgroups) },
    { mount, group: first },
  ].flatMap((each) =>
    each.mount === undefined || each.group === undefined
      ? []
      : [{ mount: each.mount, group: each.group }],
  );
}

/** The first mount whose "type source options" are as wanted. */
function mountOf(mountinfo: string, isWanted: (text: string) => boolean): CgroupMount | undefined {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '', mountPoint = ''] = before.split(' ');
    if (isWanted(after)) return { root: unescaped(root), mountPoint: unescaped(mountPoint) };
  }
  return undefined;
}

/** From /proc/self/cgroup: the process's group of version 2, "/system.slice/blog.service". */
export function ownGroup(cgroups: string): string | undefined {
  const line = cgroups.split('\n').find((each) => each.startsWith('0::/'));
  return line?.slice('0::'.length);
}

/** The service that a group belongs to, "blog.service"; '' where there is none. */
export function serviceOf(group: string): string {
  return group.split('/').findLast((name) => name.endsWith('.service')) ?? '';
}

/** A group's directory; undefined where the mount does not show it. */
export function groupDirectory(
  group: string,
  { root, mountPoint }: CgroupMount,
): string | undefined {
  const below = posix.relative(root, group);
  if (below === '..' || below.startsWith('../')) return undefined;
  return posix.join(mountPoint, below);
}

/** The pids of a cgroup.procs; those of other namespaces, which are 0, are left out. */
export function pidsOf(procs: string): readonly number[] {
  return procs
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** Whether cgroup.controllers names this one. */
export function hasController(controllers: string, name: string): boolean {
  return controllers.split(/\s+/).includes(name);
}

/** From memory.events: how many processes of the group were killed for want of memory. */
export function oomKills(events: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
}

/** mountinfo writes a space as \040. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  );
}
