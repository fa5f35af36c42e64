/**
 * `reeve check`: what each line does in Reeve, what is wrong, and whether a start would succeed
 * here; it starts nothing, and leaves everything as it is.
 */

import { reportFindings } from '../process/findings.ts';
import { visible } from '../process/visible.ts';
import { write } from '../process/write.ts';
import { createConfigHost } from '../process/real-host.ts';
import { temporaryFilesWarning } from '../start/temporary-files.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { loadConfiguration } from '../../config/load.ts';
import { firstError, printDiagnostic } from '../../config/reading/diagnostic.ts';
import { fileName } from '../../config/reading/files.ts';
import { hasApplication } from '../../config/rules/rules.ts';
import { onAbsent, onLeftOut } from '../../config/values/judgement.ts';
import { settingsAsIni } from '../../manual/ini.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { isOptionName } from '../../tables/options/options.ts';
import { differencesInWords } from './diff.ts';
import { examine } from './examine.ts';
import { asJson } from './json.ts';
import { countsInWords, countsOf, tableOf } from './report.ts';
import { servedBy } from './served.ts';
import { hostInUnit, readUnit } from './unit.ts';

import type { Loaded } from '../../config/load.ts';
import type { ConfigHost } from '../../config/reading/host.ts';
import type { Diagnostic } from '../../config/reading/diagnostic.ts';
import type { Shortfall } from '../../master/rehearsal/shortfall.ts';
import type { Examined } from './examine.ts';
import type { Checked } from './json.ts';
import type { NamedUnit } from './unit.ts';
import type { CheckWords } from './words.ts';

export interface CheckRequest extends CheckWords {
  /** Whether it is asked for another process, whose files are only read. */
  readonly isForAnother: boolean;
}

/** Returns the exit code of a start; 0 where it would succeed. */
export async function check(request: CheckRequest, world: ConfigHost): Promise<number> {
  if (request.isDiff) return await compare(request.words, world);
  const unit = request.unit === '' ? undefined : readUnit(request.unit, world);
  const host = unit === undefined ? world : placedIn(unit, request, world);
  const words = unit === undefined || request.words.length > 0 ? request.words : unit.words;
  const examined = await examine(words, host, unit);
  const { isStart, given } = examined.loaded;
  const absent = isStart ? onAbsent(given) : [];
  const ofFiles = await checkTemporaryFiles(examined, host);
  const untold = [...onLeftOut(examined.loaded.leftOut), ...absent];
  const findings = [...examined.findings, ...ofFiles, ...untold];
  const shortfalls = await shortfallsOf(examined, request, host);
  const concluded = conclusionOf({ ...examined, findings }, shortfalls, unit);
  const checked = request.isStrict ? refusedByStrict(concluded) : concluded;
  show(checked, request);
  return checked.exitCode;
}

/** Files that are named on the command line stay where they are; those of the unit are its own. */
function placedIn(unit: NamedUnit, { words }: CheckRequest, world: ConfigHost): ConfigHost {
  const { environment, binary, version, sockets, cwd } = world;
  const place = words.length > 0 ? cwd : unit.directory;
  const host = createConfigHost({ environment, cwd: place, version, binary, sockets });
  return hostInUnit(unit, host);
}

/** What stands in the way of a start on this machine; nothing where no start would be tried. */
async function shortfallsOf(
  { loaded, isInUnit, startDirectory, unitUser, unitGroup }: Examined,
  { isForAnother }: CheckRequest,
  host: ConfigHost,
): Promise<readonly Shortfall[]> {
  if (!loaded.isStart) return [];
  const served = isForAnother ? undefined : await servedBy(loaded.files, host);
  const scope = isForAnother ? 'files' : isInUnit || served !== undefined ? 'unit' : 'start';
  const { rehearse } = await import('../../master/rehearsal/rehearsal.ts');
  return await rehearse({
    loaded,
    scope,
    startDirectory,
    unitUser,
    unitGroup,
    environment: host.environment,
    isInBackground: loaded.settings.daemonize !== '' || loaded.settings.daemonize2 !== '',
  });
}

function conclusionOf(
  { loaded, findings: read }: Examined,
  shortfalls: readonly Shortfall[],
  unit: NamedUnit | undefined,
): Checked {
  const found = shortfalls.map(({ severity, refusal, hook }): Diagnostic => {
    const { advice, exitCode } = refusal;
    const finding = { severity, ...placeOf(refusal, loaded), exitCode } as const;
    const byHook = `a hook runs before, and may make it: ${hook ?? ''}`;
    const help = hook === undefined ? advice : byHook;
    return help === undefined ? finding : { ...finding, advice: help };
  });
  const findings = [...read, ...found];
  const error = firstError(findings);
  const counts = countsOf(loaded.judgements);
  const absent = read.flatMap((finding) => finding.absent ?? []);
  const inTheWay = shortfalls.filter(({ severity }) => severity === 'error');
  const missing = [...new Set([...absent, ...inTheWay.map(({ what }) => what)])];
  const exitCode = error === undefined ? exitCodes.stopped : (error.exitCode ?? exitCodes.config);
  const where = unit === undefined ? 'here' : `in ${unit.label}.service`;
  const verdict = verdictOn({ loaded, findings: read }, missing, exitCode, where);
  return { loaded, findings, counts, missing, verdict, exitCode };
}

/** A line in place of the option that the start names. */
function placeOf(
  { what, where = '' }: OperatorError,
  { given }: Loaded,
): Pick<Diagnostic, 'place' | 'sentence'> {
  const line = isOptionName(where) ? given.get(where) : undefined;
  return line === undefined
    ? { place: where, sentence: what }
    : { place: line, sentence: `${where}: ${what}` };
}

/**
 * What the same words would do without `check` in front of them, on this machine. The application
 * is not loaded.
 */
function verdictOn(
  { loaded, findings }: Pick<Examined, 'loaded' | 'findings'>,
  missing: readonly string[],
  exitCode: number,
  where: string,
): string {
  const { command, settings, files } = loaded;
  if (command !== undefined) return `this is no start, but --${command.kind}`;
  const isBroken = findings.some(
    ({ severity, absent = [] }) => severity === 'error' && absent.length === 0,
  );
  const subject = files.length === 0 ? 'this command line' : 'this file';
  const names = missing.join(', ');
  // What stands in the way may well be there: an address in use, a file that is no Python.
  const obstacles = names === '' ? '' : `: in the way here: ${names}`;
  const lacking = names === '' ? '' : `: missing on this machine: ${names}`;
  if (isBroken) return `${subject} does not start`;
  if (exitCode !== exitCodes.stopped) return `${subject} does not start ${where}${obstacles}`;
  const isSocketWanted = findings.some(({ needsSocket }) => needsSocket === true);
  const socket = isSocketWanted ? ', if a socket unit passes a socket' : '';
  const condition = `${socket}${hasApplication(settings) && settings['need-app'] ? ', if the application loads (not tried)' : ''}`;
  return `${subject} starts ${where}${condition}${lacking}`;
}

function show(checked: Checked, { form }: CheckRequest): void {
  const { loaded, findings, counts, verdict } = checked;
  if (form === 'json') {
    write(1, asJson(checked));
    return;
  }
  if (form === 'table') write(1, visible(tableOf(loaded.judgements)));
  else write(1, settingsAsIni(loaded, 'with-places'));
  reportFindings(findings, { 'log-json': false, 'log-level': loaded.settings['log-level'] });
  const unique = new Map(findings.map((finding) => [printDiagnostic(finding), finding]));
  const severities = [...unique.values()].map((finding) => finding.severity);
  const errors = severities.filter((severity) => severity === 'error').length;
  const warnings = severities.filter((severity) => severity === 'warning').length;
  const names = loaded.files.length === 0 ? 'no file was read' : loaded.files.join(', ');
  const found = `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  write(2, visible(`reeve: ${names}: ${countsInWords(counts)}; ${found}; ${verdict}\n`));
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

/** With --strict a file that starts ends with 78 where something is not as it was meant. */
function refusedByStrict(checked: Checked): Checked {
  const { counts, findings, exitCode, verdict } = checked;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const lost = [
    warnings === 0 ? '' : count(warnings, 'warning'),
    counts.missing === 0 ? '' : `${counts.missing} not there`,
    counts.unknown === 0 ? '' : `${counts.unknown} unknown`,
    counts.wrong === 0 ? '' : `${counts.wrong} not valid`,
  ].filter((each) => each !== '');
  if (exitCode !== exitCodes.stopped || lost.length === 0) return checked;
  const code = exitCodes.config;
  const refused = `refused by --strict (${lost.join(', ')}), which ends with ${code}`;
  return { ...checked, exitCode: code, verdict: `${verdict}; ${refused}` };
}

/** `--diff OLD NEW`: the exit code is that of a start with the new one. */
async function compare(words: readonly string[], host: ConfigHost): Promise<number> {
  const absent = words.find((word) => word !== '-' && !host.exists(fileName(word).path));
  if (absent !== undefined) {
    const what = `cannot read ${absent}: there is no such file`;
    throw new OperatorError({ what, where: 'check --diff', exitCode: exitCodes.noInput });
  }
  const [before, after] = await Promise.all(
    words.map((word) => loadConfiguration(['--ini', word], host)),
  );
  if (before === undefined || after === undefined) throw new Error('believed to have two files');
  const broken = [after, before].flatMap(({ diagnostics, settings, files }, index) => {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    reportFindings(errors, settings);
    const [first] = errors;
    const name = files[0] ?? words[1 - index] ?? '';
    return first === undefined ? [] : [{ name, code: first.exitCode ?? exitCodes.config }];
  });
  const [first] = broken;
  if (first === undefined) {
    write(1, visible(differencesInWords(before, after)));
    return exitCodes.stopped;
  }
  const names = broken.map(({ name }) => name).join(' and ');
  const verb = broken.length === 1 ? 'does' : 'do';
  write(2, visible(`reeve: ${names} ${verb} not start, so nothing is compared\n`));
  return first.code;
}

/** Nothing where the settings are wrong anyway, or a unit gives the instance its directories. */
async function checkTemporaryFiles(
  { loaded, findings, isInUnit }: Examined,
  host: ConfigHost,
): Promise<readonly Diagnostic[]> {
  if (firstError(findings) !== undefined || isInUnit) return [];
  const sentence = await temporaryFilesWarning(loaded.settings, host);
  return sentence === '' ? [] : [{ severity: 'warning', place: 'TMPDIR', sentence }];
}
