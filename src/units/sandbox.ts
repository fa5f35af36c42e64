/**
 * PURE. The sandbox of Reeve's units, as lines: those of systemd/reeve@.service (a test holds
 * that), less what an application's own settings need to be let through.
 */

import { comment, set, word } from './unit-text.ts';

import type { UnitLine } from './unit-text.ts';

/** What is let through, each with the reason: "app.ini:4: home = /home/demo/venv". */
export interface Openings {
  /** Files below /home, /root or /run/user that are used. */
  readonly home: readonly string[];
  /** What has to be seen in /tmp by others, or is there already. */
  readonly temporary: readonly string[];
  /** Ports below 1024. */
  readonly ports: readonly string[];
  /** Why other users and groups must be known; '' where they need not. */
  readonly users: string;
  /** Whether the user may have other programs, whose shared memory a stop must not remove. */
  readonly hasOtherPrograms: boolean;
  /** Directories that are written to, beside those that systemd makes. */
  readonly writable: readonly string[];
}

const usual: readonly (readonly [name: string, value: string])[] = [
  ['NoNewPrivileges', 'yes'],
  ['CapabilityBoundingSet', ''],
  ['AmbientCapabilities', ''],
  ['ProtectSystem', 'strict'],
  ['ProtectHome', 'yes'],
  ['PrivateTmp', 'yes'],
  ['PrivateDevices', 'yes'],
  ['DevicePolicy', 'closed'],
  ['PrivateUsers', 'yes'],
  ['ProtectClock', 'yes'],
  ['ProtectHostname', 'yes'],
  ['ProtectKernelLogs', 'yes'],
  ['ProtectKernelModules', 'yes'],
  ['ProtectKernelTunables', 'yes'],
  ['ProtectControlGroups', 'no'],
  ['ProtectProc', 'invisible'],
  ['LockPersonality', 'yes'],
  ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6 AF_NETLINK'],
  ['RestrictNamespaces', 'yes'],
  ['RestrictRealtime', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
  ['RemoveIPC', 'yes'],
  ['KeyringMode', 'private'],
  ['SystemCallArchitectures', 'native'],
  ['SystemCallFilter', '@system-service'],
  ['SystemCallFilter', '~@privileged'],
  ['SystemCallFilter', '@chown'],
  ['SystemCallErrorNumber', 'EPERM'],
];

/** The sandbox with these openings, each with a comment above it. */
export function sandboxLines(openings: Openings): readonly UnitLine[] {
  const opened = new Map<string, readonly [value: string, why: string]>();
  if (openings.home.length > 0) {
    opened.set('ProtectHome', ['read-only', `Must be visible: ${openings.home.join(', ')}.`]);
  }
  if (openings.temporary.length > 0) {
    const why = `Other programs must see the same files in /tmp: ${openings.temporary.join(', ')}.`;
    opened.set('PrivateTmp', ['no', why]);
  }
  if (openings.users !== '') opened.set('PrivateUsers', ['no', openings.users]);
  if (openings.hasOtherPrograms) {
    const why = 'The shared memory of other programs of the user stays when this service stops.';
    opened.set('RemoveIPC', ['no', why]);
  }
  if (openings.ports.length > 0) {
    const capability = 'CAP_NET_BIND_SERVICE';
    const why = `A port below 1024: ${openings.ports.join(', ')}.`;
    opened.set('CapabilityBoundingSet', [capability, why]);
    opened.set('AmbientCapabilities', [capability, '']);
    opened.set('PrivateUsers', ['no', 'In a user namespace that capability would have no effect.']);
  }
  const lines = usual.flatMap(([name, value]) => {
    const [other, why] = opened.get(name) ?? [value, ''];
    return [...(why === '' ? [] : [comment(why)]), set(name, other)];
  });
  if (openings.writable.length === 0) return lines;
  return [...lines, set('ReadWritePaths', openings.writable.map(word).join(' '))];
}
