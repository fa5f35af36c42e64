/**
 * The reference of all options, in Markdown.
 */

import { directives } from '../tables/directives.ts';
import { exitCodeMeanings, exitCodeNames, exitCodes } from '../tables/exit-codes.ts';
import { sections, sectionTitles } from '../tables/option.ts';
import { optionNames, optionOf } from '../tables/options/options.ts';
import { defaultOf, flagsOf, reloadOf, uwsgiOf } from './usage.ts';

import type { OptionName } from '../tables/options/options.ts';

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

/** The whole reference. */
export function markdownReference(): string {
  const parts = sections.map((section) => {
    const names = optionNames.filter((name) => optionOf(name).section === section);
    return [`## ${sectionTitles[section]}`, ...names.map(optionText)].join('\n\n');
  });
  const reading = Object.entries(directives).map(
    ([name, { summary }]) => `| \`${name}\` | ${summary} |`,
  );
  const codes = exitCodeNames.map((name) => `| ${exitCodes[name]} | ${exitCodeMeanings[name]} |`);
  return [
    '# Options of Reeve',
    ...parts,
    ['## While reading', '', '| key | does |', '| --- | --- |', ...reading].join('\n'),
    ['## Exit codes', '', '| code | means |', '| --- | --- |', ...codes, ''].join('\n'),
  ].join('\n\n');
}
