/**
 * PURE. How a service that is not root gets to write what its settings name.
 *
 * Directories below /run, /var/lib, /var/log and /var/cache are made by systemd and given to the
 * user; a single file directly in one of them is made by root before the start; elsewhere the
 * directory has to be there and is let through. One that belongs to somebody else is never given
 * away: systemd would change the owner of all that is in it.
 */

import { isWithin, parentOf } from './paths.ts';

import type { Diagnostic } from '../config/reading/diagnostic.ts';
import type { UsedPath } from './paths.ts';

export interface Directories {
  /** For RuntimeDirectory= and so on, below /run and so on. */
  readonly made: Readonly<Record<MadeBy, readonly string[]>>;
  /** For ReadWritePaths=. */
  readonly writable: readonly string[];
  /** Files that root makes for the user. */
  readonly prepared: readonly string[];
  readonly findings: readonly Diagnostic[];
}

export interface DirectoryParts {
  readonly paths: readonly UsedPath[];
  /** '' for a dynamic one. */
  readonly user: string;
  /** The user that a directory belongs to; undefined where there is none. */
  readonly ownerOf: (path: string) => string | undefined;
}

type MadeBy = 'RuntimeDirectory' | 'StateDirectory' | 'LogsDirectory' | 'CacheDirectory';
type Writing = Omit<Directories, 'made'> & { readonly name?: MadeName };
interface MadeName {
  readonly by: MadeBy;
  readonly path: string;
}

const roots: readonly (readonly [root: string, by: MadeBy])[] = [
  ['/run', 'RuntimeDirectory'],
  ['/var/lib', 'StateDirectory'],
  ['/var/log', 'LogsDirectory'],
  ['/var/cache', 'CacheDirectory'],
];
const nothing: Writing = { writable: [], prepared: [], findings: [] };

/** Decides it for all paths that are written to. */
export function planDirectories(parts: DirectoryParts): Directories {
  const plans = parts.paths
    .filter(({ use }) => use !== 'read')
    .map((used) => planOne({ ...used, path: used.path.replace(/^\/var\/run\//, '/run/') }, parts));
  const names = (by: MadeBy): string[] =>
    unique(plans.flatMap(({ name }) => (name?.by === by ? [name.path] : [])));
  return {
    made: {
      RuntimeDirectory: names('RuntimeDirectory'),
      StateDirectory: names('StateDirectory'),
      LogsDirectory: names('LogsDirectory'),
      CacheDirectory: names('CacheDirectory'),
    },
    writable: unique(plans.flatMap(({ writable }) => writable)),
    prepared: unique(plans.flatMap(({ prepared }) => prepared)),
    findings: plans.flatMap(({ findings }) => findings),
  };
}

function planOne(used: UsedPath, { user, ownerOf }: DirectoryParts): Writing {
  const directory = parentOf(used.path);
  for (const temporary of ['/tmp', '/var/tmp']) {
    if (isWithin(directory, temporary)) return { ...nothing, writable: [temporary] };
  }
  const owner = ownerOf(directory);
  const isOurs = user !== '' && owner === user;
  const [root = '', by] =
    roots.find(([each]) => isWithin(directory, each) && !isWithin(directory, '/run/user')) ?? [];
  if (by !== undefined && directory !== root && (owner === undefined || isOurs)) {
    return { ...nothing, name: { by, path: directory.slice(root.length + 1) } };
  }
  if (owner === undefined) return refused(used, `the directory ${directory} does not exist`);
  if (isOurs) return { ...nothing, writable: [directory] };
  const whose = `${directory} belongs to ${owner}`;
  const instead = `a path below ${root || '/run'}/NAME`;
  if (owner === 'root' && used.use === 'write' && user !== '') {
    return { ...nothing, writable: [directory], prepared: [used.path] };
  }
  if (owner === 'root') {
    const advice =
      used.use === 'write'
        ? `name a user with --user, or choose ${instead}`
        : `choose ${instead}, or let systemd create it: --socket`;
    return refused(used, `only root can create a file in ${directory}`, advice);
  }
  const sentence = `${whose}: ${user || 'the dynamic user'} needs permission to create files there`;
  const finding = { severity: 'warning', place: used.place, sentence } as const;
  return { ...nothing, writable: [directory], findings: [finding] };
}

function refused(used: UsedPath, why: string, advice?: string): Writing {
  const sentence = `${used.option} = ${used.path} cannot be created: ${why}`;
  const finding = { severity: 'error', place: used.place, sentence } as const;
  return { ...nothing, findings: [advice === undefined ? finding : { ...finding, advice }] };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
