/** The values of static-expires*: what they are about, and for how many seconds. */

import { readPattern } from '../../base/pattern.ts';

export type ReadExpires =
  | { readonly kind: 'rule'; readonly pattern: string; readonly seconds: number }
  | { readonly kind: 'problem'; readonly sentence: string };

/** Reads "PATTERN SECONDS", or of a type "TYPE=SECONDS". */
export function readExpires(text: string, by: 'pattern' | 'type'): ReadExpires {
  const [between, form] = by === 'type' ? ['=', 'TYPE=SECONDS'] : [' ', 'PATTERN SECONDS'];
  const cut = text.indexOf(between);
  const seconds = /^\s*(\d{1,10})/.exec(text.slice(cut + 1))?.[1];
  if (cut < 1 || seconds === undefined) {
    return { kind: 'problem', sentence: `it needs ${form}, not "${text}"` };
  }
  const pattern = text.slice(0, cut);
  if (by === 'pattern' && readPattern(pattern) === undefined) {
    return { kind: 'problem', sentence: `"${pattern}" is not a regular expression` };
  }
  return { kind: 'rule', pattern, seconds: Number(seconds) };
}
