/**
 * How root uses a path when other users can write to a directory on the way.
 *
 * Root may write anywhere. If root followed a symbolic link that the application's user has made,
 * that user would choose the file that root creates, fills, gives away or removes. So root follows
 * a link only where the link and its directory belong to root, and where not everybody can rename
 * things in that directory; this is close to the kernel's protected_symlinks (proc_sys_fs(5)).
 * A path over any other link is used with the rights of the user that the daemon becomes: it then
 * leads nowhere that this user could not go anyway.
 *
 * Each directory is opened and the next name is looked up in the opened directory, so that nobody
 * can change the way between the check and the use.
 */
import { accessSync, closeSync, constants, fstatSync, lstatSync } from 'node:fs';
import { mkdirSync, openSync } from 'node:fs';
import { statfsSync, type Stats } from 'node:fs';
import { constants as system } from 'node:os';
import { dirname, resolve } from 'node:path';

import { findUser } from '../accounts.ts';
import { callLibc, lastErrno, SystemCallError } from '../libc.ts';
import { errorCodeOf, isForbidden, UntrustedPathError } from '../system-error.ts';

/** The user that the daemon becomes. */
export interface PathUser {
  readonly uid: number;
  readonly gid: number;
  /** The supplementary groups of the user. */
  readonly groups?: readonly number[];
}

export interface PathRules {
  /** Whether a link as the last name stands for its target, or for itself. */
  readonly lastLink: 'followed' | 'kept';
  /** Undefined: nobody; a path over a foreign link is then refused. */
  readonly user?: PathUser | undefined;
}

/** Where the last name of a path lies. */
export interface Place {
  /** Use this in place of the path: it names the entry of the opened directory. */
  readonly path: string;
  /** The opened directory; undefined where a user's rights are the only check. */
  readonly directory: Stats | undefined;
  /** Flags for open(2): O_NOFOLLOW, but 0 for the kernel's own links, such as /dev/stdout. */
  readonly linkFlags: number;
}

interface OpenPlace {
  readonly kind: 'place';
  readonly directoryFd: number;
  readonly name: string;
  readonly linkFlags: number;
}

interface ForeignLink {
  readonly kind: 'foreign-link';
  /** "/srv/app/log is a symbolic link that belongs to the user app". */
  readonly sentence: string;
}

// A number of the Linux interface (asm-generic; the same on x86-64 and arm64).
export const O_PATH = 0o10000000;
/** statfs(2) of /proc. */
const PROC_SUPER_MAGIC = 0x9fa0;
/** As the kernel itself (path_resolution(7)). */
const LINKS_MAX = 40;
const TARGET_BYTES_MAX = 4096;
const OTHERS_MAY_WRITE = 0o002;
const GROUP_MAY_WRITE = 0o020;
const STICKY = 0o1000;
const PRIVATE_MODE = 0o700;
const OTHERS_MASK = 0o077;

/**
 * Calls `use` with the place of the path. Where this process is not root the path is used as it is.
 * @throws UntrustedPathError where a link may not be followed; the kernel's error where a directory
 * is missing; and what `use` throws.
 */
export function atPlace<T>(path: string, rules: PathRules, use: (place: Place) => T): T {
  const unchecked = { path, directory: undefined, linkFlags: 0 };
  if (process.geteuid?.() !== 0) return use(unchecked);
  const found = findPlace(path, rules.lastLink);
  if (found.kind === 'foreign-link') {
    const { user } = rules;
    if (user === undefined || user.uid === 0) {
      throw new UntrustedPathError(`${found.sentence}: root follows only links that root has made`);
    }
    return asUser(user, found, () => use(unchecked));
  }
  const { directoryFd, name, linkFlags } = found;
  try {
    const directory = fstatSync(directoryFd);
    return use({ path: `/proc/self/fd/${directoryFd}/${name}`, directory, linkFlags });
  } finally {
    closeSync(directoryFd);
  }
}

/** Throws the kernel's error where no entry can be made beside the place. */
export function demandWritable(place: Place): void {
  accessSync(dirname(place.path), constants.W_OK | constants.X_OK);
}

/** Whether users other than root can make or rename entries in this directory. */
export function isShared(directory: Stats): boolean {
  return directory.uid !== 0 || (directory.mode & (GROUP_MAY_WRITE | OTHERS_MAY_WRITE)) !== 0;
}

/** Whether every user can make entries in this directory, as in /tmp. */
export function isEverybodys(directory: Stats): boolean {
  return (directory.mode & OTHERS_MAY_WRITE) !== 0;
}

/**
 * Makes a directory of one user's own in /tmp, where every user could make one of that name, unless
 * it is there. @throws an Error that says why it cannot be trusted.
 */
export function makePrivateDirectory(path: string, uid: number): void {
  const parent = lstatSync(dirname(path));
  const isOpen = (parent.mode & OTHERS_MAY_WRITE) !== 0 && (parent.mode & STICKY) === 0;
  if (isOpen) throw new Error(`${dirname(path)} lets every user rename what others have there`);
  try {
    mkdirSync(path, { mode: PRIVATE_MODE });
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
  }
  const why = whyNotPrivate(path, uid);
  if (why !== undefined) throw new Error(why);
}

/** Why it cannot be trusted as that user's own; undefined where it can, '' where there is none. */
export function whyNotPrivate(path: string, uid: number): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return '';
  if (!found.isDirectory()) return `${path} is not a directory`;
  if (found.uid !== uid) return `${path} belongs to another user (${found.uid})`;
  const isOpen = (found.mode & OTHERS_MASK) !== 0;
  return isOpen ? `${path} is open to other users: it needs mode 700` : undefined;
}

/** Walks to the directory of the last name; the caller closes it. */
function findPlace(path: string, lastLink: PathRules['lastLink']): OpenPlace | ForeignLink {
  const walk = new Walk(path, lastLink);
  try {
    for (;;) {
      const found = walk.step();
      if (found?.kind === 'foreign-link') walk.close();
      if (found !== undefined) return found;
    }
  } catch (error) {
    walk.close();
    throw error;
  }
}

/** The way along a path, one name after the other. */
class Walk {
  readonly #lastLink: PathRules['lastLink'];
  readonly #names: string[];
  #directoryFd = openRoot();
  /** The text of the way so far, for people. */
  #way = '';
  #links = 0;

  constructor(path: string, lastLink: PathRules['lastLink']) {
    this.#names = namesIn(resolve(path));
    this.#lastLink = lastLink;
  }

  /** Goes over one name. Returns where the way ends; undefined while there is more of it. */
  step(): OpenPlace | ForeignLink | undefined {
    const name = this.#names.shift() ?? '.';
    const isLast = this.#names.length === 0;
    if (isLast && this.#lastLink === 'kept') return this.#endHere(name, constants.O_NOFOLLOW);
    const entry = openEntry(this.#entryPath(name), isLast);
    if (entry === undefined) return this.#endHere(name, constants.O_NOFOLLOW);
    const stats = fstatSync(entry);
    if (!stats.isSymbolicLink() && !isLast) {
      this.#enter(entry, `${this.#way}/${name}`);
      return undefined;
    }
    try {
      if (!stats.isSymbolicLink()) return this.#endHere(name, constants.O_NOFOLLOW);
      if (isInProc(this.#directoryFd)) return this.#followKernelLink(name, isLast);
      return this.#followLink(name, entry, stats);
    } finally {
      closeSync(entry);
    }
  }

  close(): void {
    closeSync(this.#directoryFd);
  }

  /** A link that a user has made. */
  #followLink(name: string, link: number, stats: Stats): ForeignLink | undefined {
    if (!isRootsOwn(stats, fstatSync(this.#directoryFd))) {
      const owner = findUser(String(stats.uid))?.name ?? String(stats.uid);
      const sentence = `${this.#way}/${name} is a symbolic link that belongs to the user ${owner}`;
      return { kind: 'foreign-link', sentence };
    }
    this.#links += 1;
    if (this.#links > LINKS_MAX) throw new SystemCallError('open', system.errno.ELOOP);
    const target = readLink(link);
    this.#names.unshift(...namesIn(target));
    if (target.startsWith('/')) this.#enter(openRoot(), '');
    return undefined;
  }

  /** A link in /proc, which leads where no text can tell: to an open file or directory. */
  #followKernelLink(name: string, isLast: boolean): OpenPlace | undefined {
    if (isLast) return this.#endHere(name, 0);
    this.#enter(openSync(this.#entryPath(name), O_PATH), `${this.#way}/${name}`);
    return undefined;
  }

  #endHere(name: string, linkFlags: number): OpenPlace {
    return { kind: 'place', directoryFd: this.#directoryFd, name, linkFlags };
  }

  #enter(directoryFd: number, way: string): void {
    closeSync(this.#directoryFd);
    this.#directoryFd = directoryFd;
    this.#way = way;
  }

  #entryPath(name: string): string {
    return `/proc/self/fd/${this.#directoryFd}/${name}`;
  }
}

/** Opens an entry, and of a link the link itself; undefined where it may be made, as the last. */
function openEntry(path: string, isLast: boolean): number | undefined {
  try {
    return openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    if (isLast && errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function openRoot(): number {
  return openSync('/', O_PATH | constants.O_DIRECTORY);
}

/** Whether only root can have put this link here. A link with a second name was moved here. */
function isRootsOwn(link: Stats, directory: Stats): boolean {
  if (link.uid !== 0 || link.nlink !== 1 || directory.uid !== 0) return false;
  return !isEverybodys(directory) || (directory.mode & STICKY) !== 0;
}

function isInProc(directoryFd: number): boolean {
  return statfsSync(`/proc/self/fd/${directoryFd}`).type === PROC_SUPER_MAGIC;
}

/** The text of an opened link. */
function readLink(link: number): string {
  const bytes = Buffer.alloc(TARGET_BYTES_MAX);
  const prototype = 'int64 readlinkat(int fd, str path, void *target, size_t size)';
  const length = callLibc(prototype, link, '', bytes, bytes.length);
  if (length === -1) throw new SystemCallError('readlink', lastErrno());
  return bytes.toString('utf8', 0, length);
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** Runs `use` with the rights of that user, and nothing of root's. */
function asUser<T>(user: PathUser, { sentence }: ForeignLink, use: () => T): T {
  const groups = process.getgroups?.() ?? [];
  const gid = process.getegid?.() ?? 0;
  process.setgroups?.([...(user.groups ?? [user.gid])]);
  process.setegid?.(user.gid);
  process.seteuid?.(user.uid);
  try {
    return use();
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const name = findUser(String(user.uid))?.name ?? String(user.uid);
    const why = `${sentence}, and the user ${name} may not write where it leads`;
    throw new UntrustedPathError(why, { cause: error });
  } finally {
    process.seteuid?.(0);
    process.setegid?.(gid);
    process.setgroups?.(groups);
  }
}
