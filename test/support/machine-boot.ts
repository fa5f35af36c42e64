/**
 * Boots a machine with a real systemd for the tests, and ends it.
 *
 * It is a container: systemd-nspawn on a root directory that is built once per Debian release and
 * kept outside of the checkout. It shares the network with this machine, so that tests reach it by
 * port as they reach any daemon. It ends with the process that booted it, however that one ends.
 */

import { execFile, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { repository } from './interpreters.ts';
import { packagesForTests } from './packages.ts';
import type { Packages } from './packages.ts';
import { family, isAlive, processInfo } from './processes.ts';
import { until } from './until.ts';

/** Debian's releases, by the version of systemd that each has. */
export const systemdVersions = { bookworm: 252, trixie: 257 } as const;
export type Suite = keyof typeof systemdVersions;
/** What a machine is for: Reeve from the checkout, or its packages, in a root without Reeve. */
export type Use = 'checkout' | 'package';
export const suites: readonly Suite[] = ['bookworm', 'trixie'];

export interface BootedMachine {
  readonly suite: Suite;
  /** Its first process, as this machine numbers it. */
  readonly leader: number;
  readonly stop: () => Promise<void>;
}

const running = new Set<Booting>();
process.on('exit', () => {
  for (const { child, name } of running) {
    child.kill('SIGKILL');
    // They are empty when its last process is gone, a moment later.
    for (let attempt = 0; attempt < 20 && !removeCgroups(name); attempt += 1) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
});

interface Booting {
  readonly suite: Suite;
  readonly name: string;
  readonly child: ChildProcess;
  /** What booting says; the file has no name any more. */
  readonly outputFd: number;
}

/** It takes one second on an idle machine. */
const bootLimitMs = 120_000;

/** Boots one, or returns in a sentence why this machine cannot. */
export async function bootMachine(
  suite: Suite,
  use: Use = 'checkout',
): Promise<BootedMachine | string> {
  const why = missing();
  if (why !== undefined) return why;
  const root = rootOf(suite, use);
  const recipe = path.join(repository, 'test/support/machine-root.sh');
  try {
    await promisify(execFile)(recipe, [suite, root, use]);
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return `mmdebstrap cannot build Debian ${suite}: ${said}`;
  }
  const packages = use === 'package' ? await packagesForTests() : undefined;
  return typeof packages === 'string' ? packages : await boot(suite, root, packages);
}

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'it takes root to boot a machine with systemd';
  const tools = ['mmdebstrap', 'systemd-nspawn', 'nsenter', 'unshare', 'setpriv', 'flock'];
  const absent = tools.filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (absent.length > 0) return `${absent.join(', ')} not found (make setup-test installs them)`;
  if (!fs.existsSync(path.join(repository, 'dist/reeve'))) return 'Reeve is not built (make build)';
  return undefined;
}

/** Where its root directory is kept. */
function rootOf(suite: Suite, use: Use): string {
  const recipe = fs.readFileSync(path.join(repository, 'test/support/machine-root.sh'));
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 12);
  const cache = process.env['XDG_CACHE_HOME'] ?? '/var/cache';
  return path.join(cache, 'reeve-test', `${use === 'package' ? 'package-' : ''}${suite}-${hash}`);
}

async function boot(
  suite: Suite,
  root: string,
  packages: Packages | undefined,
): Promise<BootedMachine | string> {
  const name = `reeve-${suite}-${randomUUID().slice(0, 8)}`;
  const script = path.join(repository, 'test/support/machine-boot.sh');
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
  const log = path.join(os.tmpdir(), `${name}.log`);
  const outputFd = fs.openSync(log, 'w+');
  fs.unlinkSync(log);
  const source = packages === undefined ? ['checkout', repository] : ['package', packages.folder];
  // The kernel kills unshare with this process, and the whole pid namespace with unshare.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', script, root, name, ...source],
    { stdio: ['ignore', outputFd, outputFd], detached: true },
  );
  child.unref();
  const machine = { suite, name, child, outputFd };
  running.add(machine);
  try {
    return await booted(machine);
  } catch (error) {
    const said = Buffer.alloc(100_000);
    const length = fs.readSync(outputFd, said, 0, said.length, 0);
    const last = said.toString('utf8', 0, length).trim().split('\n').slice(-3).join(' | ');
    await end(machine);
    return `${error instanceof Error ? error.message : String(error)}; it said: ${last}`;
  }
}

async function booted(machine: Booting): Promise<BootedMachine> {
  const { child, suite } = machine;
  const limit = { timeoutMs: bootLimitMs, everyMs: 50 };
  const found = await until(
    'the machine has a first process',
    () => leaderBelow(child.pid ?? 0) ?? (child.exitCode === null ? undefined : 'none'),
    limit,
  );
  if (found === 'none') throw new Error(`booting ended with ${child.exitCode}`);
  await until(
    'the machine has booted',
    () => /running|degraded/.test(commandIn(found, 'systemctl is-system-running')),
    limit,
  );
  commandIn(found, 'systemd-sysusers; systemd-tmpfiles --create; journalctl --update-catalog');
  return { suite, leader: found, stop: () => end(machine) };
}

/** The child of systemd-nspawn that becomes the machine's systemd. */
function leaderBelow(pid: number): number | undefined {
  return family(pid).find(
    (info) => info.comm === 'systemd' && processInfo(info.parent)?.comm === 'systemd-nspawn',
  )?.pid;
}

/** What a short command says in there; '' when it does not end. */
function commandIn(leader: number, command: string): string {
  const words = ['--target', String(leader), '--all', 'sh', '-c', command];
  return spawnSync('nsenter', words, { encoding: 'utf8', timeout: 30_000 }).stdout;
}

/** Kills all of it, and removes what the kernel keeps: its empty cgroups. */
async function end(machine: Booting): Promise<void> {
  const members = family(machine.child.pid ?? 0).map((info) => info.pid);
  machine.child.kill('SIGKILL');
  await until('the machine has ended', () => !members.some(isAlive));
  await until('its cgroups are gone', () => removeCgroups(machine.name));
  fs.closeSync(machine.outputFd);
  running.delete(machine);
}

function removeCgroups(name: string): boolean {
  const remove =
    'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup || exit 0; ' +
    `[ ! -d /sys/fs/cgroup/${name} ] || find /sys/fs/cgroup/${name} -depth -type d -exec rmdir {} +`;
  const run = spawnSync('unshare', ['--mount', 'sh', '-c', remove], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  // Where a mount namespace is refused there was no machine either.
  return run.status === 0 || run.stderr.startsWith('unshare:');
}
