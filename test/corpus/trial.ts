/** Both servers on one file, side by side, with the report that check makes of it. */

import { verdictWords } from '../../src/tables/judgement.ts';
import type { Verdict } from '../../src/tables/judgement.ts';
import { compare, silent } from './compare.ts';
import type { CorpusFile } from './corpus.ts';
import type { Outcome } from './figures.ts';
import { runInSandbox } from './sandbox.ts';
import { scenarioOf } from './scenario.ts';
import type { Seen } from './inside.ts';

export interface Trial {
  readonly outcome: Outcome;
  readonly uwsgi: Seen;
  readonly reeve: Seen;
  /** In sentences: a difference that is not listed, or silent, or a false verdict of check. */
  readonly faults: readonly string[];
}

export async function tryOut(file: CorpusFile): Promise<Trial> {
  const scenario = await scenarioOf(file);
  const [uwsgi, reeve] = await Promise.all([
    runInSandbox('uwsgi', scenario),
    runInSandbox('reeve', scenario),
  ]);
  const report: Report = JSON.parse(reeve.check.output);
  const isComparable = scenario.broken === '';
  const found = isComparable ? compare(scenario, uwsgi.observations, reeve.observations) : [];
  const serves = (seen: Seen) => seen.observations['start'] === 'serves';
  const unlisted = found.filter(({ known }) => known === undefined);
  return {
    outcome: {
      name: file.name,
      uwsgiServes: serves(uwsgi) && isComparable,
      reeveServes: serves(reeve),
      found,
      lost: report.lines.filter(({ verdict }) => verdict === 'missing').map(({ name }) => name),
    },
    uwsgi,
    reeve,
    faults: [
      ...unlisted.map((one) => `not listed: ${one.where}: ${one.uwsgi} | ${one.reeve}`),
      ...silent(found, inWords(report)).map((one) => `silent: ${one}`),
      ...falseVerdict(reeve),
    ],
  };
}

/** The part of docs/check.schema.json that counts here. */
interface Report {
  readonly lines: readonly Explained[];
  readonly findings: readonly { readonly sentence: string }[];
}

interface Explained {
  readonly name: string;
  readonly value: string;
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly advice: string | null;
}

/** A line for each line of the file, and for each finding. */
function inWords({ lines, findings }: Report): string {
  const told = lines.map(({ name, value, verdict, sentence, advice }) => {
    return `${verdictWords[verdict]}: ${name} = ${value}: ${sentence}; ${advice ?? ''}`;
  });
  return [...told, ...findings.map(({ sentence }) => sentence)].join('\n');
}

/** Check ends as the start does; only the application is not tried by it. */
function falseVerdict({ observations, check }: Seen): readonly string[] {
  const start = observations['start'] ?? '';
  const [, code] = /^ends with (\d+)/.exec(start) ?? [];
  const expected = Number(code ?? 0);
  const appFails = 22;
  if (check.code === expected || (check.code === 0 && expected === appFails)) return [];
  return [`check ends with ${check.code}, but the start ${start}`];
}
