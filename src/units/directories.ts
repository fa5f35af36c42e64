/**
 * PURE. How a service that is not root gets to write what its settings name, without touching the
 * files of others in the same directory.
 *
 * systemd would make a directory with RuntimeDirectory= and remove it with all that is in it when
 * the service stops; with LogsDirectory= it would give all of it to one user. That is right for the
 * directories of the service alone, /run/reeve/NAME and the like. A directory that the settings
 * name may be used by others. So root makes it before each start where it is missing (lines for
 * systemd-tmpfiles), and an ACL lets this user create files in it; no file or right of others
 * changes. A new one is sticky, as /tmp is: each user removes only his own files.
 *
 * A single file in a directory of root's is made for the user. Elsewhere the user must have the
 * right already.
 */

import { absolute } from '../config/values/absolute-path.ts';
import { error } from '../config/rules/rule.ts';
import { mayCreate } from './machine.ts';
import { isWithin, parentOf, streamRefusal } from './paths.ts';

import type { Diagnostic } from '../config/reading/diagnostic.ts';
import type { FileFacts, Identity, MachineFacts } from './machine.ts';
import type { UsedPath } from './paths.ts';
import type { TmpfilesLine } from './tmpfiles.ts';

export interface Directories {
  /** For ReadWritePaths=. */
  readonly writable: readonly string[];
  /** What root makes before a start. */
  readonly made: readonly TmpfilesLine[];
  readonly findings: readonly Diagnostic[];
}

export interface DirectoryParts {
  /** Of the unit: /run/reeve/NAME is its own. */
  readonly name: string;
  readonly paths: readonly UsedPath[];
  /** Undefined for a user that exists only while the service runs. */
  readonly user: Identity | undefined;
  readonly facts: Pick<MachineFacts, 'fileAt' | 'realPath'>;
}

/** Below these a directory is made where it is missing. */
const roots = ['/run', '/var/lib', '/var/log', '/var/cache', '/tmp', '/var/tmp'];
/** What is below these is gone after a boot. */
const volatileRoots = ['/run', '/tmp'];
const temporaries = ['/tmp', '/var/tmp'];
const nothing: Directories = { writable: [], made: [], findings: [] };
/** Each user may create files, and remove only his own. */
const sharedDirectory: FileFacts = { owner: 'root', group: 'root', mode: 0o1755 };

/** Decides it for all paths that are written to. */
export function planDirectories(parts: DirectoryParts): Directories {
  const plans = writtenPaths(parts).map((used) => planOne(used, parts));
  const made = unique(plans.flatMap((plan) => plan.made));
  const isMade = (path: string): boolean =>
    made.some((line) => line.kind === 'directory' && line.path === path);
  const writable = unique(plans.flatMap((plan) => plan.writable));
  return {
    // Also for the command that makes it systemd looks for the directory.
    writable: writable.map((path) => (isMade(path) ? `-${path}` : path)),
    made,
    findings: plans.flatMap(({ findings }) => findings),
  };
}

/** Whether there is a file that a user who exists only while the service runs cannot have. */
export function needsLastingUser(parts: Omit<DirectoryParts, 'user'>): boolean {
  return writtenPaths(parts).some(({ path, use }) => use === 'socket' || !isOwn(path, parts.name));
}

function writtenPaths({ paths, facts }: Omit<DirectoryParts, 'user'>): readonly UsedPath[] {
  return paths
    .filter(({ use }) => use !== 'read')
    .map((used) => {
      const directory = facts.realPath(parentOf(used.path)).replace(/^\/var\/run(?=\/|$)/, '/run');
      const path = absolute(used.path.slice(used.path.lastIndexOf('/') + 1), directory);
      return { ...used, path: used.use === 'socket' ? path : facts.realPath(path) };
    });
}

function isOwn(path: string, name: string): boolean {
  const own = ['/run/reeve', '/var/lib/reeve', '/var/log/reeve'];
  return own.some((folder) => isWithin(path, `${folder}/${name}`));
}

function planOne(used: UsedPath, parts: DirectoryParts): Directories {
  const { name, user, facts } = parts;
  const directory = parentOf(used.path);
  if (isWithin(used.path, '/dev') || isWithin(used.path, '/proc')) return onDevice(used);
  if (isOwn(used.path, name)) return nothing;
  if (user === undefined) {
    const why = 'the unit would run as a user that exists only while it runs';
    return refused(used, why, 'name a user with --user');
  }
  const found = facts.fileAt(directory);
  if (temporaries.includes(directory)) {
    return { ...nothing, writable: [directory], findings: onOldFile(used, user, facts) };
  }
  const root = roots.find((each) => isWithin(directory, each) && directory !== each);
  if (found === undefined) return onMissing(used, root, parts);
  const isOurs = (found.mode & 0o1002) === 0o1000;
  const isVolatile =
    volatileRoots.some((each) => each === root) && !isWithin(directory, '/run/user');
  if (found.owner === 'root' && user.user !== 'root' && !mayCreate(found, user)) {
    const isShared = root !== undefined && (isOurs || (used.use === 'socket' && isVolatile));
    if (isShared) {
      const sticky = { ...found, mode: found.mode | 0o1000 };
      return shared(used, isOurs ? sharedDirectory : sticky, parts);
    }
    if (used.use === 'socket') return refusedByRoot(used, user, root);
    const file = { kind: 'file', path: used.path, user: user.user, is: kindOf(used) } as const;
    const made = [file];
    return { writable: [directory], made, findings: onOldFile(used, user, facts, 'given') };
  }
  const made = isVolatile ? [{ kind: 'directory', path: directory, ...found } as const] : [];
  const findings = mayCreate(found, user)
    ? onOldFile(used, user, facts)
    : [closed(used, found, user)];
  return { writable: [directory], made, findings };
}

/** A directory that several may use, with an entry for this user. */
function shared(used: UsedPath, like: FileFacts, { user, facts }: DirectoryParts): Directories {
  if (user === undefined) throw new Error('believed that only a lasting user shares a directory');
  const path = parentOf(used.path);
  const isFile = used.use === 'write';
  return {
    writable: [path],
    made: [
      { kind: 'directory', path, ...like },
      { kind: 'access', path, user: user.user },
      ...(isFile
        ? [{ kind: 'file', path: used.path, user: user.user, is: kindOf(used) } as const]
        : []),
    ],
    findings: onOldFile(used, user, facts, isFile ? 'given' : 'kept'),
  };
}

function onMissing(used: UsedPath, root: string | undefined, parts: DirectoryParts): Directories {
  const { user, facts } = parts;
  const directory = parentOf(used.path);
  let above = directory;
  while (above !== '/' && facts.fileAt(above) === undefined) above = parentOf(above);
  const owner = facts.fileAt(above)?.owner ?? 'root';
  if (root !== undefined && isWithin(above, root) && owner === 'root') {
    return shared(used, sharedDirectory, parts);
  }
  const command = `install --directory --owner=${user?.user ?? 'root'} ${directory}`;
  return refused(used, `the directory ${directory} does not exist`, `create it: \`${command}\``);
}

function refusedByRoot(used: UsedPath, { user }: Identity, root: string | undefined): Directories {
  const directory = parentOf(used.path);
  const why = `only root can create a file in ${directory}`;
  const isListener = used.option !== 'master-fifo' && used.option !== 'control-socket';
  const instead = `a path below ${root ?? '/run'}/NAME`;
  const isTop = roots.includes(directory) || directory === '/' || directory === '/etc';
  const give = isTop ? '' : `give it to the user: \`chown ${user} ${directory}\`; or `;
  const bySystemd = isListener ? ', or let systemd create it: --socket' : '';
  return refused(used, why, `${give}choose ${instead}${bySystemd}`);
}

function closed(used: UsedPath, found: FileFacts, { user }: Identity): Diagnostic {
  const directory = parentOf(used.path);
  const sentence =
    `${used.option} = ${used.path}: ${directory} belongs to ${found.owner}, and ${user} needs ` +
    'permission to create files there';
  const advice = `\`setfacl -m u:${user}:rwx ${directory}\`, or choose another directory`;
  const finding = error(used.place, sentence, advice);
  // With an ACL the bits of the group show what the ACL may give at most.
  return (found.mode & 0o020) === 0 ? finding : { ...finding, severity: 'warning' };
}

/** A file of before, from another user: of root, where uWSGI was started by root. */
function onOldFile(
  { path, option, place, use }: UsedPath,
  { user }: Identity,
  { fileAt }: Pick<MachineFacts, 'fileAt'>,
  rootsFiles: 'given' | 'kept' = 'kept',
): readonly Diagnostic[] {
  const file = fileAt(path);
  if (file === undefined || file.owner === user || (file.mode & 0o022) !== 0) return [];
  if (file.owner === 'root' && rootsFiles === 'given') return [];
  const directory = fileAt(parentOf(path));
  // A socket is replaced, for which the directory counts.
  const isRemovable = directory === undefined || (directory.mode & 0o1000) === 0;
  if (use === 'socket' && (isRemovable || directory.owner === user)) return [];
  const sentence = `${option} = ${path}: that file belongs to ${file.owner}, and ${user} may not write to it`;
  return [error(place, sentence, isLog(option) ? `\`chown ${user} ${path}\`` : `\`rm ${path}\``)];
}

function kindOf({ option }: UsedPath): 'log' | 'pidfile' {
  return isLog(option) ? 'log' : 'pidfile';
}

function isLog(option: UsedPath['option']): boolean {
  return ['logto', 'logto2', 'logger', 'req-logger'].includes(option);
}

/** A device is there already; a stream of the service cannot be opened. */
function onDevice(used: UsedPath): Directories {
  const stream = streamRefusal(used);
  return stream === undefined ? nothing : refused(used, stream.why, stream.advice);
}

function refused(used: UsedPath, why: string, advice: string): Directories {
  const sentence = `${used.option} = ${used.path} cannot be created: ${why}`;
  return { ...nothing, findings: [error(used.place, sentence, advice)] };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
