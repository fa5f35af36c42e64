/**
 * PURE. The service that `reeve enable` writes for an ini: user, directories, time and sandbox
 * taken from the settings, so that the ini stays as it is.
 */

import { writtenMark } from '../tables/commands.ts';
import { finalExitCodes } from '../tables/exit-codes.ts';
import { planDirectories } from './directories.ts';
import { openings } from './openings.ts';
import { usedPaths } from './paths.ts';
import { sandboxLines } from './sandbox.ts';
import { socketUnit } from './socket-unit.ts';
import { argument, comment, literal, onlyWith, set, unitText, word } from './unit-text.ts';

import type { Diagnostic } from '../config/reading/diagnostic.ts';
import type { Directories } from './directories.ts';
import type { Reading, UsedPath } from './paths.ts';
import type { Openings } from './sandbox.ts';
import type { UnitLine } from './unit-text.ts';

export interface ApplicationUnitParts extends Reading {
  /** Of the unit, without `.service`. */
  readonly name: string;
  /** The configuration's absolute path, with `:section` where one is meant. */
  readonly file: string;
  /** /usr/bin/reeve. */
  readonly program: string;
  /** Whom the application runs as, and why; without one systemd makes one up. */
  readonly user: { readonly name: string; readonly why: string } | undefined;
  readonly hasSocketUnit: boolean;
  /** The user that a directory belongs to; undefined where there is none. */
  readonly ownerOf: (path: string) => string | undefined;
}

export interface ApplicationUnits {
  readonly service: string;
  /** '' without one. */
  readonly socket: string;
  readonly findings: readonly Diagnostic[];
}

/** What a master needs after its mercy to end. */
const STOP_MARGIN_SECONDS = 10;

/** The texts, and what stands in the way of them. */
export function applicationUnits(parts: ApplicationUnitParts): ApplicationUnits {
  const { name, user, hasSocketUnit } = parts;
  const head = [
    `${writtenMark.slice(2)}${parts.file}\`; \`reeve disable ${name}\` removes it. Changes belong ` +
      `into a drop-in: \`systemctl edit ${name}\`.`,
  ];
  const isOpened = (used: UsedPath): boolean =>
    hasSocketUnit && used.use === 'socket' && used.option !== 'master-fifo';
  const paths = usedPaths(parts).filter((used) => !isOpened(used));
  const ownerOf = (path: string) => parts.ownerOf(path);
  const directories = planDirectories({ paths, user: user?.name ?? '', ownerOf });
  const socket = hasSocketUnit
    ? socketUnit({ ...parts, head, user: user?.name ?? '', group: parts.settings.gid })
    : { text: '', findings: [] };
  const opened = openings({ ...parts, paths, writable: directories.writable });
  const service = unitText(head, [
    { name: 'Unit', lines: unitLines(parts) },
    {
      name: 'Service',
      lines: [
        ...processLines(parts, directories),
        ...identityLines(parts),
        ...directoryLines(parts, directories),
        comment('The sandbox. If the application needs more, put it into a drop-in.'),
        ...sandboxLines(opened),
      ],
    },
    { name: 'Install', lines: installLines(parts) },
  ]);
  const findings = [...directories.findings, ...socket.findings, ...dynamicFindings(parts, opened)];
  return { service, socket: socket.text, findings };
}

/** With DynamicUser= the service has its own /tmp, without the files of the real one. */
function dynamicFindings({ user, file }: ApplicationUnitParts, { temporary }: Openings) {
  if (user !== undefined || temporary.length === 0) return [];
  const sentence = `a dynamic user gets its own /tmp and does not see ${temporary.join(', ')}`;
  const advice = 'name a user with --user, or use another directory';
  return [{ severity: 'error', place: file, sentence, advice } as const];
}

function unitLines({ name, program, hasSocketUnit }: ApplicationUnitParts): UnitLine[] {
  const socket = `${literal(name)}.socket`;
  return [
    set('Description', `${literal(name)}, served by Reeve`),
    set('After', 'network.target'),
    ...(hasSocketUnit ? [set('Requires', socket), set('After', socket)] : []),
    onlyWith(program),
    set('StartLimitIntervalSec', '20s'),
    set('StartLimitBurst', '10'),
  ];
}

function installLines({ name, hasSocketUnit }: ApplicationUnitParts): UnitLine[] {
  const also = hasSocketUnit ? [set('Also', `${literal(name)}.socket`)] : [];
  return [set('WantedBy', 'multi-user.target'), ...also];
}

function processLines(parts: ApplicationUnitParts, { prepared }: Directories): UnitLine[] {
  const { settings, file, program, startDirectory } = parts;
  const user = word(parts.user?.name ?? '');
  const made = prepared.flatMap((path) => [
    set('ExecStartPre', `+/bin/touch ${argument(path)}`),
    set('ExecStartPre', `+/bin/chown --no-dereference ${user} ${argument(path)}`),
  ]);
  const mercy = settings['worker-reload-mercy'];
  return [
    set('Type', 'notify'),
    set('NotifyAccess', 'main'),
    comment('Relative paths in the ini begin here.'),
    set('WorkingDirectory', literal(startDirectory)),
    ...(made.length === 0
      ? []
      : [comment('Root creates them for the user, as the directory belongs to root.'), ...made]),
    set('ExecStart', `${argument(program)} ${argument(file)}`),
    comment('Fails if the new code does not come up; the old code then keeps serving.'),
    set('ExecReload', reloadLine(parts)),
    set('KillMode', 'mixed'),
    comment(
      `worker-reload-mercy = ${mercy}, and some time to end; Reeve asks for more while it drains.`,
    ),
    set('TimeoutStopSec', `${mercy + STOP_MARGIN_SECONDS}s`),
    set('WatchdogSec', '30s'),
    set('OOMPolicy', 'continue'),
    set('Restart', 'on-failure'),
    set('RestartSec', '2s'),
    comment('systemd before 254 ignores these two, and logs that.'),
    set('RestartSteps', '6'),
    set('RestartMaxDelaySec', '1min'),
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

/** A control socket elsewhere is not where the command looks, RuntimeDirectory=: the ini has it. */
function reloadLine({ settings, file, program }: ApplicationUnitParts): string {
  const isUsual = ['', 'off'].includes(settings['control-socket']);
  return [argument(program), 'reload', ...(isUsual ? [] : [argument(file)])].join(' ');
}

function identityLines({ name, settings, user }: ApplicationUnitParts): UnitLine[] {
  const groups = settings['add-gid'].map(({ text }) => word(text)).join(' ');
  const group = settings.gid === '' ? [] : [set('Group', literal(settings.gid))];
  const more = groups === '' ? [] : [set('SupplementaryGroups', groups)];
  if (user === undefined) {
    const why =
      "No uid in the ini, and its directory is root's: a user that exists only while it runs.";
    return [comment(why), set('DynamicUser', 'yes'), ...dynamicName(name), ...group, ...more];
  }
  return [comment(user.why), set('User', literal(user.name)), ...group, ...more];
}

/** Named after the unit alone, an account of that name would be taken, if there is one. */
function dynamicName(name: string): UnitLine[] {
  return /^[a-z0-9_-]{1,25}$/.test(name) ? [set('User', `reeve-${name}`)] : [];
}

function directoryLines({ name }: ApplicationUnitParts, { made }: Directories): UnitLine[] {
  const own = `reeve/${literal(name)}`;
  const list = (others: readonly string[]): string => [own, ...others.map(word)].join(' ');
  const cache = made.CacheDirectory.map(word).join(' ');
  return [
    comment('/run/reeve/NAME has the control socket. A restart keeps it, and the sockets.'),
    set('RuntimeDirectory', list(made.RuntimeDirectory)),
    set('RuntimeDirectoryPreserve', 'restart'),
    set('StateDirectory', list(made.StateDirectory)),
    set('LogsDirectory', list(made.LogsDirectory)),
    ...(cache === '' ? [] : [set('CacheDirectory', cache)]),
    set('Environment', 'TMPDIR=/var/tmp'),
  ];
}
