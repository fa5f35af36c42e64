/**
 * From root to the user that the operator named, in the order that cannot be undone.
 *
 * Supplementary groups first, then the group, then the user: after setuid nothing of it could be
 * changed any more. `uid` without `gid` takes that user's own groups; uWSGI would leave the process
 * in group 0, with everything that root's group may read.
 *
 * A file that root opened stays open after the drop. The pidfile is emptied where it cannot be
 * unlinked any more; a log file that we made belongs to the user, who has to open it again.
 */
import { readFileSync } from 'node:fs';

import { findGroup, findUser, groupsOf, numericId } from '../../base/accounts.ts';
import { setUserGroups } from '../../base/libc.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { Settings } from '../../tables/options/options.ts';

/** The options, as written: names or numbers, '' where not given. */
export interface UserOptions {
  readonly uid: string;
  readonly gid: string;
  readonly addGid: readonly string[];
  /** False with `no-initgroups`. */
  readonly hasUserGroups: boolean;
}

/** The user and groups that the process is to have. */
export interface UserAndGroups {
  /** Undefined: the user stays. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Whose supplementary groups are taken; undefined: none. */
  readonly userName: string | undefined;
  readonly addGids: readonly number[];
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The user that the process becomes, with the supplementary groups. */
export interface NextUser extends Owner {
  readonly groups: readonly number[];
}

/** As chown(2) writes "leave it as it is". */
export const UNCHANGED = 0xffff_ffff;

/** The user and groups that the settings name. */
export function userAndGroupsOf(settings: Settings): UserAndGroups {
  return findUserAndGroups({
    uid: settings.uid,
    gid: settings.gid,
    addGid: settings['add-gid'].map((entry) => entry.text),
    hasUserGroups: !settings['no-initgroups'],
  });
}

/** Looks names up; an OperatorError (78) where there is no such user or group. */
export function findUserAndGroups(options: UserOptions): UserAndGroups {
  const addGids = options.addGid.map((name) => groupId(name, 'add-gid'));
  const gid = options.gid === '' ? undefined : groupId(options.gid, 'gid');
  if (options.uid === '') return { uid: undefined, gid, userName: undefined, addGids };
  const user = findUser(options.uid);
  const uid = user?.uid ?? numericId(options.uid);
  if (uid === undefined) throw unknown('user', options.uid, 'uid');
  if (user === undefined && gid === undefined) {
    const what = `the user ${options.uid} has no entry in the user database, so its group is unknown`;
    const advice = 'set gid = too';
    throw new OperatorError({ what, where: 'uid', advice, exitCode: exitCodes.config });
  }
  const userName = options.hasUserGroups ? user?.name : undefined;
  return { uid, gid: gid ?? user?.gid, userName, addGids };
}

/**
 * Becomes that identity. Returns sentences to warn with. Without privileges the process stays what
 * it is, and goes on; a finding of the configuration has reported it (config/rules/rules.ts).
 */
export function dropPrivileges(identity: UserAndGroups): readonly string[] {
  if (process.geteuid?.() !== 0) return [];
  const { uid, gid, userName, addGids } = identity;
  if (uid === undefined && gid === undefined) {
    if (addGids.length > 0) process.setgroups?.([...(process.getgroups?.() ?? []), ...addGids]);
    return ['running as root: the application has every right on this machine; set uid ='];
  }
  if (userName !== undefined && gid !== undefined) setUserGroups(userName, gid);
  else process.setgroups?.([]);
  if (addGids.length > 0) process.setgroups?.([...(process.getgroups?.() ?? []), ...addGids]);
  if (gid !== undefined) process.setgid?.(gid);
  if (uid !== undefined) process.setuid?.(uid);
  if (uid !== undefined && uid !== 0) proveThatItHolds();
  return [];
}

/** The user that files made before the drop are given to; undefined where the user stays. */
export function ownerAfterDrop(identity: UserAndGroups): NextUser | undefined {
  const { uid, gid = 0, userName, addGids } = identity;
  if (uid === undefined || process.geteuid?.() !== 0) return undefined;
  const own = userName === undefined ? [] : groupsOf(userName, gid);
  return { uid, gid, groups: [...own, ...addGids] };
}

/** Reads `chown-socket`: "user", "user:group", ":group"; an unnamed part stays as it is. */
export function readOwner(text: string, option: string): Owner {
  const colon = text.indexOf(':');
  const user = colon === -1 ? text : text.slice(0, colon);
  const group = colon === -1 ? '' : text.slice(colon + 1);
  const uid = user === '' ? UNCHANGED : (findUser(user)?.uid ?? numericId(user));
  if (uid === undefined) throw unknown('user', user, option);
  return { uid, gid: group === '' ? UNCHANGED : groupId(group, option) };
}

/** Numbers of capabilities (linux/capability.h). */
const capabilityNumbers = { CAP_CHOWN: 0n, CAP_FOWNER: 3n } as const;

/** Whether this process has the capability: root, or a unit with AmbientCapabilities=. */
export function hasCapability(name: keyof typeof capabilityNumbers): boolean {
  const status = readFileSync('/proc/self/status', 'latin1');
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return ((BigInt(`0x${effective}`) >> capabilityNumbers[name]) & 1n) === 1n;
}

/** Whether a file that this process has just made may be given to that owner. */
export function mayGiveNewFile({ uid, gid }: Owner): boolean {
  if (hasCapability('CAP_CHOWN')) return true;
  const groups = [process.getegid?.(), ...(process.getgroups?.() ?? [])];
  return [UNCHANGED, process.geteuid?.()].includes(uid) && [UNCHANGED, ...groups].includes(gid);
}

/** A drop that did not hold would be worse than none: the operator relies on it. */
function proveThatItHolds(): void {
  try {
    process.setuid?.(0);
  } catch {
    return;
  }
  throw new Error('the process could become root again after it had dropped its privileges');
}

function groupId(name: string, option: string): number {
  const gid = findGroup(name)?.gid ?? numericId(name);
  if (gid === undefined) throw unknown('group', name, option);
  return gid;
}

function unknown(what: string, name: string, option: string): OperatorError {
  const sentence = `there is no ${what} "${name}" on this machine`;
  const advice = `create it, or correct ${option} =`;
  return new OperatorError({ what: sentence, where: option, advice, exitCode: exitCodes.config });
}
