/**
 * The reference of all options, in Markdown: with a column that compares each with uWSGI's, and the
 * options of uWSGI that are not there.
 */

import { directives } from '../tables/directives.ts';
import { exitCodeMeanings, exitCodeNames, exitCodes } from '../tables/exit-codes.ts';
import { relationsOf, verdictWords } from '../tables/judgement.ts';
import { sections, sectionTitles } from '../tables/option.ts';
import { optionNames, optionOf } from '../tables/options/options.ts';
import { unsupportedGroups } from '../tables/uwsgi/uwsgi.ts';
import { defaultOf, flagsOf, reloadOf, uwsgiOf } from './usage.ts';

import type { Relation } from '../tables/judgement.ts';
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

/** A line for each option of the section, with how it compares. */
function comparison(names: readonly OptionName[]): string {
  const lines = names.map((name) => {
    const { summary } = optionOf(name);
    return `| [\`${name}\`](#${name}) | ${inCell(summary)} | ${inCell(inUwsgi(name))} |`;
  });
  return ['| option | does | in uWSGI |', '| --- | --- | --- |', ...lines].join('\n');
}

/** `same`, `differs: …`, `always on: …`; several where it depends on the value. */
function inUwsgi(name: OptionName): string {
  const { uwsgi } = optionOf(name);
  if (uwsgi === 'ours-alone') return 'is not there';
  const relations = relationsOf(uwsgi).map(relationInWords);
  const isSame = relations.every((words) => words.startsWith('unless given'));
  return [...(isSame ? [verdictWords.same] : []), ...relations].join('; ');
}

function relationInWords(relation: Relation<unknown>): string {
  if ('unset' in relation) return `unless given: ${relation.unset}`;
  if ('differs' in relation) return `${verdictWords.differs}: ${relation.differs}`;
  if ('missing' in relation) return `${verdictWords.missing}: ${relation.missing}`;
  if ('always' in relation) return `${verdictWords.always}: ${relation.always}`;
  return `${verdictWords.same}: ${relation.remark}`;
}

/** A bar would end the cell. */
function inCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** What uWSGI has and Reeve has not, by what to do instead. */
function unsupportedTable(): string {
  const lines = unsupportedGroups.map(({ names, advice, refused }) => {
    const words = names.split(/\s+/).filter((word) => word !== '');
    const shown = words.map((word) => `\`${word.replace(/[=?!].?$/, '')}\``).join(', ');
    return `| ${shown} | ${inCell(advice)} | ${refused ? 'refused' : 'reported'} |`;
  });
  const head = ['| options | instead | a start with one is |', '| --- | --- | --- |'];
  return ['## Options of uWSGI that are not there', '', ...head, ...lines].join('\n');
}

/** The whole reference. */
export function markdownReference(): string {
  const parts = sections.map((section) => {
    const names = optionNames.filter((name) => optionOf(name).section === section);
    const title = `## ${sectionTitles[section]}`;
    return [title, comparison(names), ...names.map(optionText)].join('\n\n');
  });
  const reading = Object.entries(directives).map(
    ([name, { summary }]) => `| \`${name}\` | ${summary} |`,
  );
  const codes = exitCodeNames.map((name) => `| ${exitCodes[name]} | ${exitCodeMeanings[name]} |`);
  return [
    '# Options of Reeve',
    ...parts,
    unsupportedTable(),
    ['## While reading', '', '| key | does |', '| --- | --- |', ...reading].join('\n'),
    ['## Exit codes', '', '| code | means |', '| --- | --- |', ...codes, ''].join('\n'),
  ].join('\n\n');
}
