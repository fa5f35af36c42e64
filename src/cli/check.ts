/**
 * `reeve check`: reads the settings as a start would, reports what is wrong, and starts nothing.
 *
 * For an ini in /etc/reeve it also reads the unit of that instance with its drop-ins, as they lie
 * on this machine, and reports what the unit would not let it do.
 */

import { reportFindings } from './process/findings.ts';
import { write } from './process/write.ts';
import { enabledUnitFindings } from './units/enabled-unit.ts';
import { machineFacts } from './units/machine-facts.ts';
import { temporaryFilesWarning } from './start/temporary-files.ts';
import { loadConfiguration } from '../config/load.ts';
import { firstError, printDiagnostic } from '../config/reading/diagnostic.ts';
import { fileName, formatOf } from '../config/reading/files.ts';
import { missingPaths } from '../config/rules/named-paths.ts';
import { settingsAsIni } from '../manual/ini.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import { effectiveUnit, systemFolders, unitTexts } from '../units/effective-unit.ts';
import { closedToUser } from '../units/identity.ts';
import { instanceFindings, instanceOf } from '../units/instance-findings.ts';
import { usedPaths } from '../units/paths.ts';

import type { Loaded } from '../config/load.ts';
import type { Diagnostic } from '../config/reading/diagnostic.ts';
import type { ConfigHost } from '../config/reading/host.ts';

export interface CheckRequest {
  /** Files (with `:section` where wanted) and options, as at a start. */
  readonly words: readonly string[];
  /** Whether the settings are printed as an ini file. */
  readonly isShown: boolean;
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

/**
 * What the same words would do without `check` in front of them, on this machine: files of another
 * one are checked here too, and lack only what is there. The application is not loaded.
 */
function verdictOn(loaded: Loaded, needed: readonly string[]): string {
  const { command, diagnostics, settings } = loaded;
  if (firstError(diagnostics) !== undefined) return 'would not start';
  if (command !== undefined) return `is no start, but --${command.kind}`;
  if (needed.length > 0) return `would not start: missing on this machine: ${needed.join(', ')}`;
  const has = settings.module !== '' || settings['wsgi-file'] !== '' || settings.mount.length > 0;
  return has ? 'would start, if the application loads (not tried)' : 'would start';
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

export interface Examined {
  readonly loaded: Loaded;
  readonly findings: readonly Diagnostic[];
  readonly verdict: string;
  /** That of the start; 0 without errors. */
  readonly exitCode: number;
}

/** Reads what the words name, as a start of the unit that it belongs to would. */
export async function examine(words: readonly string[], world: ConfigHost): Promise<Examined> {
  const isPassed = words.some((word) => passedSockets(fileName(word).path, world).length > 0);
  const host = isPassed ? { ...world, sockets: 'passed' as const } : world;
  const loaded = await loadConfiguration(asArguments(words, host), host);
  const missing = missingPaths(loaded.settings, loaded.given, host);
  // What only the unit can have (credentials) may be right in the unit.
  const [file = ''] = loaded.files;
  const byUnit = file === '' ? [] : enabledUnitFindings(file, loaded, host);
  const ofUnit = [...checkInstance(loaded, host), ...byUnit];
  const ofUser = ofUnit.length > 0 ? [] : unreachable(loaded, host);
  const read = [...loaded.diagnostics, ...ofUnit, ...ofUser].map((finding) =>
    finding.onlyInUnit === true ? { ...finding, severity: 'warning' as const } : finding,
  );
  const findings = [...read, ...missing.findings];
  const verdict = verdictOn({ ...loaded, diagnostics: read }, missing.needed);
  const error = firstError(findings);
  const exitCode = error === undefined ? exitCodes.stopped : (error.exitCode ?? exitCodes.config);
  return { loaded, findings, verdict, exitCode };
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

/** Returns the exit code that a start would end with for what was found; 0 without errors. */
export async function check(request: CheckRequest, host: ConfigHost): Promise<number> {
  const { loaded, findings: read, verdict, exitCode } = await examine(request.words, host);
  const findings = [...read, ...(await checkTemporaryFiles({ loaded, findings: read }, host))];
  reportFindings(findings, { 'log-json': false, 'log-level': loaded.settings['log-level'] });
  if (request.isShown) write(1, settingsAsIni(loaded));

  const unique = new Map(findings.map((finding) => [printDiagnostic(finding), finding]));
  const severities = [...unique.values()].map((finding) => finding.severity);
  const errors = severities.filter((severity) => severity === 'error').length;
  const warnings = severities.filter((severity) => severity === 'warning').length;
  const names = loaded.files.length === 0 ? 'no file was read' : loaded.files.join(', ');
  const summary = `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  write(2, `reeve: ${names}: ${summary}: ${verdict}\n`);
  return exitCode;
}

/** Nothing where the settings are wrong anyway, or a unit gives the instance its directories. */
async function checkTemporaryFiles(
  { loaded, findings }: Pick<Examined, 'loaded' | 'findings'>,
  host: ConfigHost,
): Promise<readonly Diagnostic[]> {
  const { files, settings } = loaded;
  const isInstance = instanceOf(host.realPath(files[0] ?? '')) !== undefined;
  if (firstError(findings) !== undefined || isInstance) return [];
  const sentence = await temporaryFilesWarning(settings, host);
  return sentence === '' ? [] : [{ severity: 'warning', place: 'TMPDIR', sentence }];
}

/** What the instance's unit would not allow; nothing where the file belongs to no unit. */
function checkInstance(loaded: Loaded, host: ConfigHost): readonly Diagnostic[] {
  const [file = ''] = loaded.files;
  const name = instanceOf(host.realPath(file));
  if (name === undefined) return [];
  const texts = unitTexts(`reeve@${name}.service`, systemFolders, {
    text: (path) => (host.isFile(path) ? host.readText(path) : undefined),
    names: (folder) => host.glob(`${folder}/*`).map(nameOf),
  });
  if (texts === undefined) return [];
  const { settings, given } = loaded;
  const unit = effectiveUnit(texts);
  const passed = socketsFor(name, host);
  const realPath = (path: string): string => host.realPath(path);
  return instanceFindings({ settings, given, startDirectory: '/', name, unit, passed, realPath });
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
