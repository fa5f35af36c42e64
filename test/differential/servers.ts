/** Reeve and the real uwsgi, started in the same way, so that their behaviour can be compared. */

import { spawnSync } from 'node:child_process';

import { reeveBinary } from '../support/daemon.ts';
import type { Daemon, DaemonOptions } from '../support/daemon.ts';
import type { Place } from '../support/place.ts';
import { family, isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';

export type ServerName = 'uwsgi' | 'reeve';

export const MASTER = 'master = true';

const programs: Readonly<Record<ServerName, readonly string[]>> = {
  uwsgi: ['uwsgi', '--plugin', 'python3,http'],
  reeve: [reeveBinary, '--python', '/usr/bin/python3'],
};

/** Why the comparison cannot be made here, or false. */
export const cannotCompare =
  spawnSync('uwsgi', ['--plugin', 'python3,http', '--version']).status !== 0 &&
  'there is no uwsgi with the plugins python3 and http';

/** Starts it (unless told otherwise: until it answers) with the interpreter that uwsgi has too. */
export async function startServer(
  name: ServerName,
  place: Place,
  options: DaemonOptions,
): Promise<Daemon> {
  const wait = options.wait ?? 'serving';
  const daemon = await place.start({
    ...options,
    program: programs[name],
    wait: wait === 'serving' ? 'nothing' : wait,
  });
  if (wait === 'serving') {
    await until(
      `${name} answers or exits`,
      async () => {
        if (daemon.hasExited) return true;
        // uwsgi's router closes the connection where Reeve answers 500: it serves all the same.
        return daemon.get('/', { timeoutMs: 5000 }).catch((error: unknown) => {
          if (/without an answer/.test(String(error))) return true;
          throw error;
        });
      },
      { timeoutMs: 60_000 },
    );
    if (daemon.hasExited) throw new Error(`${name} exited, with ${await daemon.exitCode()}`);
  }
  return daemon;
}

/**
 * Stops it. uwsgi forgets a worker that it was told to stop while it was starting, and then waits
 * for its mercy of a minute: what is left of its workers a second later is killed. So is what it
 * leaves behind, as commands of cron.
 */
async function endServer(name: ServerName, daemon: Daemon): Promise<void> {
  const others = (): readonly number[] =>
    family(daemon.masterPid)
      .map(({ pid }) => pid)
      .filter((pid) => pid !== daemon.masterPid);
  const before = name === 'reeve' ? [] : others();
  const hurry = setTimeout(() => {
    if (name === 'uwsgi' && !daemon.hasExited) killAll(others());
  }, 1000);
  await daemon.stop();
  clearTimeout(hurry);
  killAll(before);
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

/** Runs `look` while the server runs with these options. */
export async function whileServing<T>(
  name: ServerName,
  place: Place,
  options: DaemonOptions,
  look: (daemon: Daemon) => Promise<T>,
): Promise<T> {
  const daemon = await startServer(name, place, options);
  const seen = await look(daemon);
  await endServer(name, daemon);
  return seen;
}
