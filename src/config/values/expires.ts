/** The values of static-expires*: what they are about, and for how many seconds. */

import { readPattern } from '../../base/pattern.ts';

export type ReadExpires =
  | { readonly kind: 'rule'; readonly pattern: string; readonly seconds: number }
  | { readonly kind: 'problem'; readonly sentence: string };

const SECONDS_MAX = 2_147_483_647;

/** Reads "PATTERN SECONDS", or of a type "TYPE=SECONDS". */
export function readExpires(text: string, by: 'pattern' | 'type'): ReadExpires {
  const [between, form] = by === 'type' ? ['=', 'TYPE=SECONDS'] : [' ', 'PATTERN SECONDS'];
  const cut = text.indexOf(between);
  const seconds = /^\s*(\d+)/.exec(text.slice(cut + 1))?.[1];
  if (cut < 1 || seconds === undefined) {
    return { kind: 'problem', sentence: `it needs ${form}, not "${text}"` };
  }
  const pattern = text.slice(0, cut);
  if (by === 'pattern' && readPattern(pattern) === undefined) {
    return { kind: 'problem', sentence: `"${pattern}" is not a regular expression` };
  }
  if (Number(seconds) > SECONDS_MAX) {
    const why = 'ages in HTTP have no more (RFC 9111, section 1.2.2)';
    return { kind: 'problem', sentence: `${seconds} is more than ${SECONDS_MAX}: ${why}` };
  }
  return { kind: 'rule', pattern, seconds: Number(seconds) };
}
