/**
 * Users and groups by name or number, as the system knows them.
 *
 * The C library is asked, not /etc/passwd, so that accounts of LDAP, systemd-homed or DynamicUser
 * are found too.
 */
import { callLibc } from './libc.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  /** The user's own (primary) group. */
  readonly gid: number;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
}

/** Enough for a group with thousands of members. */
const BUFFER_BYTES = 1_048_576;
/** NGROUPS_MAX of the kernel. */
const GROUPS_MAX = 65_536;
const MAX_ID = 0xffff_fffe;

/** The user named `text`, or, where that is a number and nobody is named so, with that uid. */
export function findUser(text: string): User | undefined {
  const parameters = '_Inout_ Passwd *entry, void *buffer, size_t size, void *found';
  const fill = (prototype: string, key: string | number): User | undefined => {
    const entry = {
      name: '',
      password: null,
      uid: 0,
      gid: 0,
      comment: null,
      home: null,
      shell: null,
    };
    return isFound(prototype, key, entry)
      ? { name: entry.name, uid: entry.uid, gid: entry.gid }
      : undefined;
  };
  const id = numericId(text);
  return (
    fill(`int getpwnam_r(str name, ${parameters})`, text) ??
    (id === undefined ? undefined : fill(`int getpwuid_r(uint32 uid, ${parameters})`, id))
  );
}

/** The groups of a user: `gid`, and those that the group database has for the user. */
export function groupsOf(userName: string, gid: number): readonly number[] {
  const groups = new Uint32Array(GROUPS_MAX);
  const count = new Int32Array([GROUPS_MAX]);
  const prototype = 'int getgrouplist(str user, uint32 gid, void *groups, void *count)';
  callLibc(prototype, userName, gid, groups, count);
  return [...groups.subarray(0, count[0])];
}

/** The group named `text`, or, where that is a number and no group is named so, with that gid. */
export function findGroup(text: string): Group | undefined {
  const parameters = '_Inout_ Group *entry, void *buffer, size_t size, void *found';
  const fill = (prototype: string, key: string | number): Group | undefined => {
    const entry = { name: '', password: null, gid: 0, members: null };
    return isFound(prototype, key, entry) ? { name: entry.name, gid: entry.gid } : undefined;
  };
  const id = numericId(text);
  return (
    fill(`int getgrnam_r(str name, ${parameters})`, text) ??
    (id === undefined ? undefined : fill(`int getgrgid_r(uint32 gid, ${parameters})`, id))
  );
}

/** A user or group id written as a number; undefined for anything else. */
export function numericId(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= MAX_ID ? id : undefined;
}

/** Asks the library to fill `entry`, which starts empty: unset pointers are never followed. */
function isFound(prototype: string, key: string | number, entry: object): boolean {
  const found = new BigUint64Array(1);
  const buffer = Buffer.alloc(BUFFER_BYTES);
  const failed = callLibc(prototype, key, entry, buffer, BUFFER_BYTES, found) !== 0;
  return !failed && found[0] !== 0n;
}
