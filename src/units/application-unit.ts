/**
 * PURE. The service that `reeve enable` writes for an ini: user, directories, time and sandbox
 * taken from the settings, so that the ini stays as it is.
 */

import { error } from '../config/rules/rule.ts';
import { writtenMark } from '../tables/commands.ts';
import { finalExitCodes } from '../tables/exit-codes.ts';
import { needsLastingUser, planDirectories } from './directories.ts';
import { identityFindings } from './identity.ts';
import { nginxSnippet } from './nginx.ts';
import { unwrittenLogs } from '../config/rules/log-rules.ts';
import { openings } from './openings.ts';
import { directoryOf, interpreterPath, isWithin, listenerOptions, usedPaths } from './paths.ts';
import { restartLines, startLimitLines } from './restart.ts';
import { sandboxLines } from './sandbox.ts';
import { closedAccess, planAccess } from './socket-access.ts';
import { socketUnit } from './socket-unit.ts';
import { SOCKETS_MARK, TMPFILES_FOLDER, tmpfilesName, tmpfilesText } from './tmpfiles.ts';
import {
  argument,
  commandText,
  comment,
  literal,
  onlyWith,
  set,
  unitText,
  word,
} from './unit-text.ts';

import type { Diagnostic } from '../config/reading/diagnostic.ts';
import type { Directories } from './directories.ts';
import type { Account, MachineFacts } from './machine.ts';
import type { Reading, UsedPath } from './paths.ts';
import type { Openings } from './sandbox.ts';
import type { SocketAccess } from './socket-access.ts';
import type { UnitLine } from './unit-text.ts';

export interface ApplicationUnitParts extends Reading {
  /** Of the unit, without `.service`. */
  readonly name: string;
  /** The configuration's absolute path, with `:section` where one is meant. */
  readonly file: string;
  /** /usr/bin/reeve. */
  readonly program: string;
  /** Whom the application runs as, and why; without one systemd makes one up. */
  readonly user: UnitUser | undefined;
  readonly hasSocketUnit: boolean;
  /** Those of `reeve enable`, so that the unit names the command that writes it again. */
  readonly flags: readonly string[];
  /** Found beside the code, where the ini names none; '' without one. */
  readonly environment: string;
  readonly facts: MachineFacts;
}

export interface UnitUser {
  readonly account: Account;
  readonly why: string;
}

export interface ApplicationUnits {
  readonly service: string;
  /** '' without one. */
  readonly socket: string;
  /** The file for systemd-tmpfiles, which the service names; '' without one. */
  readonly tmpfiles: string;
  /** Lines for nginx's configuration; '' without a listener that it can reach. */
  readonly nginx: string;
  readonly findings: readonly Diagnostic[];
}

/** What the parts of the service are written from. */
interface Design {
  readonly parts: ApplicationUnitParts;
  readonly user: UnitUser | undefined;
  readonly access: SocketAccess;
  readonly directories: Directories;
  readonly groups: readonly string[];
  /** What the service itself uses. */
  readonly paths: readonly UsedPath[];
}

/** What a master needs after its mercy to end. */
const STOP_MARGIN_SECONDS = 10;

const ENVIRONMENT_WHY =
  'The ini names no virtual environment: the only one beside the code is used.';

/** The account of the packages, for applications without one of their own. */
const USUAL_USER = 'reeve';

/** The texts, and what stands in the way of them. */
export function applicationUnits(parts: ApplicationUnitParts): ApplicationUnits {
  const { name, hasSocketUnit, settings } = parts;
  const command = commandText([...parts.flags, parts.file]);
  const head = [
    `${writtenMark.slice(2)}${command}\`; \`reeve disable ${name}\` removes it. Changes belong ` +
      `into a drop-in: \`systemctl edit ${name}\`.`,
  ];
  const isOpened = (used: UsedPath): boolean =>
    hasSocketUnit && listenerOptions.some((option) => option === used.option);
  const all = [...usedPaths(parts), ...interpreterPath(parts)];
  const paths = all.filter((used) => !isOpened(used));
  const design = designOf(parts, paths);
  const { user, access, directories } = design;
  const socket = hasSocketUnit
    ? socketUnit({ ...parts, head, user: user?.account.name ?? '' })
    : noSocket;
  const opened = openings({
    ...parts,
    paths,
    writable: [...directories.writable, ...ownDirectory(design)],
    users: access.whyNoPrivateUsers,
    hasOtherPrograms: user !== undefined,
    realPath: parts.facts.realPath,
  });
  const service = unitText(head, [
    { name: 'Unit', lines: unitLines(parts) },
    { name: 'Service', lines: serviceLines(design, opened) },
    { name: 'Install', lines: installLines(parts) },
  ]);
  const findings = [
    ...unwrittenLogs(parts, name),
    ...identityFindings({
      ...parts,
      paths: all,
      account: user?.account,
      groups: design.groups,
    }),
    ...access.findings,
    ...directories.findings,
    ...socket.findings,
    ...dynamicFindings(design, opened),
  ];
  const tmpfiles = directories.made.length === 0 ? '' : tmpfilesText(head, directories.made);
  const nginx = nginxSnippet({ ...parts, settings }, name);
  return { service, socket: socket.text, tmpfiles, nginx, findings };
}

const noSocket = { text: '', findings: [] };

function designOf(parts: ApplicationUnitParts, paths: readonly UsedPath[]): Design {
  const { name, facts, settings } = parts;
  const usual = facts.account(USUAL_USER);
  const user =
    parts.user ??
    (usual !== undefined && needsLastingUser({ name, paths, facts })
      ? { account: usual, why: 'No uid in the ini, and its files need a user that stays.' }
      : undefined);
  const access =
    user === undefined ? closedAccess : planAccess({ ...parts, paths, user: user.account });
  const groups = [
    ...new Set([
      ...(user?.account.groups ?? []),
      ...(settings.gid === '' ? [] : [settings.gid]),
      ...(access.group === undefined ? [] : [access.group.name]),
      ...settings['add-gid'].map(({ text }) => text),
      ...access.groups,
    ]),
  ];
  const identity = user === undefined ? undefined : { user: user.account.name, groups };
  const directories = planDirectories({ name, paths, user: identity, facts });
  return { parts, user, access, directories, groups, paths };
}

/** The application may write where it is, as it could without a unit: SQLite, uploads. */
function ownDirectory({ parts, user }: Design): readonly string[] {
  const directory = directoryOf(parts);
  const owner = parts.facts.fileAt(directory)?.owner;
  return user !== undefined && owner === user.account.name ? [parts.facts.realPath(directory)] : [];
}

/** With DynamicUser= the service has its own /tmp, without the files of the real one. */
function dynamicFindings({ user, parts }: Design, { temporary }: Openings): readonly Diagnostic[] {
  if (user !== undefined || temporary.length === 0) return [];
  const sentence = `a dynamic user gets its own /tmp and does not see ${temporary.join(', ')}`;
  return [error(parts.file, sentence, 'name a user with --user, or use another directory')];
}

function serviceLines(design: Design, opened: Openings): UnitLine[] {
  return [
    ...processLines(design),
    ...identityLines(design),
    ...directoryLines(design.parts),
    ...socketLines(design),
    comment('The sandbox. If the application needs more, put it into a drop-in.'),
    ...sandboxLines(opened),
  ];
}

function unitLines({ name, program, hasSocketUnit, facts }: ApplicationUnitParts): UnitLine[] {
  const socket = `${literal(name)}.socket`;
  return [
    set('Description', `${literal(name)}, served by Reeve`),
    set('After', 'network.target'),
    ...(hasSocketUnit ? [set('Requires', socket), set('After', socket)] : []),
    onlyWith(program),
    ...startLimitLines(facts.systemdVersion),
  ];
}

function installLines({ name, hasSocketUnit }: ApplicationUnitParts): UnitLine[] {
  const also = hasSocketUnit ? [set('Also', `${literal(name)}.socket`)] : [];
  return [set('WantedBy', 'multi-user.target'), ...also];
}

function processLines({ parts, access, directories }: Design): UnitLine[] {
  const { settings, file, program, startDirectory, name, facts } = parts;
  const mercy = settings['worker-reload-mercy'];
  const delay = settings['shutdown-delay'];
  const delayed = delay === 0 ? '' : ` after shutdown-delay = ${delay}`;
  const found = parts.environment === '' ? [] : [`--home=${parts.environment}`];
  const command = [program, ...access.flags, ...found, file].map(argument).join(' ');
  return [
    set('Type', 'notify'),
    set('NotifyAccess', 'main'),
    comment('Relative paths in the ini begin here.'),
    set('WorkingDirectory', literal(startDirectory)),
    ...(directories.made.length === 0 ? [] : madeLines(name)),
    ...(parts.environment === '' ? [] : [comment(ENVIRONMENT_WHY)]),
    set('ExecStart', command),
    comment('Fails if the new code does not come up; the old code then keeps serving.'),
    set('ExecReload', reloadLine(parts)),
    set('KillMode', 'mixed'),
    comment(
      `worker-reload-mercy = ${mercy}${delayed}, and some time to end; Reeve asks for more while it ` +
        'drains.',
    ),
    set('TimeoutStopSec', `${mercy + delay + STOP_MARGIN_SECONDS}s`),
    set('WatchdogSec', '30s'),
    set('OOMPolicy', 'continue'),
    ...restartLines(facts.systemdVersion),
    comment(
      'Wrong arguments, no ini, no permission, a refused configuration: a retry would fail too.',
    ),
    set('RestartPreventExitStatus', finalExitCodes.join(' ')),
    set('FileDescriptorStoreMax', '64'),
    set('Delegate', 'yes'),
    set('LogRateLimitIntervalSec', '0'),
    ...(settings['max-fd'] > 0 ? [set('LimitNOFILE', `1024:${settings['max-fd']}`)] : []),
  ];
}

function madeLines(name: string): UnitLine[] {
  const path = `${TMPFILES_FOLDER}/${tmpfilesName(name)}`;
  return [
    comment(
      'As root: makes directories and files of the ini that are missing, and lets the user write ' +
        'there. Those of others stay as they are.',
    ),
    set('ExecStartPre', `+systemd-tmpfiles --create ${argument(path)}`),
  ];
}

/** A control socket elsewhere is not where the command looks, RuntimeDirectory=: the ini has it. */
function reloadLine({ settings, file, program }: ApplicationUnitParts): string {
  const isUsual = ['', 'off'].includes(settings['control-socket']);
  return [argument(program), 'reload', ...(isUsual ? [] : [argument(file)])].join(' ');
}

function identityLines({ parts, user, access }: Design): UnitLine[] {
  const { name, settings } = parts;
  const main = settings.gid === '' ? access.group?.name : settings.gid;
  const others = [...settings['add-gid'].map(({ text }) => text), ...access.groups];
  const more = [...new Set(others)]
    .filter((each) => each !== main)
    .map(word)
    .join(' ');
  const groups = [
    ...(access.group === undefined ? [] : [comment(access.group.why)]),
    ...(main === undefined ? [] : [set('Group', literal(main))]),
    ...(more === '' ? [] : [set('SupplementaryGroups', more)]),
  ];
  if (user === undefined) {
    const why =
      "No uid in the ini, and its directory is root's: a user that exists only while it runs.";
    return [comment(why), set('DynamicUser', 'yes'), ...dynamicName(name), ...groups];
  }
  return [comment(user.why), set('User', literal(user.account.name)), ...groups];
}

/** Named after the unit alone, an account of that name would be taken, if there is one. */
function dynamicName(name: string): UnitLine[] {
  return /^[a-z0-9_-]{1,25}$/.test(name) ? [set('User', `reeve-${name}`)] : [];
}

/** For `reeve disable`, as the ini may be another one then. */
function socketLines({ parts, paths }: Design): UnitLine[] {
  const own = `/run/reeve/${parts.name}`;
  const made = paths.filter(({ use, path }) => use === 'socket' && !isWithin(path, own));
  if (made.length === 0) return [];
  const why = '`reeve disable` removes what is left of them. systemd ignores these lines.';
  return [comment(why), ...made.map(({ path }) => set(SOCKETS_MARK, literal(path)))];
}

function directoryLines({ name }: ApplicationUnitParts): UnitLine[] {
  const own = `reeve/${literal(name)}`;
  return [
    comment('/run/reeve/NAME has the control socket. A restart keeps it, and the sockets.'),
    set('RuntimeDirectory', own),
    set('RuntimeDirectoryPreserve', 'restart'),
    set('StateDirectory', own),
    set('LogsDirectory', own),
    set('Environment', 'TMPDIR=/var/tmp'),
  ];
}
