/**
 * PURE. What the rules for units want to know of the machine that a unit is written for. They ask
 * only through this record.
 */

export interface FileFacts {
  /** Names, or numbers where there is no name. */
  readonly owner: string;
  readonly group: string;
  /** Permission bits: 0o1755. */
  readonly mode: number;
}

export interface Account {
  readonly name: string;
  /** The group of its own. */
  readonly group: string;
  /** All of its groups, that one too. */
  readonly groups: readonly string[];
}

/** The web server in front, which connects to unix sockets. */
export interface WebServer {
  /** nginx, as sentences name it. */
  readonly name: string;
  /** The user of the processes that connect; undefined where only the group is known. */
  readonly user: string | undefined;
  readonly groups: readonly string[];
  /** The one that a socket is given to. */
  readonly group: string;
  /** Of its unit: PrivateTmp=, ProtectHome= and so on, where they are on. */
  readonly sandbox: { readonly hidesTmp: boolean; readonly hidesHome: boolean };
}

export interface MachineFacts {
  /** Of a file or directory, links followed; undefined where there is none. */
  readonly fileAt: (path: string) => FileFacts | undefined;
  /** The path without links; the path itself where that cannot be known. */
  readonly realPath: (path: string) => string;
  /** By name or number. */
  readonly account: (name: string) => Account | undefined;
  /** The name of a group, given by name or number. */
  readonly group: (name: string) => string | undefined;
  readonly webServer: WebServer | undefined;
  /** 252; 0 where it is not known. */
  readonly systemdVersion: number;
}

/** A user as a unit's processes have it: with the groups that the unit adds. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** Whether the permission bits let somebody pass through a directory. ACLs are not looked at. */
export function mayEnter({ owner, group, mode }: FileFacts, who: Identity): boolean {
  if (who.user === 'root') return true;
  if (owner === who.user) return (mode & 0o100) !== 0;
  return (mode & (who.groups.includes(group) ? 0o010 : 0o001)) !== 0;
}

/** Whether they let somebody create files in a directory. */
export function mayCreate(facts: FileFacts, who: Identity): boolean {
  const { owner, group, mode } = facts;
  if (!mayEnter(facts, who)) return false;
  if (owner === who.user) return (mode & 0o200) !== 0;
  return (mode & (who.groups.includes(group) ? 0o020 : 0o002)) !== 0;
}

/** The first directory on the way to a file that somebody cannot enter. */
export function closedDirectory(
  path: string,
  who: Identity,
  fileAt: MachineFacts['fileAt'],
): { readonly path: string; readonly facts: FileFacts } | undefined {
  const names = path.split('/').slice(1, -1);
  for (const index of names.keys()) {
    const directory = `/${names.slice(0, index + 1).join('/')}`;
    const facts = fileAt(directory);
    if (facts === undefined) return undefined;
    if (!mayEnter(facts, who)) return { path: directory, facts };
  }
  return undefined;
}
