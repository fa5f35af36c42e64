/**
 * PURE. Whether the user of a unit can be the one that the settings name, and can reach what they
 * name; and whether the web server can reach the unix sockets.
 */

import { error, warning } from '../config/rules/rule.ts';
import { closedDirectory } from './machine.ts';
import { isWithin, listenerOptions } from './paths.ts';

import type { Diagnostic } from '../config/reading/diagnostic.ts';
import type { Account, MachineFacts } from './machine.ts';
import type { Reading, UsedPath } from './paths.ts';
import type { OptionName } from '../tables/options/options.ts';

export interface IdentityParts extends Reading {
  readonly paths: readonly UsedPath[];
  /** Undefined for one that exists only while the service runs. */
  readonly account: Account | undefined;
  /** Those that the service has. */
  readonly groups: readonly string[];
  readonly facts: MachineFacts;
}

type AccessParts = Pick<IdentityParts, 'paths' | 'account' | 'groups' | 'facts'>;

/** These are entered themselves. */
const entered: readonly OptionName[] = ['chdir', 'chdir2', 'home', 'pythonpath'];

/** What does not fit. */
export function identityFindings(parts: IdentityParts): readonly Diagnostic[] {
  return [
    ...otherUser(parts),
    ...unknownGroups(parts),
    ...closedToUser(parts),
    ...closedToWeb(parts),
  ];
}

/** A process that is not root cannot become the user of `uid`. */
function otherUser({ settings, given, account, facts }: IdentityParts): Diagnostic[] {
  if (settings.uid === '' || facts.account(settings.uid)?.name === account?.name) return [];
  const sentence = `uid = ${settings.uid} will be refused, as the unit runs as ${account?.name ?? 'another user'}`;
  return [error(given.get('uid') ?? '', sentence, 'leave --user away, or remove the line')];
}

/** systemd does not start a unit with a group that is not there (216/GROUP). */
function unknownGroups({ settings, given, facts }: IdentityParts): Diagnostic[] {
  const named = [
    ...(settings.gid === '' ? [] : [['gid', settings.gid, given.get('gid') ?? ''] as const]),
    ...settings['add-gid'].map(({ text, origin }) => ['add-gid', text, origin] as const),
  ];
  return named
    .filter(([, group]) => !/^\d+$/.test(group) && facts.group(group) === undefined)
    .map(([option, group, place]) => {
      const sentence = `${option} = ${group}: there is no such group on this machine`;
      return error(place, sentence, `\`groupadd --system ${group}\` creates it`);
    });
}

/** What the user cannot read, as he may not enter a directory on the way to it. */
export function closedToUser(parts: AccessParts): Diagnostic[] {
  const { paths, account, groups, facts } = parts;
  if (account === undefined) return [];
  const who = { user: account.name, groups };
  const closed = paths.flatMap(({ path, option, place }) => {
    const real = facts.realPath(path);
    const way = entered.includes(option) ? `${real}/.` : real;
    const found = closedDirectory(way, who, facts.fileAt);
    return found === undefined ? [] : [{ ...found, what: `${option} = ${path}`, place }];
  });
  return first(closed).map(({ path, facts: { mode, owner }, what, place }) =>
    warning(
      place,
      `${account.name} may not enter ${path} (of ${owner}, mode ${octal(mode)}), on the way to ${what}`,
      `\`chmod o+x ${path}\` lets every user pass, or run it as another user`,
    ),
  );
}

/** One that is asked for by several paths is reported once. */
function first<T extends { readonly path: string }>(found: readonly T[]): T[] {
  return found.filter((one, index) => found.findIndex(({ path }) => path === one.path) === index);
}

function closedToWeb({ paths, facts }: IdentityParts): Diagnostic[] {
  const { webServer } = facts;
  if (webServer === undefined) return [];
  const { name, user, groups, sandbox } = webServer;
  const who = { user: user ?? '', groups };
  const say = (used: UsedPath, why: string, advice: string): Diagnostic[] => [
    warning(used.place, `${name} cannot reach ${used.option} = ${used.path}: ${why}`, advice),
  ];
  const sockets = paths.filter(({ option }) => listenerOptions.some((each) => each === option));
  return sockets.flatMap((used) => {
    const path = facts.realPath(used.path);
    const isIn = (...folders: readonly string[]): boolean =>
      folders.some((folder) => isWithin(path, folder));
    const advice = 'choose a path below /run';
    if (sandbox.hidesTmp && isIn('/tmp', '/var/tmp')) {
      return say(used, `${name}.service has a /tmp of its own (PrivateTmp=)`, advice);
    }
    if (sandbox.hidesHome && isIn('/home', '/root', '/run/user')) {
      return say(used, `${name}.service sees nothing there (ProtectHome=)`, advice);
    }
    const closed = closedDirectory(path, who, facts.fileAt);
    if (closed === undefined) return [];
    const { mode, owner } = closed.facts;
    const why =
      `it runs as ${user ?? `group ${webServer.group}`}, which may not enter ${closed.path} ` +
      `(of ${owner}, mode ${octal(mode)})`;
    return say(used, why, `\`chmod o+x ${closed.path}\`, or ${advice}`);
  });
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
