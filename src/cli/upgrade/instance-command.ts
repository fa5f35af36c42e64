/**
 * Runs `reeve check` as a running instance would: its user and groups, its environment, directory.
 *
 * Everything that the instance's user could have changed is only read. The check does not enter
 * the unit's mount namespace: a program started in there would be whatever the user has mounted at
 * its path. So it sees this machine's files, and not what BindPaths= or PrivateTmp= show the unit
 * alone.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { errorCodeOf } from '../../base/system-error.ts';
import { givenAs } from '../process/given-environment.ts';
import { identityOf } from './instance-identity.ts';
import { withVariables } from './unit-state.ts';
import { visible } from '../process/visible.ts';

import type { Identity } from './instance-identity.ts';
import type { UnitState } from './unit-state.ts';

export type InstanceCheck =
  | {
      readonly kind: 'checked';
      /** As at a start; 0 where it would start. */
      readonly exitCode: number;
      /** What was said, lines with their end. */
      readonly output: string;
    }
  | { readonly kind: 'unclear'; readonly why: string };

/** A slow disk is no reason to give up; a file system that hangs is. */
const checkLimitMs = 30_000;
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Becomes the check: `$1` is the directory, the rest the command. */
const script = 'cd -- "$1" || exit 66; shift; exec "$@"';

/** Variables for a process that talks to systemd, and those that are another process's. */
const notTheirs = /^(NOTIFY_SOCKET|WATCHDOG_|LISTEN_|FDSTORE|INVOCATION_ID|JOURNAL_STREAM|REEVE_)/;

/** What `program` says to the configuration of a unit that runs, whose words are its ExecStart=. */
export function checkAsInstance(
  state: UnitState,
  startWords: readonly string[],
  program: string,
): InstanceCheck {
  const { mainPid, workingDirectory } = state;
  const variables = environmentOf(mainPid);
  // Read after the environment: that of a process with another user than the unit's is not used.
  const identity = identityOf(state, textOf(`/proc/${mainPid}/status`));
  if (identity.kind === 'unclear') return identity;
  // As root only what root has said counts.
  const environment = identity.kind === 'root' ? new Map([['PATH', path]]) : variables;
  const words = withVariables(startWords.slice(1), environment);
  const home = environment.get('HOME') ?? '/';
  const directory = workingDirectory === '~' ? home : workingDirectory || '/';
  const check = ['sh', '-c', script, 'sh', directory, program, 'check', ...words];
  const user = identity.kind === 'root' ? [] : ['setpriv', ...privilegesOf(identity)];
  return runWith([...user, ...check], environment);
}

function runWith(
  [program = '', ...args]: readonly string[],
  environment: ReadonlyMap<string, string>,
): InstanceCheck {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    ...{ env: { PATH: path, ...givenAs(environment) }, cwd: '/', encoding: 'utf8' },
    ...{ timeout: checkLimitMs, killSignal: 'SIGKILL' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error !== undefined && errorCodeOf(error) === 'ETIMEDOUT') {
    const why = `\`reeve check\` has not ended in ${checkLimitMs / 1000} s: a file system may hang`;
    return { kind: 'unclear', why };
  }
  const why = error === undefined ? '' : `reeve: the check cannot be run: ${error.message}\n`;
  // A configuration may be its user's, and stands in findings as it is.
  const output = visible(`${stdout ?? ''}${stderr ?? ''}${why}`);
  return { kind: 'checked', exitCode: status ?? 1, output };
}

/** Names that a shell passes on; what else there is Reeve does not read either. */
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

/** As setpriv takes them. Outside the unit's sandbox nothing gets privileges back either. */
function privilegesOf({ uid, gid, groups }: Identity): readonly string[] {
  const all = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
  return [`--reuid=${uid}`, `--regid=${gid}`, all, '--no-new-privs', '--'];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended meanwhile.
    return '';
  }
}
