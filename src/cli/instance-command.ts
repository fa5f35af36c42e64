/**
 * Runs `reeve check` as a running instance would see the world: its user and groups, its view of
 * the files (PrivateTmp=, ProtectHome=), its environment and directory.
 *
 * The environment is read from the master, whose memory its user may write: so the programs that
 * still run as root get it under names without a meaning (no LD_PRELOAD), and it is put in force
 * after the change of user. It is never in the arguments, where everybody could read secrets.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { withVariables } from './unit-state.ts';

import type { UnitState } from './unit-state.ts';

export interface InstanceCheck {
  /** As at a start; 0 where it would start. */
  readonly exitCode: number;
  /** What was said, lines with their end. */
  readonly output: string;
}

/** A slow disk is no reason to give up; a file system that hangs is. */
const checkLimitMs = 60_000;
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Becomes the check: `$1` is the directory, the rest the command. */
const script =
  'while [ "$REEVE_GIVEN" -gt 0 ]; do eval "export \\"\\$REEVE_GIVEN_$REEVE_GIVEN\\"; ' +
  'unset REEVE_GIVEN_$REEVE_GIVEN"; REEVE_GIVEN=$((REEVE_GIVEN - 1)); done; unset REEVE_GIVEN; ' +
  'cd -- "$1" || exit 66; shift; exec "$@"';

/** Whoever talks to systemd, and what is another process's. */
const notTheirs = /^(NOTIFY_SOCKET|WATCHDOG_|LISTEN_|FDSTORE|INVOCATION_ID|JOURNAL_STREAM|REEVE_)/;

/** What `program` says to the configuration of a unit that runs, whose words are its ExecStart=. */
export function checkAsInstance(
  state: UnitState,
  startWords: readonly string[],
  program: string,
): InstanceCheck {
  const { mainPid, workingDirectory, isStartedAsRoot } = state;
  // As root only what root has said counts.
  const environment = isStartedAsRoot ? new Map([['PATH', path]]) : environmentOf(mainPid);
  const words = withVariables(startWords.slice(1), environment);
  const home = environment.get('HOME') ?? '/';
  const directory = workingDirectory === '~' ? home : workingDirectory || '/';
  const check = ['sh', '-c', script, 'sh', directory, program, 'check', ...words];
  const user = isStartedAsRoot ? [] : ['setpriv', ...identityOf(mainPid)];
  const command = [...user, ...check];
  const inside = ['nsenter', `--target=${mainPid}`, '--mount', '--', ...command];
  const run = runWith(inside, environment);
  // 1 is nsenter's, as where a container does not permit it; a check never ends so.
  return run.exitCode === 1 ? runWith(command, environment) : run;
}

function runWith(
  [program = '', ...args]: readonly string[],
  environment: ReadonlyMap<string, string>,
): InstanceCheck {
  const given = [...environment].map(([name, value]) => `${name}=${value}`);
  const numbered = given.map((pair, index) => [`REEVE_GIVEN_${index + 1}`, pair]);
  const env = { PATH: path, REEVE_GIVEN: String(given.length), ...Object.fromEntries(numbered) };
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    ...{ env, cwd: '/', encoding: 'utf8', timeout: checkLimitMs },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const why = error === undefined ? '' : `reeve: the check cannot be run: ${error.message}\n`;
  return { exitCode: status ?? 1, output: `${stdout ?? ''}${stderr ?? ''}${why}` };
}

/** Names that a shell can export; what else there is Reeve does not read either. */
function environmentOf(pid: number): ReadonlyMap<string, string> {
  const pairs = textOf(`/proc/${pid}/environ`)
    .split('\0')
    .flatMap((pair): [string, string][] => {
      const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(pair) ?? [];
      const isTheirs = name !== undefined && value !== undefined && !notTheirs.test(name);
      return isTheirs ? [[name, value]] : [];
    });
  return new Map(pairs);
}

/** The user and groups of a process, as setpriv takes them. */
function identityOf(pid: number): readonly string[] {
  const status = textOf(`/proc/${pid}/status`);
  const numbers = (key: string): readonly string[] =>
    new RegExp(`^${key}:([\\d\\t ]*)$`, 'm').exec(status)?.[1]?.split(/\s+/).filter(Boolean) ?? [];
  // The second is the effective one. Nobody's, should the process be gone.
  const [uid, gid] = [numbers('Uid')[1] ?? '65534', numbers('Gid')[1] ?? '65534'];
  const groups = numbers('Groups');
  const all = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
  return [`--reuid=${uid}`, `--regid=${gid}`, all, '--'];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended meanwhile.
    return '';
  }
}
