/**
 * PURE. Where the sandbox of reeve@NAME would break an ini of /etc/reeve, each finding with the
 * drop-in that mends it.
 */

import { readAddress } from '../config/values/addresses.ts';
import { error, warning } from '../config/rules/rule.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import { hidesHome, hidesTmp, valueOf } from './effective-unit.ts';
import { unkeptCaches } from '../config/rules/cache-rules.ts';
import { unwrittenLogs } from '../config/rules/log-rules.ts';
import {
  interpreterPath,
  isWithin,
  listenerOptions,
  parentOf,
  streamRefusal,
  usedPaths,
} from './paths.ts';
import { ownSockets, socketOwner } from './socket-access.ts';

import type { Diagnostic } from '../config/reading/diagnostic.ts';
import type { EffectiveUnit } from './effective-unit.ts';
import type { Reading, UsedPath } from './paths.ts';

export interface InstanceParts extends Reading {
  /** blog, of reeve@blog: what %i is in the unit. */
  readonly name: string;
  /** What systemctl calls the unit: reeve@blog. */
  readonly label: string;
  /** The unit with its drop-ins. */
  readonly unit: EffectiveUnit;
  /** What socket units would pass to it, as their ListenStream= say. */
  readonly passed: readonly string[];
  /** The path without links; the path itself where that cannot be known. */
  readonly realPath: (path: string) => string;
}

const homes = ['/home', '/root', '/run/user'];
const LOW_PORT_MAX = 1023;

/** The instance that an ini belongs to; undefined for a file elsewhere. */
export function instanceOf(file: string): string | undefined {
  return /^\/etc\/reeve\/([^/]+)\.ini$/.exec(file)?.[1];
}

/** Errors where the start is refused for it, with the exit code of the start. */
export function instanceFindings(parts: InstanceParts): readonly Diagnostic[] {
  return [
    ...identity(parts),
    ...unwrittenLogs(parts, parts.label),
    ...unkeptCaches(parts.settings, {
      unit: parts.label,
      max: valueOf(parts.unit, 'FileDescriptorStoreMax'),
    }),
    ...[...usedPaths(parts), ...linkedInterpreter(parts)].flatMap((used) => onPath(used, parts)),
    ...socketOwnership(parts),
    ...ports(parts),
  ];
}

/** In a virtual environment below /home it is found with that. */
function linkedInterpreter(parts: InstanceParts): readonly UsedPath[] {
  return interpreterPath(parts).filter(({ path }) => !homes.some((home) => isWithin(path, home)));
}

function dropInOf({ label }: InstanceParts, lines: string): string {
  return `put ${lines} below [Service] in \`systemctl edit ${label}\``;
}

function identity(parts: InstanceParts): Diagnostic[] {
  const { settings, given, unit, name, label } = parts;
  const pairs = [
    ['uid', 'User'],
    ['gid', 'Group'],
  ] as const;
  return pairs.flatMap(([option, key]) => {
    const wanted = settings[option];
    const own = valueOf(unit, key).replaceAll('%i', name);
    // Without User= the unit starts as root, which becomes any user.
    if (wanted === '' || wanted === own || (own === '' && label !== `reeve@${name}`)) return [];
    const sentence = `${option} = ${wanted} will be refused: ${label} runs as ${own || 'another'}`;
    const advice = dropInOf(parts, `${key}=${wanted}`);
    const place = given.get(option) ?? '';
    // A number may be the same user's.
    const isSure = own !== '' && !/^\d+$/.test(wanted);
    return [isSure ? error(place, sentence, advice) : warning(place, sentence, advice)];
  });
}

function onPath(used: UsedPath, parts: InstanceParts): Diagnostic[] {
  const { unit, name, label } = parts;
  const path = used.path.replace(/^\/var\/run\//, '/run/');
  const real = parts.realPath(used.path);
  const what = `${used.option} = ${used.path}`;
  const directory = parentOf(path);
  const user = valueOf(unit, 'User').replaceAll('%i', name) || 'its user';
  const right = used.use === 'read' ? '' : `; ${user} must be able to create files in ${directory}`;
  const say = (why: string, lines: string): Diagnostic[] => [
    warning(used.place, `${what}: ${why}`, `${dropInOf(parts, lines)}${right}`),
  ];
  const instead = `/run/reeve/${name}/ and /var/log/reeve/${name}/ can be written to`;
  const stream = used.use === 'write' ? streamRefusal({ ...used, path }) : undefined;
  if (stream !== undefined) {
    return [warning(used.place, `${what}: ${stream.why}`, stream.advice)];
  }
  if (isWithin(path, '/dev')) return [];
  const isHome = homes.some((folder) => isWithin(path, folder) || isWithin(real, folder));
  if (isHome && hidesHome(unit)) {
    const why = `${label} sees nothing there (ProtectHome=)`;
    if (used.use === 'read') return say(why, 'ProtectHome=read-only');
    const lines = `ProtectHome=read-only and ReadWritePaths=${directory}`;
    return say(`${why}; ${instead}`, lines);
  }
  const temporary = ['/tmp', '/var/tmp'].find((folder) => isWithin(path, folder));
  const isStrict = valueOf(unit, 'ProtectSystem') === 'strict';
  if (temporary !== undefined && hidesTmp(unit)) {
    const why =
      used.use === 'read'
        ? `${label} has a /tmp of its own (PrivateTmp=)`
        : `nobody else sees it there (PrivateTmp=); /run/reeve/${name}/ is seen`;
    // The /tmp of all is read-only there, which its own is not.
    const isWritten = used.use !== 'read' && isStrict;
    return say(why, isWritten ? `PrivateTmp=no and ReadWritePaths=${temporary}` : 'PrivateTmp=no');
  }
  if (used.use === 'read') return [];
  const writable = ['/run/reeve', '/var/lib/reeve', '/var/log/reeve']
    .map((folder) => `${folder}/${name}`)
    .concat(unit.get('ReadWritePaths')?.map((one) => one.replace(/^[-+]+/, '')) ?? []);
  if (writable.some((folder) => isWithin(path, folder))) return [];
  const isActivated = used.use === 'socket' && path === `/run/reeve/${name}.sock`;
  if (isActivated || !isStrict) return [];
  return say(
    `cannot be written (ProtectSystem=strict); ${instead}`,
    `ReadWritePaths=${temporary ?? directory}`,
  );
}

/** What `chown-socket` asks for, of the sockets that the service itself makes. */
function socketOwnership(parts: InstanceParts): Diagnostic[] {
  const { settings, given, unit, name, label, passed } = parts;
  const sockets = ownSockets(usedPaths(parts)).filter(({ path }) => !passed.includes(path));
  if (sockets.length === 0) return [];
  const what = `chown-socket = ${settings['chown-socket']}`;
  const place = given.get('chown-socket') ?? '';
  const { user, group } = socketOwner(parts);
  const own = valueOf(unit, 'User').replaceAll('%i', name);
  if (user !== '' && user !== own) {
    const sentence = `${what}: only root can give a socket to ${user}, and ${label} runs as ${own}`;
    const advice =
      `use ${label}.socket, with SocketUser=${user} in a drop-in; or write ` +
      `chown-socket = ${own}:${group || user}`;
    return [warning(place, sentence, advice)];
  }
  const groups = unit.get('SupplementaryGroups') ?? [];
  const isMain = group === valueOf(unit, 'Group').replaceAll('%i', name);
  if (group === '' || isMain) return [];
  const isKnown = /^(no|false|0|off)$/.test(valueOf(unit, 'PrivateUsers'));
  if (isKnown && groups.includes(group)) return [];
  const sentence = `${what}: ${label} may not give a socket to that group (PrivateUsers=)`;
  const lines = `SupplementaryGroups=${group} and PrivateUsers=no`;
  return [warning(place, sentence, dropInOf(parts, lines))];
}

/** What a socket unit passes needs no permission. */
function ports(parts: InstanceParts): Diagnostic[] {
  const { settings, unit, label, passed } = parts;
  if (valueOf(unit, 'AmbientCapabilities').includes('CAP_NET_BIND_SERVICE')) return [];
  return listenerOptions.flatMap((option) =>
    settings[option].flatMap(({ text, origin }) => {
      const read = readAddress(text);
      const port = read.kind === 'address' && read.address.kind === 'tcp' ? read.address.port : 0;
      const isPassed = passed.some((each) => each.slice(each.lastIndexOf(':') + 1) === `${port}`);
      if (port === 0 || port > LOW_PORT_MAX || isPassed) return [];
      const sentence = `${option} = ${text}: ${label} may not listen on a port below 1024`;
      const advice =
        `let a socket unit listen (ListenStream=${port}, Service=${label}.service), or put ` +
        'CapabilityBoundingSet=CAP_NET_BIND_SERVICE, AmbientCapabilities=CAP_NET_BIND_SERVICE and ' +
        `PrivateUsers=no below [Service] in \`systemctl edit ${label}\``;
      return [error(origin, sentence, advice, exitCodes.noPermission)];
    }),
  );
}
