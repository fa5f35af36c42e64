/**
 * PURE. Where the sandbox of reeve@NAME would break an ini of /etc/reeve, each finding with the
 * drop-in that mends it.
 */

import { readAddress } from '../config/addresses.ts';
import { valueOf } from './effective-unit.ts';
import { isWithin, listenerOptions, parentOf, usedPaths } from './paths.ts';

import type { Diagnostic } from '../config/diagnostic.ts';
import type { EffectiveUnit } from './effective-unit.ts';
import type { Reading, UsedPath } from './paths.ts';

export interface InstanceParts extends Reading {
  /** blog, of reeve@blog. */
  readonly name: string;
  /** The unit with its drop-ins. */
  readonly unit: EffectiveUnit;
}

const homes = ['/home', '/root', '/run/user'];
const LOW_PORT_MAX = 1023;

/** The instance that an ini belongs to; undefined for a file elsewhere. */
export function instanceOf(file: string): string | undefined {
  return /^\/etc\/reeve\/([^/]+)\.ini$/.exec(file)?.[1];
}

/** Warnings, as a drop-in that comes later may mend them. */
export function instanceFindings(parts: InstanceParts): readonly Diagnostic[] {
  return [
    ...identity(parts),
    ...usedPaths(parts).flatMap((used) => onPath(used, parts)),
    ...ports(parts),
  ];
}

function warned(place: string, sentence: string, parts: InstanceParts, lines: string): Diagnostic {
  const advice = `put ${lines} below [Service] in \`systemctl edit reeve@${parts.name}\``;
  return { severity: 'warning', place, sentence, advice };
}

function identity(parts: InstanceParts): Diagnostic[] {
  const { settings, given, unit, name } = parts;
  const pairs = [
    ['uid', 'User'],
    ['gid', 'Group'],
  ] as const;
  return pairs.flatMap(([option, key]) => {
    const wanted = settings[option];
    const own = valueOf(unit, key).replaceAll('%i', name);
    if (wanted === '' || wanted === own) return [];
    const sentence = `${option} = ${wanted} will be refused: reeve@${name} runs as ${own || 'another'}`;
    return [warned(given.get(option) ?? '', sentence, parts, `${key}=${wanted}`)];
  });
}

function onPath(used: UsedPath, parts: InstanceParts): Diagnostic[] {
  const { unit, name } = parts;
  const path = used.path.replace(/^\/var\/run\//, '/run/');
  const what = `${used.option} = ${used.path}`;
  const say = (why: string, lines: string): Diagnostic[] => [
    warned(used.place, `${what}: ${why}`, parts, lines),
  ];
  const isHome = homes.some((folder) => isWithin(path, folder));
  if (isHome && /^(yes|true|1|on|tmpfs)$/.test(valueOf(unit, 'ProtectHome'))) {
    return say(`reeve@${name} sees nothing there (ProtectHome=)`, 'ProtectHome=read-only');
  }
  const isTemporary = ['/tmp', '/var/tmp'].some((folder) => isWithin(path, folder));
  if (isTemporary && /^(yes|true|1|on)$/.test(valueOf(unit, 'PrivateTmp'))) {
    const why =
      used.use === 'read'
        ? `reeve@${name} has a /tmp of its own (PrivateTmp=)`
        : `nobody else sees it there (PrivateTmp=); /run/reeve/${name}/ is seen`;
    return say(why, 'PrivateTmp=no');
  }
  if (used.use === 'read' || isTemporary) return [];
  const writable = ['/run/reeve', '/var/lib/reeve', '/var/log/reeve']
    .map((folder) => `${folder}/${name}`)
    .concat(unit.get('ReadWritePaths')?.map((one) => one.replace(/^[-+]+/, '')) ?? []);
  if (writable.some((folder) => isWithin(path, folder))) return [];
  const isActivated = used.use === 'socket' && path === `/run/reeve/${name}.sock`;
  if (isActivated || valueOf(unit, 'ProtectSystem') !== 'strict') return [];
  const instead = `/run/reeve/${name}/ and /var/log/reeve/${name}/ can be written to`;
  return say(
    `cannot be written (ProtectSystem=strict); ${instead}`,
    `ReadWritePaths=${parentOf(path)}`,
  );
}

/** A socket unit may pass it; then there is nothing to permit. */
function ports(parts: InstanceParts): Diagnostic[] {
  const { settings, unit, name } = parts;
  if (valueOf(unit, 'AmbientCapabilities').includes('CAP_NET_BIND_SERVICE')) return [];
  return listenerOptions.flatMap((option) =>
    settings[option].flatMap(({ text, origin }) => {
      const read = readAddress(text);
      const port = read.kind === 'address' && read.address.kind === 'tcp' ? read.address.port : 0;
      if (port === 0 || port > LOW_PORT_MAX) return [];
      const sentence = `${option} = ${text}: reeve@${name} may not listen on a port below 1024`;
      const advice =
        `let a socket unit listen (ListenStream=${port}, Service=reeve@${name}.service), or put ` +
        'CapabilityBoundingSet=CAP_NET_BIND_SERVICE, AmbientCapabilities=CAP_NET_BIND_SERVICE and ' +
        `PrivateUsers=no below [Service] in \`systemctl edit reeve@${name}\``;
      return [{ severity: 'warning', place: origin, sentence, advice } as const];
    }),
  );
}
