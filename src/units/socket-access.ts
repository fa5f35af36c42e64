/**
 * PURE. Who may connect to the unix sockets of a service that is not root, and what the unit needs
 * so that the sockets get that owner, group and mode.
 *
 * Only root can give a file to another user. A file's own group can be any group of the process;
 * but in the user namespace of PrivateUsers= the kernel knows only the main one.
 */

import { error, warning } from '../config/rules/rule.ts';
import { listenerOptions } from './paths.ts';

import type { Diagnostic } from '../config/reading/diagnostic.ts';
import type { Account, MachineFacts, WebServer } from './machine.ts';
import type { Reading, UsedPath } from './paths.ts';

export interface AccessParts extends Reading {
  /** The files that the service itself makes: not those of a socket unit. */
  readonly paths: readonly UsedPath[];
  readonly user: Account;
  readonly facts: Pick<MachineFacts, 'account' | 'group' | 'webServer'>;
}

export interface SocketAccess {
  /** For Group=, where it is not the user's own. */
  readonly group: { readonly name: string; readonly why: string } | undefined;
  /** For SupplementaryGroups=. */
  readonly groups: readonly string[];
  /** Why PrivateUsers= must be off; '' where it need not. */
  readonly whyNoPrivateUsers: string;
  /** Flags for the command of the unit. */
  readonly flags: readonly string[];
  readonly findings: readonly Diagnostic[];
}

export const closedAccess: SocketAccess = {
  group: undefined,
  groups: [],
  whyNoPrivateUsers: '',
  flags: [],
  findings: [],
};

/** The umask of a unit without UMask=. */
const UNIT_UMASK = 0o022;

/** The unix sockets that the service makes. */
export function ownSockets(paths: readonly UsedPath[]): readonly UsedPath[] {
  return paths.filter(({ option }) => listenerOptions.some((each) => each === option));
}

/** The parts of `chown-socket`; '' for one that is not named. */
export function socketOwner({ settings }: Reading): {
  readonly user: string;
  readonly group: string;
} {
  const [user = '', group = ''] = settings['chown-socket'].split(':');
  return { user, group };
}

/** The mode that a unix socket gets from `chmod-socket`, else from the umask. */
export function socketMode({ settings }: Reading): number {
  return settings['chmod-socket'] ?? 0o777 & ~(settings.umask ?? UNIT_UMASK);
}

/** Decides it. */
export function planAccess(parts: AccessParts): SocketAccess {
  const named = namedOwner(parts);
  const sockets = ownSockets(parts.paths);
  if (sockets.length === 0) return { ...closedAccess, findings: unknownNames(parts) };
  if (named.findings.length > 0) return { ...closedAccess, findings: named.findings };
  const { webServer } = parts.facts;
  const isSame = webServer === undefined || webServer.user === parts.user.name;
  const forWeb = isSame ? closedAccess : planWebAccess(parts, webServer, named.group);
  const ownGroup = parts.settings.gid === '' ? parts.user.group : parts.settings.gid;
  if (named.group === '' || named.group === ownGroup) return forWeb;
  const why = `chown-socket = ${parts.settings['chown-socket']}: in a user namespace no other group is known.`;
  return { ...forWeb, groups: [...forWeb.groups, named.group], whyNoPrivateUsers: why };
}

/** The group of `chown-socket`, and what only root could do. */
function namedOwner(parts: AccessParts): {
  readonly group: string;
  readonly findings: readonly Diagnostic[];
} {
  const { settings, given, user, facts } = parts;
  const owner = socketOwner(parts);
  const findings = unknownNames(parts);
  if (findings.length > 0) return { group: '', findings };
  const group = owner.group === '' ? '' : (facts.group(owner.group) ?? '');
  const account = owner.user === '' ? user : facts.account(owner.user);
  if (account?.name === user.name) return { group, findings: [] };
  const sentence =
    `chown-socket = ${settings['chown-socket']}: only root can give a socket to ` +
    `${owner.user}, and the unit runs as ${user.name}`;
  const advice =
    'let systemd, which is root, create the socket: --socket; or write ' +
    `chown-socket = ${user.name}:${group || account?.group || owner.user}`;
  return { group, findings: [error(given.get('chown-socket') ?? '', sentence, advice)] };
}

/** Names in `chown-socket` that the machine does not have: the start would be refused. */
function unknownNames(parts: AccessParts): readonly Diagnostic[] {
  const { given, facts } = parts;
  const { user, group } = socketOwner(parts);
  const say = (what: string, name: string): Diagnostic =>
    error(
      given.get('chown-socket') ?? '',
      `chown-socket: there is no ${what} ${name} on this machine`,
      `create it, or correct chown-socket`,
    );
  const isNumber = (name: string): boolean => /^\d+$/.test(name);
  return [
    ...(user === '' || isNumber(user) || facts.account(user) !== undefined
      ? []
      : [say('user', user)]),
    ...(group === '' || isNumber(group) || facts.group(group) !== undefined
      ? []
      : [say('group', group)]),
  ];
}

/** What lets the web server connect: it needs permission to write to the socket. */
function planWebAccess(parts: AccessParts, web: WebServer, namedGroup: string): SocketAccess {
  const { settings, given, user } = parts;
  const mode = socketMode(parts);
  if ((mode & 0o002) !== 0) return closedAccess;
  const isFixed = namedGroup !== '' || settings.gid !== '';
  const group = namedGroup || settings.gid || user.group;
  const isMember = web.groups.includes(group);
  const who = web.user === undefined ? `the group ${web.group}` : `the user ${web.user}`;
  const findings: Diagnostic[] = [];
  if (!isMember && isFixed && web.user !== undefined) {
    const place = given.get(namedGroup === '' ? 'gid' : 'chown-socket') ?? '';
    const sentence = `the socket belongs to the group ${group}, and ${web.name} (${who}) is not in it`;
    const advice = `\`usermod --append --groups ${group} ${web.user} && systemctl restart ${web.name}\``;
    findings.push(warning(place, sentence, advice));
  }
  const hasMode = (mode & 0o020) !== 0;
  if (!hasMode && settings['chmod-socket'] !== undefined) {
    const sentence =
      `chmod-socket = ${mode.toString(8)} lets only ${user.name} connect, and ${web.name} runs as ` +
      `${who}`;
    findings.push(warning(given.get('chmod-socket') ?? '', sentence, 'write chmod-socket = 660'));
  }
  const flags = hasMode || settings['chmod-socket'] !== undefined ? [] : ['--chmod-socket=660'];
  if (isMember || isFixed) return { ...closedAccess, flags, findings };
  const why = `So ${web.name} (${who}) may connect to the socket; --for none leaves that out.`;
  return {
    ...closedAccess,
    group: { name: web.group, why },
    groups: [user.group],
    flags,
    findings,
  };
}
