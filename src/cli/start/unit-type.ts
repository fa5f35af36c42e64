/**
 * The Type= of the unit that this process was started by, and what it means for `daemonize`.
 *
 * NOTIFY_SOCKET does not tell: a unit of any type has it with NotifyAccess=. So the files of the
 * unit are read, as systemd has loaded them; asking systemd itself needs a bus, which a small
 * machine or a sandbox does not have.
 */
import { readdirSync, readFileSync } from 'node:fs';

import { startedAsUnit } from '../../base/own-unit.ts';
import { effectiveUnit, systemFolders, unitTexts, valueOf } from '../../units/effective-unit.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The type of the unit whose main process this is; undefined where that is not known. */
export function unitTypeOf(environment: Environment): string | undefined {
  const unit = startedAsUnit(environment, process.pid, process.ppid);
  if (unit === '') return undefined;
  const folders = [...systemFolders, ...userFolders(environment)];
  const texts = unitTexts(unit, folders, { text: textOf, names: namesIn });
  if (texts === undefined) return undefined;
  // Without Type= a service is of type simple, or oneshot where nothing is started.
  return valueOf(effectiveUnit(texts), 'Type') || 'simple';
}

/**
 * PURE. Whether the command returns when the daemon serves, and leaves it in the background. A unit
 * of type forking waits for just that, also where the configuration does not ask for it. The other
 * types would lose a daemon that leaves its process, so there `daemonize` is not followed.
 */
export function leavesDaemon(facts: {
  readonly type: string | undefined;
  /** `daemonize` or `daemonize2`. */
  readonly isAsked: boolean;
  /** NOTIFY_SOCKET is set: where the type is not known it is most likely notify. */
  readonly isNotifying: boolean;
}): boolean {
  const { type, isAsked, isNotifying } = facts;
  if (type === 'forking') return true;
  if (type === 'oneshot') return isAsked;
  return type === undefined && isAsked && !isNotifying;
}

/** Units of a user's own manager. */
function userFolders({ HOME = '', XDG_RUNTIME_DIR = '' }: Environment): readonly string[] {
  const home = HOME.startsWith('/') ? [`${HOME}/.config`, `${HOME}/.local/share`] : [];
  const run = XDG_RUNTIME_DIR.startsWith('/') ? [`${XDG_RUNTIME_DIR}/systemd/transient`] : [];
  const shared = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'];
  return [...run, ...[...home, ...shared].map((folder) => `${folder}/systemd/user`)];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // There is none, or a sandbox hides it.
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // As above.
  }
}
