/**
 * From the command line, the environment and the files to settings and findings.
 *
 * The order is uWSGI's: the environment is weakest, then flags and the files that flags name as
 * they come, then files without a flag before them, then what `inherit` names.
 */

import { exitCodes } from '../tables/exit-codes.ts';
import { Collector } from './reading/collector.ts';
import { readCommandLine } from './reading/command-line.ts';
import { revealCredentials } from './values/credentials.ts';
import { firstError } from './reading/diagnostic.ts';
import { expandEntries, referencedNames } from './values/expansion.ts';
import { fileName, formatOf } from './reading/files.ts';
import { meaningOf } from './reading/names.ts';
import { didYouMean } from './reading/nearest.ts';
import { moduleFacts } from './values/module-facts.ts';
import { resolve } from './values/resolve.ts';
import { withoutTemplate } from './values/template.ts';
import { patternFindings } from './rules/logger-rules.ts';
import { checkRules } from './rules/rules.ts';
import { inFewerWords } from './values/judgement.ts';

import type { OptionName, Settings } from '../tables/options/options.ts';
import type { Command } from './reading/collector.ts';
import type { Diagnostic } from './reading/diagnostic.ts';
import type { Entry } from './reading/entry.ts';
import type { Judgement } from './values/judgement.ts';
import type { ModuleFacts } from './values/module-facts.ts';
import type { Secret } from './values/resolve.ts';
import type { ConfigHost } from './reading/host.ts';

export type { Command } from './reading/collector.ts';

export interface Loaded {
  readonly settings: Settings;
  /** Where each option was given last: `app.ini:4`, `--http`, `UWSGI_HTTP`. */
  readonly given: ReadonlyMap<OptionName, string>;
  /** Values that must not be printed, and what stands for them. */
  readonly secrets: readonly Secret[];
  /** What each line does in Reeve, compared with uWSGI. */
  readonly judgements: readonly Judgement[];
  /** Where the lines are whose condition is false, or whose loop is empty. */
  readonly leftOut: readonly string[];
  /** In the order found; with an error among them the settings are not to be used. */
  readonly diagnostics: readonly Diagnostic[];
  /** The configuration files that were read, as they were named. */
  readonly files: readonly string[];
  /** What the module `uwsgi` tells the application of it. */
  readonly moduleFacts: ModuleFacts;
  /** `show-config`: the settings are to be printed before the start. */
  readonly showsConfig: boolean;
  /** Whether a start was asked for, and everything that it names could be read. */
  readonly isStart: boolean;
  /** Something else than a start that was asked for. */
  readonly command?: Command;
}

/** Variables of uWSGI's own that are no options. */
const reservedVariables = new Set([
  'UWSGI_RELOADS',
  'UWSGI_VASSALS_DIR',
  'UWSGI_EMPEROR_FD',
  'UWSGI_EMPEROR_FD_CONFIG',
  'UWSGI_EMPEROR_PROXY',
  'UWSGI_BROODLORD_NUM',
  'UWSGI_JAIL_PID',
  'UWSGI_ORIGINAL_PROC_NAME',
]);

async function addEnvironment(collector: Collector, host: ConfigHost): Promise<void> {
  for (const [variable, value] of Object.entries(host.environment)) {
    if (value === undefined || !variable.startsWith('UWSGI_')) continue;
    if (reservedVariables.has(variable)) continue;
    const name = variable.slice('UWSGI_'.length).toLowerCase().replaceAll('_', '-');
    if (name !== '') await collector.add({ name, value, origin: variable, from: 'environment' });
  }
}

async function addPositional(collector: Collector, word: string): Promise<void> {
  if (word.startsWith('[')) return;
  if (formatOf(word) !== undefined || formatOf(fileName(word).path) !== undefined) {
    await collector.load(word, '', undefined);
    return;
  }
  const place = '';
  const exitCode = exitCodes.usage;
  const sentence = `"${word}" is neither an option nor a configuration file`;
  const error = { severity: 'error', place, sentence, exitCode } as const;
  collector.findings.push({ ...error, advice: adviceFor(word) });
}

function adviceFor(word: string): string {
  if (/^(true|false|on|off|yes|no|\d+)$/.test(word)) {
    return 'a switch takes its value after =, as in --vacuum=false';
  }
  if (word.endsWith('.py')) return didYouMean(`--wsgi-file ${word}`);
  if (/^\S*:\d+$/.test(word)) return didYouMean(`--http ${word}`);
  if (/^[A-Za-z_][\w.]*:[A-Za-z_]\w*(\(\))?$/.test(word)) return didYouMean(`--module ${word}`);
  return `say --ini ${word} if it is an ini file`;
}

/** Loads what `inherit` names, after everything else; what it brings is taken as it stands. */
async function addInherited(
  collector: Collector,
  expanded: readonly Entry[],
): Promise<readonly Entry[]> {
  const result = [...expanded];
  let known = collector.entries.length;
  for (let index = 0; index < result.length; index++) {
    const entry = result[index];
    if (entry === undefined || entry.hasActed) continue;
    const meaning = meaningOf(entry.name);
    if (meaning?.kind !== 'directive' || meaning.directive.action.kind !== 'inherit') continue;
    await collector.inherit(entry.value, entry.origin);
    result.push(...collector.entries.slice(known));
    known = collector.entries.length;
  }
  return result;
}

/** A pattern in `pythonpath` names every directory that matches, as in uWSGI. */
function withPatterns(settings: Settings, host: ConfigHost): Settings {
  const pythonpath = settings.pythonpath.flatMap((written) => {
    const found = /[*?[]/.test(written.text) ? host.glob(written.text) : [];
    return found.length === 0 ? [written] : found.map((text) => ({ ...written, text }));
  });
  return { ...settings, pythonpath };
}

/** Every name, and where it stands. */
function namesIn(entries: readonly Entry[]): ReadonlyMap<string, string> {
  return new Map(entries.map(({ name, origin }) => [name, origin]));
}

/** All that a start logs about its configuration. */
export function findingsOfStart(
  loaded: Pick<Loaded, 'diagnostics' | 'judgements'>,
): readonly Diagnostic[] {
  return [...loaded.diagnostics, ...inFewerWords(loaded.judgements)];
}

/**
 * Reads the whole configuration. Findings are returned, not thrown; throws only for a bug, or an
 * OperatorError where reading cannot go on.
 */
export async function loadConfiguration(
  argv: readonly string[],
  host: ConfigHost,
): Promise<Loaded> {
  const collector = new Collector(host);
  const commandLine = readCommandLine(argv);
  collector.findings.push(...commandLine.problems);
  await addEnvironment(collector, host);
  for (const line of commandLine.lines) await collector.add(line);
  for (const word of commandLine.files) await addPositional(collector, word);
  collector.finish();

  const expanded = expandEntries(collector.entries, host);
  const revealed = revealCredentials(await addInherited(collector, expanded.entries), host);
  const { entries } = revealed;
  const resolved = resolve(entries, referencedNames(collector.entries), host.cores);
  const before = [
    ...collector.findings,
    ...expanded.findings,
    ...revealed.findings,
    ...resolved.findings,
  ];
  // Where a word or a file is missing already, rules would only complain of what follows from it.
  const isUsage = before.some((finding) => finding.exitCode === exitCodes.usage);
  const isWhole = !isUsage && firstError(collector.findings) === undefined;
  // An emperor serves nothing itself: that it is not supported is the only finding needed.
  const isEmperor = entries.some((entry) => entry.name === 'emperor');
  const isStart = isWhole && !isEmperor && collector.command === undefined;
  const rules = isStart
    ? [
        ...checkRules(resolved.settings, resolved.given, host, namesIn(entries)),
        ...(await patternFindings(resolved.settings)),
      ]
    : [];
  const { given, secrets, judgements } = resolved;
  const settings = withPatterns(resolved.settings, host);
  const { files, showsConfig, leftOut } = collector;
  const diagnostics = withoutTemplate([...before, ...rules], collector.entries);
  const read = { settings, given, secrets, judgements, diagnostics };
  const facts = moduleFacts(entries, collector.firstFile, host);
  const loaded = { ...read, files, leftOut, moduleFacts: facts, showsConfig, isStart };
  return collector.command === undefined ? loaded : { ...loaded, command: collector.command };
}
