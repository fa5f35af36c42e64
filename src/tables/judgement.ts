/**
 * What a line of a configuration does in Reeve, compared with uWSGI.
 *
 * Each option says it beside its declaration (`uwsgi:`). The start, `reeve check`, the help and the
 * manual all take their words from there.
 */

export type Verdict =
  /** As in uWSGI. */
  | 'same'
  /** What it asks for holds without it. */
  | 'always'
  /** It works, but not quite as in uWSGI. */
  | 'differs'
  /** Reeve does not have it. */
  | 'missing'
  /** An option that only Reeve has. */
  | 'ours'
  /** Neither Reeve nor uWSGI knows the name. */
  | 'unknown'
  /** The value cannot be used. */
  | 'wrong';

/** As people read it. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  same: 'same',
  always: 'always on',
  differs: 'differs',
  missing: 'not there',
  ours: "Reeve's own",
  unknown: 'unknown',
  wrong: 'not valid',
};

/** What else is known where a value is judged. */
export interface LineFacts {
  /** The value as it was written, with its placeholders filled in. */
  readonly text: string;
  /** Whether an option is given anywhere in the configuration. */
  readonly isGiven: (option: string) => boolean;
}

interface Narrowed<T> {
  /** Whether a value is meant; without it all of them are. */
  only?(value: T, line: LineFacts): boolean;
}

/**
 * How an option relates to uWSGI's of the same name. Each sentence has no capital and no full stop.
 *
 * - `differs`: what these values do otherwise than in uWSGI.
 * - `missing`: what these values ask for, and Reeve does not do; it stands first.
 * - `always`: why nothing is lost, as what these values ask for holds without them.
 * - `remark`: they work as in uWSGI; this is worth knowing beside.
 * - `unset`: what differs only where the option is not given. `isTold`: whether `reeve check` says
 *   so of a file that gives these options.
 */
export type Relation<T> =
  | (Narrowed<T> & { readonly differs: string })
  | (Narrowed<T> & { readonly always: string })
  | (Narrowed<T> & { readonly missing: string })
  | (Narrowed<T> & { readonly remark: string })
  | { readonly unset: string; isTold?(isGiven: LineFacts['isGiven']): boolean };

/** Where no relation is about a value, it is the same. `always` counts where it stands first. */
export type UwsgiMeaning<T> = 'same' | 'ours-alone' | Relation<T> | readonly Relation<T>[];

export interface Judged {
  readonly verdict: Verdict;
  /** What there is to know: no capital unless a name, no full stop; '' for nothing. */
  readonly sentence: string;
  /** What to do instead. */
  readonly advice?: string;
  /** Whether a start is refused for it: the application would be less safe without it. */
  readonly isRefused?: true;
}

/** The relations of an option; none where it is the same, or ours alone. */
export function relationsOf(meaning: UwsgiMeaning<unknown>): readonly Relation<unknown>[] {
  if (meaning === 'same' || meaning === 'ours-alone') return [];
  return 'length' in meaning ? meaning : [meaning];
}

/** What this value does. */
export function judgeValue(
  meaning: UwsgiMeaning<unknown>,
  value: unknown,
  line: LineFacts,
): Judged {
  if (meaning === 'ours-alone') return { verdict: 'ours', sentence: '' };
  const about = relationsOf(meaning).filter(
    (relation) => !('unset' in relation) && relation.only?.(value, line) !== false,
  );
  const [first] = about;
  if (first !== undefined && 'missing' in first) {
    return { verdict: 'missing', sentence: first.missing };
  }
  if (first !== undefined && 'always' in first)
    return { verdict: 'always', sentence: first.always };
  const differences = about.flatMap((one) => ('differs' in one ? [one.differs] : []));
  if (differences.length > 0) return { verdict: 'differs', sentence: differences.join('; ') };
  const remarks = about.flatMap((one) => ('remark' in one ? [one.remark] : []));
  return { verdict: 'same', sentence: remarks.join('; ') };
}

/** What differs because the option is not in a file with these; '' for nothing worth a line. */
export function judgeAbsence(
  meaning: UwsgiMeaning<unknown>,
  isGiven: LineFacts['isGiven'],
): string {
  return relationsOf(meaning)
    .flatMap((one) => ('unset' in one && one.isTold?.(isGiven) === true ? [one.unset] : []))
    .join('; ');
}

/** All differences of an option in one line, for the manual; '' where there is none. */
export function differencesInWords(meaning: UwsgiMeaning<unknown>): string {
  return relationsOf(meaning)
    .map((relation) => {
      if ('unset' in relation) return relation.unset;
      if ('missing' in relation) return relation.missing;
      if ('differs' in relation) return relation.differs;
      return 'remark' in relation ? relation.remark : '';
    })
    .filter((sentence) => sentence !== '')
    .join('; ');
}
