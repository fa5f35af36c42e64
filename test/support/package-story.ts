/**
 * Stories of Reeve's packages, told on machines that have no Reeve: each starts without it, and
 * with nothing of it left by the one before.
 */

import assert from 'node:assert/strict';

import { machineStory } from './machine.ts';
import type { Machine, MachineStoryOptions } from './machine.ts';
import { packageFiles } from './packages.ts';

/** No mirror is asked: what the package needs is there, or it is not installed. */
const apt = 'DEBIAN_FRONTEND=noninteractive unshare --net apt-get -q -y';

export function packageStory(
  title: string,
  tell: (machine: Machine) => Promise<void>,
  options: MachineStoryOptions = {},
): void {
  const start = async (machine: Machine): Promise<void> => {
    await removeEverything(machine);
    await tell(machine);
    await removeEverything(machine);
  };
  machineStory(title, start, { timeoutMs: 180_000, ...options, use: 'package' });
}

/** Whatever is installed, in whatever state. */
async function removeEverything(machine: Machine): Promise<void> {
  await machine.must(
    'if dpkg -s reeve >/dev/null 2>&1; then dpkg --purge --force-all reeve || ' +
      '{ rm -f /var/lib/dpkg/info/reeve.*inst /var/lib/dpkg/info/reeve.*rm; dpkg --purge reeve; }; fi; ' +
      'if command -v rpm >/dev/null && rpm -q reeve >/dev/null 2>&1; then rpm --erase reeve; fi',
  );
}

/** Installs a package, or another version of it; returns what was said. */
export function install(machine: Machine, file: keyof typeof packageFiles): Promise<string> {
  const downgrade = '--allow-downgrades';
  return machine.must(`${apt} install ${downgrade} /packages/${packageFiles[file]}`);
}

export function remove(machine: Machine, how: 'remove' | 'purge'): Promise<string> {
  return machine.must(`${apt} ${how} reeve`);
}

/** The version of the master of an instance, as `reeve status` says it. */
export async function versionOf(machine: Machine, name: string): Promise<string | undefined> {
  return /Reeve (\S+),/.exec(await machine.must(`reeve status ${name}`))?.[1];
}

/** No process runs anything of the package's, whatever it calls itself. */
export async function nothingRuns(machine: Machine): Promise<void> {
  const left = await machine.must(
    'for pid in /proc/[0-9]*; do readlink $pid/exe || true; done 2>/dev/null | ' +
      'grep /usr/lib/reeve || true',
  );
  assert.equal(left, '');
}
