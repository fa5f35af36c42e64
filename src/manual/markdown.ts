/**
 * The reference of all options, in Markdown.
 */

import { directives } from '../tables/directives.ts';
import { exitCodeMeanings, exitCodes } from '../tables/exit-codes.ts';
import { sectionTitles } from '../tables/option.ts';
import { optionNames, optionOf } from '../tables/options.ts';
import { sections } from './help.ts';
import { defaultOf, flagsOf, reloadOf, uwsgiOf } from './usage.ts';

import type { ExitCodeName } from '../tables/exit-codes.ts';
import type { OptionName } from '../tables/options.ts';

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

function optionText(name: OptionName): string {
  const { summary, details } = optionOf(name);
  const value = defaultOf(name);
  const facts = [value === '' ? '' : `Default: \`${value}\`.`, reloadOf(name), uwsgiOf(name)];
  return [
    `### ${name}`,
    `\`${flagsOf(name)}\``,
    sentence(summary),
    ...(details === undefined ? [] : [details]),
    facts.filter((fact) => fact !== '').join(' '),
  ].join('\n\n');
}

function isExitCodeName(name: string): name is ExitCodeName {
  return Object.hasOwn(exitCodes, name);
}

/** The names of the exit codes in order. */
export const exitCodeNames: readonly ExitCodeName[] = Object.keys(exitCodes).filter(isExitCodeName);

/** The whole reference. */
export function markdownReference(): string {
  const parts = sections.map((section) => {
    const names = optionNames.filter((name) => optionOf(name).section === section);
    return [`## ${sectionTitles[section]}`, ...names.map(optionText)].join('\n\n');
  });
  const reading = Object.entries(directives).map(
    ([name, { summary }]) => `| \`${name}\` | ${summary} |`,
  );
  const codes = exitCodeNames.map(
    (name) => `| ${exitCodes[name]} | ${exitCodeMeanings[name].meaning} |`,
  );
  return [
    '# Options of Reeve',
    ...parts,
    ['## While reading', '', '| key | does |', '| --- | --- |', ...reading].join('\n'),
    ['## Exit codes', '', '| code | means |', '| --- | --- |', ...codes, ''].join('\n'),
  ].join('\n\n');
}
