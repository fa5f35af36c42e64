/**
 * PURE. Values that are keys and values themselves, as several options of uWSGI have them:
 * `name=x,items=10`. A comma behind a backslash is one of the value.
 */

import type { Kind, Written } from '../kinds.ts';
import { list } from '../text-kinds.ts';

/** The keys, by their usual names, with what stands behind the sign; '' for a key alone. */
export function pairsOf(
  text: string,
  synonyms: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const part of text.split(/(?<!\\),/)) {
    const cut = part.indexOf('=');
    const key = (cut === -1 ? part : part.slice(0, cut)).trim();
    const value = cut === -1 ? '' : part.slice(cut + 1).replaceAll('\\,', ',');
    if (key !== '') pairs.set(Object.hasOwn(synonyms, key) ? (synonyms[key] ?? key) : key, value);
  }
  return pairs;
}

/** A whole number within bounds; NaN for anything else. */
export function numberOf(
  text: string | undefined,
  otherwise: number,
  bounds: { readonly min: number; readonly max: number },
): number {
  if (text === undefined) return otherwise;
  const value = /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : Number.NaN;
  return value >= bounds.min && value <= bounds.max ? value : Number.NaN;
}

/** Such values, which add up; `problemOf` says what is wrong with one, or nothing. */
export function keyValueList(
  placeholder: string,
  needs: string,
  problemOf: (text: string) => string | undefined,
): Kind<readonly Written[]> {
  return {
    ...list(placeholder, needs),
    parse(text, origin) {
      const problem = problemOf(text);
      if (problem !== undefined) return { ok: false, problem };
      return { ok: true, value: [{ text, origin }] };
    },
  };
}
