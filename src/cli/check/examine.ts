/**
 * Reads what the words of a check name, as a start would, and what the units of this machine would
 * change about it. Nothing is opened and no program is run: rehearsal does that.
 *
 * For an ini in /etc/reeve the unit of that instance is read with its drop-ins, as they lie on this
 * machine.
 */

import { enabledUnit } from '../units/enabled-unit.ts';
import { machineFacts } from '../units/machine-facts.ts';
import { loadConfiguration } from '../../config/load.ts';
import { fileName, formatOf } from '../../config/reading/files.ts';
import { unkeptCaches } from '../../config/rules/cache-rules.ts';
import { missingPaths } from '../../config/rules/named-paths.ts';
import { effectiveUnit, systemFolders, unitTexts, valueOf } from '../../units/effective-unit.ts';
import { closedToUser } from '../../units/identity.ts';
import { instanceFindings, instanceOf } from '../../units/instance-findings.ts';
import { usedPaths } from '../../units/paths.ts';

import type { Loaded } from '../../config/load.ts';
import type { Diagnostic } from '../../config/reading/diagnostic.ts';
import type { ConfigHost } from '../../config/reading/host.ts';
import type { EffectiveUnit } from '../../units/effective-unit.ts';
import type { NamedUnit } from './unit.ts';

export interface Examined {
  readonly loaded: Loaded;
  readonly findings: readonly Diagnostic[];
  /** Whether a unit starts it: its user, directories and sockets come from there. */
  readonly isInUnit: boolean;
  /** Where it is started. */
  readonly startDirectory: string;
  /** User= and Group= of the unit; '' where there is none or it sets none. */
  readonly unitUser: string;
  readonly unitGroup: string;
}

/** Reads them; `unit` is one that the operator named. */
export async function examine(
  words: readonly string[],
  world: ConfigHost,
  unit?: NamedUnit,
): Promise<Examined> {
  const passedToFile = words.flatMap((word) => passedSockets(fileName(word).path, world));
  const passed = [...passedToFile, ...(unit?.passed ?? [])];
  const host = passed.length > 0 ? { ...world, sockets: 'passed' as const } : world;
  const loaded = await loadConfiguration(asArguments(words, host), host);
  const [file = ''] = loaded.files;
  const isInstance = instanceOf(host.realPath(file)) !== undefined;
  const instance = instanceUnit(file, host);
  const enabled = unit === undefined && file !== '' ? enabledUnit(file, loaded, host) : undefined;
  const ofUnit =
    unit === undefined
      ? [...checkInstance(instance, loaded, host), ...(enabled?.findings ?? [])]
      : checkUnit(unit, loaded, host);
  const isInUnit = unit !== undefined || isInstance || enabled !== undefined;
  const ownDirectory = isInstance ? '/' : host.cwd;
  const startDirectory = unit?.directory ?? enabled?.directory ?? ownDirectory;
  const ofUser = isInUnit ? [] : [...unreachable(loaded, host), ...unkeptCaches(loaded.settings)];
  // What only the unit can have, credentials and sockets, may be right in the unit.
  const read = [...loaded.diagnostics, ...ofUnit, ...ofUser].map((finding) => {
    const isOpen = finding.onlyInUnit === true || (isInstance && finding.needsSocket === true);
    return isOpen ? { ...finding, severity: 'warning' as const } : finding;
  });
  const missing = missingPaths(loaded.settings, loaded.given, host);
  const effective = unit?.effective ?? enabled?.effective ?? instance?.effective;
  const findings = [...read, ...missing];
  return { loaded, findings, isInUnit, startDirectory, ...userOf(effective) };
}

/** A file of any suffix may be checked: what has no known suffix is taken for an ini file. */
function asArguments(words: readonly string[], host: ConfigHost): readonly string[] {
  return words.flatMap((word, index) => {
    const isValue = words[index - 1]?.startsWith('-') === true && words[index - 1] !== '-';
    const path = host.exists(word) ? word : fileName(word).path;
    const isOther = formatOf(path) === undefined && path !== '' && host.exists(path);
    return isOther && !isValue && !word.startsWith('-') ? ['--ini', word] : [word];
  });
}

/** What `uid` cannot reach, where no unit sets another user. Only root can look at all of it. */
function unreachable({ settings, given }: Loaded, host: ConfigHost): readonly Diagnostic[] {
  if (host.uid !== 0 || settings.uid === '') return [];
  const facts = machineFacts({ root: '', webServer: 'none' });
  const account = facts.account(settings.uid);
  const groups = [
    ...(account?.groups ?? []),
    ...(settings.gid === '' ? [] : [settings.gid]),
    ...settings['add-gid'].map(({ text }) => text),
  ];
  // Logs, pidfiles and sockets are opened by root.
  const paths = usedPaths({ settings, given, startDirectory: host.cwd });
  return closedToUser({
    ...{ account, groups, facts },
    paths: paths.filter(({ use }) => use === 'read'),
  });
}

/** What the unit that was named would not allow. */
function checkUnit(unit: NamedUnit, loaded: Loaded, host: ConfigHost): readonly Diagnostic[] {
  const { settings, given } = loaded;
  const { directory: startDirectory, label, effective, passed } = unit;
  const realPath = (path: string): string => host.realPath(path);
  const name = label.replace(/^.*@/, '');
  const parts = { settings, given, startDirectory, name, label, unit: effective, passed, realPath };
  return instanceFindings(parts);
}

interface InstanceUnit {
  readonly name: string;
  readonly effective: EffectiveUnit;
}

/** The unit of the instance that this file belongs to; undefined where it belongs to none. */
function instanceUnit(file: string, host: ConfigHost): InstanceUnit | undefined {
  const name = instanceOf(host.realPath(file));
  if (name === undefined) return undefined;
  const texts = unitTexts(`reeve@${name}.service`, systemFolders, {
    text: (path) => (host.isFile(path) ? host.readText(path) : undefined),
    names: (folder) => host.glob(`${folder}/*`).map(nameOf),
  });
  return texts === undefined ? undefined : { name, effective: effectiveUnit(texts) };
}

/** What the instance's unit would not allow. */
function checkInstance(
  instance: InstanceUnit | undefined,
  { settings, given }: Loaded,
  host: ConfigHost,
): readonly Diagnostic[] {
  if (instance === undefined) return [];
  const { name, effective: unit } = instance;
  const passed = socketsFor(name, host);
  const realPath = (path: string): string => host.realPath(path);
  const label = `reeve@${name}`;
  const parts = { settings, given, startDirectory: '/', name, label, unit, passed, realPath };
  return instanceFindings(parts);
}

/** Who its processes are; a user that systemd makes for the time of a run is like nobody. */
function userOf(unit: EffectiveUnit | undefined): Pick<Examined, 'unitUser' | 'unitGroup'> {
  if (unit === undefined) return { unitUser: '', unitGroup: '' };
  const isDynamic = /^(1|yes|true|on)$/i.test(valueOf(unit, 'DynamicUser'));
  if (isDynamic) return { unitUser: 'nobody', unitGroup: '' };
  return { unitUser: valueOf(unit, 'User'), unitGroup: valueOf(unit, 'Group') };
}

/**
 * What socket units would pass to the instance that this file belongs to: its own one where it is
 * enabled or listens, and those that name the instance's service.
 */
function passedSockets(file: string, host: ConfigHost): readonly string[] {
  const name = instanceOf(host.realPath(file));
  return name === undefined ? [] : socketsFor(name, host);
}

function socketsFor(name: string, host: ConfigHost): readonly string[] {
  const own = `/run/reeve/${name}.sock`;
  const wanted = systemFolders.flatMap((folder) => host.glob(`${folder}/*/reeve@${name}.socket`));
  const isThere = wanted.length > 0 || host.exists(own);
  const others = systemFolders
    .flatMap((folder) => host.glob(`${folder}/*.socket`))
    .filter((path) => host.isFile(path))
    .map((path) => host.readText(path).split('\n'))
    .filter((lines) => lines.some((line) => line.trim() === `Service=reeve@${name}.service`));
  const listened = others.flat().flatMap((line) => {
    const address = /^\s*ListenStream\s*=\s*(\S+)/.exec(line)?.[1];
    return address === undefined ? [] : [address];
  });
  return isThere ? [own, ...listened] : listened;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
