/**
 * What each line of a configuration does in Reeve, in words: `reeve check` shows all of them, and a
 * start logs the same in fewer.
 */

import { judgeAbsence } from '../../tables/judgement.ts';
import { optionNames, optionOf } from '../../tables/options/options.ts';

import type { OptionName } from '../../tables/options/options.ts';
import type { Judged, Verdict } from '../../tables/judgement.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';

/** A line of the configuration, and what it does. */
export interface Judgement extends Judged {
  /** `app.ini:4`, `--http`, `UWSGI_HTTP`. */
  readonly place: string;
  /** As it was written. */
  readonly name: string;
  /** With its placeholders filled in; a credential stays as it was written. */
  readonly value: string;
}

/** So many unsupported options have a sentence of their own; more are one list. */
const SENTENCES_MAX = 3;

/** For the log of a start: a line for each kind of what is not as in uWSGI. */
export function inFewerWords(judgements: readonly Judgement[]): readonly Diagnostic[] {
  return [
    ...onMissing(withVerdict(judgements, 'missing').filter((one) => one.isRefused !== true)),
    ...onNames('always on', withVerdict(judgements, 'always'), ''),
    ...onNames(
      'not quite as in uWSGI',
      withVerdict(judgements, 'differs'),
      '`reeve check` shows how',
    ),
  ];
}

/** For `reeve check`: what differs because of lines that are not there. */
export function onAbsent(given: ReadonlyMap<OptionName, string>): readonly Diagnostic[] {
  const names = new Set<string>(given.keys());
  return optionNames
    .filter((name) => !given.has(name))
    .map((name) => [name, judgeAbsence(optionOf(name).uwsgi, (each) => names.has(each))] as const)
    .filter(([, said]) => said !== '')
    .map(([name, said]) => {
      return { severity: 'note', place: '', sentence: `not in the file: ${name}: ${said}` };
    });
}

/** For `reeve check`: lines in blocks whose condition is false. */
export function onLeftOut(places: readonly string[]): readonly Diagnostic[] {
  if (places.length === 0) return [];
  const [lines, their] = places.length === 1 ? ['line was', 'its'] : ['lines were', 'their'];
  const why = `${their} condition is false here, or ${their} loop is empty`;
  const sentence = `${places.length} ${lines} not judged, as ${why}: ${places.join(', ')}`;
  return [{ severity: 'note', place: '', sentence }];
}

function withVerdict(judgements: readonly Judgement[], verdict: Verdict): readonly Judgement[] {
  return judgements.filter((judgement) => judgement.verdict === verdict);
}

function onMissing(missing: readonly Judgement[]): readonly Diagnostic[] {
  if (missing.length > SENTENCES_MAX) {
    const names = missing.map(({ name, place }) => `${name} (${place})`).join(', ');
    const sentence = `${missing.length} lines are not supported, and are ignored: ${names}`;
    const advice = '`reeve check` shows what to use instead';
    return [{ severity: 'warning', place: '', sentence, advice }];
  }
  return missing.map(({ name, place, sentence, advice }) => {
    const what = sentence === '' ? 'is not supported, and is ignored' : `is ignored: ${sentence}`;
    const finding = { severity: 'warning', place, sentence: `${name} ${what}` } as const;
    return advice === undefined ? finding : { ...finding, advice };
  });
}

function onNames(
  what: string,
  judgements: readonly Judgement[],
  advice: string,
): readonly Diagnostic[] {
  const names = [...new Set(judgements.map(({ name }) => name))];
  if (names.length === 0) return [];
  const finding = {
    severity: 'note',
    place: '',
    sentence: `${what}: ${names.join(', ')}`,
  } as const;
  return [advice === '' ? finding : { ...finding, advice }];
}
