/**
 * The kinds of value that are text: words, paths, choices and lists.
 *
 * An empty string means "not given" for every text option.
 */

import type { Kind, Written } from './kinds.ts';
import { takeLast } from './kinds.ts';

/** Any text. */
export function text(placeholder: string, needs: string): Kind<string> {
  return {
    placeholder,
    argument: 'required',
    needs,
    isText: true,
    repeats: false,
    parse: (given) => ({ ok: true, value: given }),
    join: takeLast,
    format: (value) => (value === '' ? [] : [value]),
  };
}

/** The path of a file. */
export function file(): Kind<string> {
  return text('FILE', 'the path of a file');
}

/** The path of a directory. */
export function directory(): Kind<string> {
  return text('DIRECTORY', 'the path of a directory');
}

/** One of these words, or one of the synonyms for them. */
export function choice<const Word extends string>(
  words: readonly Word[],
  synonyms: Readonly<Record<string, NoInfer<Word>>> = {},
): Kind<Word> {
  return {
    placeholder: words.join('|'),
    argument: 'required',
    needs: `one of ${words.join(', ')}`,
    isText: false,
    repeats: false,
    parse(given) {
      const lower = given.trim().toLowerCase();
      const synonym = Object.hasOwn(synonyms, lower) ? synonyms[lower] : undefined;
      const found = words.find((word) => word === lower) ?? synonym;
      if (found !== undefined) return { ok: true, value: found };
      return { ok: false, problem: `"${given}" is not one of ${words.join(', ')}` };
    },
    join: takeLast,
    format: (value) => [value],
  };
}

/** Texts that add up, each with the place it was written at. */
export function list(placeholder: string, needs: string): Kind<readonly Written[]> {
  return {
    placeholder,
    argument: 'required',
    needs,
    isText: true,
    repeats: true,
    parse: (given, origin) => ({ ok: true, value: [{ text: given, origin }] }),
    join: (before, entries) => [...before, ...entries.flat()],
    format: (value) => value.map((written) => written.text),
  };
}

/** The same where the text may be left out on the command line. */
export function optionalList(placeholder: string, needs: string): Kind<readonly Written[]> {
  return { ...list(placeholder, needs), argument: 'optional' };
}

/** Names separated by commas; repeated entries add up. */
export function commaList(placeholder: string, needs: string): Kind<readonly Written[]> {
  return {
    ...list(placeholder, needs),
    parse(given, origin) {
      const names = given.split(',').map((name) => name.trim());
      const value = names.filter((name) => name !== '').map((name) => ({ text: name, origin }));
      return { ok: true, value };
    },
  };
}

/** How a time is written, by strftime(3); 'true' for on, which is the form of ctime(3). */
export function timeFormat(): Kind<string> {
  return {
    ...text('FORMAT', 'a format of strftime(3), or true'),
    argument: 'optional',
    parse(given) {
      const word = given.toLowerCase();
      if (['', 'true', 'on', 'yes', '1'].includes(word)) return { ok: true, value: 'true' };
      const isOff = ['false', 'off', 'no', '0'].includes(word);
      return { ok: true, value: isOff ? '' : given };
    },
  };
}
