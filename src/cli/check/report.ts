/**
 * PURE. What `reeve check` shows people: each line of the configuration with what it does in Reeve,
 * and how many there are of each kind.
 */

import { verdictWords } from '../../tables/judgement.ts';

import type { Judgement } from '../../config/values/judgement.ts';
import type { Verdict } from '../../tables/judgement.ts';

/** Lines for which a start is refused are not among those that are only not there. */
export type Counts = Readonly<Record<Verdict | 'refused', number>>;

/** Longer values are cut: the file has them whole. */
const LINE_CHARACTERS_MAX = 46;

/** How many lines there are of each kind. */
export function countsOf(judgements: readonly Judgement[]): Counts {
  const counts: Record<keyof Counts, number> = {
    same: 0,
    always: 0,
    differs: 0,
    missing: 0,
    refused: 0,
    ours: 0,
    unknown: 0,
    wrong: 0,
  };
  for (const { verdict, isRefused } of judgements) {
    counts[isRefused === true ? 'refused' : verdict] += 1;
  }
  return counts;
}

/** One row for each line, in their order; '' where there is none. */
export function tableOf(judgements: readonly Judgement[]): string {
  const rows = judgements.map((judgement) => {
    return [
      judgement.place,
      shortened(lineOf(judgement)),
      wordOf(judgement),
      explained(judgement),
    ] as const;
  });
  const widths = [0, 1, 2].map((column) =>
    Math.max(0, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}

/** The counts in words: "12 lines: 9 same, 1 always on, 1 differs, 1 not there". */
export function countsInWords(counts: Counts): string {
  const { same, always, differs, missing, refused, ours, unknown, wrong } = counts;
  const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
  const usual = [
    `${same} same`,
    `${always} always on`,
    `${differs} ${differs === 1 ? 'differs' : 'differ'}`,
    `${missing} not there`,
  ];
  const seldom = [
    refused === 0 ? '' : `${refused} refused`,
    ours === 0 ? '' : `${ours} of Reeve's own`,
    unknown === 0 ? '' : `${unknown} unknown`,
    wrong === 0 ? '' : `${wrong} not valid`,
  ];
  const words = [...usual, ...seldom.filter((each) => each !== '')].join(', ');
  return `${all} ${all === 1 ? 'line' : 'lines'}: ${words}`;
}

function lineOf({ name, value }: Judgement): string {
  return value === '' ? name : `${name} = ${value}`;
}

function wordOf({ verdict, isRefused }: Judgement): string {
  return isRefused === true ? 'refused' : verdictWords[verdict];
}

function explained({ verdict, sentence, advice = '' }: Judgement): string {
  const words = [sentence, advice].filter((each) => each !== '').join('; ');
  return words === '' && verdict === 'unknown' ? 'a placeholder that nothing refers to' : words;
}

function shortened(text: string): string {
  const flat = text.replaceAll(/[\n\t]/g, ' ');
  if (flat.length <= LINE_CHARACTERS_MAX) return flat;
  return `${flat.slice(0, LINE_CHARACTERS_MAX - 1)}…`;
}
