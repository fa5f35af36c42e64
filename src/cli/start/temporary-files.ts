/** What `reeve check` reports of the directory for temporary files, as the user that serves. */

import { resolve } from 'node:path';

import { createTimers } from '../../base/clock.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { childEnvironment } from '../../master/start/environment.ts';
import { ownerAfterDrop, userAndGroupsOf } from '../../master/start/privileges.ts';
import type { NextUser } from '../../master/start/privileges.ts';
import type { Settings } from '../../tables/options/options.ts';
import {
  findTemporaryDirectory,
  foundInWords,
  roomWanted,
  temporaryDirectories,
} from '../../temporary/directories.ts';

/** Where the check was asked for. */
export interface Asked {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Returns a warning that names what cannot be used and what is; '' where the first one can be. */
export async function temporaryFilesWarning(settings: Settings, asked: Asked): Promise<string> {
  const environment = childEnvironment({
    inherited: asked.environment,
    env: settings.env.map(({ text }) => text),
    unenv: settings.unenv.map(({ text }) => text),
    outputStream: '',
  });
  const directories = temporaryDirectories(environment, resolve(asked.cwd, settings.chdir));
  const user = nextUser(settings);
  if (user === 'unknown') return '';
  const found = await as(user, () =>
    findTemporaryDirectory(directories, roomWanted(settings['spool-max']), createTimers()),
  );
  return found.unusable.length === 0 ? '' : foundInWords(found);
}

/** Undefined: the user stays. An unknown user is the start's to report. */
function nextUser(settings: Settings): NextUser | undefined | 'unknown' {
  try {
    return ownerAfterDrop(userAndGroupsOf(settings));
  } catch (error) {
    if (error instanceof OperatorError) return 'unknown';
    throw error;
  }
}

/** Does the work with the rights of this user, and takes root's rights back. */
async function as<Result>(
  user: NextUser | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  if (user === undefined) return work();
  const [groups, gid] = [process.getgroups?.() ?? [], process.getegid?.() ?? 0];
  process.setgroups?.([...user.groups]);
  process.setegid?.(user.gid);
  process.seteuid?.(user.uid);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(gid);
    process.setgroups?.(groups);
  }
}
