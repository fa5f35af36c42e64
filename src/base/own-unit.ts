/**
 * Which unit of systemd this process runs in.
 *
 * The control group has its name; the master may have moved into one below it. Without
 * INVOCATION_ID it is another's: that of a login, or of a service that started a shell.
 */
import { readFileSync } from 'node:fs';

/** Such as "reeve@blog.service"; '' outside of a service. */
export function ownUnit(environment: Readonly<Record<string, string | undefined>>): string {
  if ((environment['INVOCATION_ID'] ?? '') === '') return '';
  try {
    return unitInCgroups(readFileSync('/proc/self/cgroup', 'utf8'));
  } catch {
    return ''; // Without /proc it cannot be known.
  }
}

/** The service named last in /proc/self/cgroup, in the hierarchy that systemd keeps. */
export function unitInCgroups(text: string): string {
  const services = text
    .split('\n')
    .filter((line) => /^\d+:(name=systemd)?:/.test(line))
    .flatMap((line) => line.split('/').filter((part) => part.endsWith('.service')));
  // systemd puts a `_` before a name that the kernel would take for a file of its own.
  return (services.at(-1) ?? '').replace(/^_/, '');
}

/**
 * The unit that was started as this process (or as its parent, which put it into the background):
 * '' for a process that only runs somewhere in a unit, as one of a cron job does. systemd before
 * 248 does not name the process, but it is the parent of it.
 */
export function startedAsUnit(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
  parentPid: number,
): string {
  const { SYSTEMD_EXEC_PID: started } = environment;
  const isStarted =
    started === undefined ? parentPid === 1 : [pid, parentPid].includes(Number(started));
  const unit = isStarted ? ownUnit(environment) : '';
  return /^user@\d+\.service$/.test(unit) ? '' : unit;
}

/** blog of reeve@blog.service, which is a unit of ours; undefined for any other. */
export function ownInstance(unit: string): string | undefined {
  return /^reeve@(.+)\.service$/.exec(unit)?.[1];
}

/** Whether /tmp is a unit's own (PrivateTmp=); systemd keeps it in /tmp/systemd-private-ID. */
export function isTmpPrivate(): boolean {
  try {
    return isPrivateIn(readFileSync('/proc/self/mountinfo', 'latin1'));
  } catch {
    return false; // Without /proc it cannot be known.
  }
}

/** PURE. The same, of the text of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export function isPrivateIn(mountinfo: string): boolean {
  const mount = mountinfo
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, , , , point]) => point === '/tmp');
  return mount?.[3]?.includes('/systemd-private-') ?? false;
}
