/** What the comparison of all files comes to. */

import type { Found } from './compare.ts';

export interface Outcome {
  readonly name: string;
  readonly uwsgiServes: boolean;
  readonly reeveServes: boolean;
  readonly found: readonly Found[];
  /** Options of the file that check says are not there. */
  readonly lost: readonly string[];
}

/** Percentages of the files that uwsgi serves, and what is lost, by the number of files. */
export function figures(outcomes: readonly Outcome[]): readonly string[] {
  const served = outcomes.filter(({ uwsgiServes }) => uwsgiServes);
  const starts = served.filter(({ reeveServes }) => reeveServes);
  const whole = starts.filter((one) => one.lost.length === 0 && !hasEffect(one, 'lost'));
  const same = whole.filter((one) => !hasEffect(one, 'differs'));
  const sameButStop = whole.filter((one) => !hasEffect(withoutSigterm(one), 'differs'));
  const share = (part: readonly Outcome[]) =>
    `${part.length} of ${served.length} (${((part.length / served.length) * 100).toFixed(1)} %)`;
  const lost = new Map<string, string[]>();
  for (const outcome of served) {
    for (const name of new Set(outcome.lost)) {
      lost.set(name, [...(lost.get(name) ?? []), outcome.name.replace('.ini', '')]);
    }
  }
  return [
    `${outcomes.length} files, of which uwsgi serves ${served.length}`,
    `starts: ${share(starts)}`,
    `nothing lost: ${share(whole)}`,
    `same: ${share(same)}; but for SIGTERM, which stops: ${share(sameButStop)}`,
    ...[...lost]
      .toSorted(
        ([one, files], [other, more]) => more.length - files.length || (one < other ? -1 : 1),
      )
      .map(([name, files]) => `lost: ${name}, ${files.length} files: ${files.join(' ')}`),
  ];
}

function withoutSigterm(outcome: Outcome): Outcome {
  return { ...outcome, found: outcome.found.filter(({ where }) => where !== 'SIGTERM') };
}

function hasEffect({ found }: Outcome, effect: 'lost' | 'differs'): boolean {
  return found.some(({ known }) => known === undefined || known.effect === effect);
}
