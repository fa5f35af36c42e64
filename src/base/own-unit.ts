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
    return ''; // Without /proc nobody knows.
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

/** blog of reeve@blog.service, which is a unit of ours; undefined for any other. */
export function ownInstance(unit: string): string | undefined {
  return /^reeve@(.+)\.service$/.exec(unit)?.[1];
}
