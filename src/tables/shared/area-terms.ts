/**
 * PURE. The value of `sharedarea`, as uWSGI has it: a number of pages, or `size=100`,
 * `file=data.bin,size=100`, `pages=2`.
 */

import type { Kind, Written } from '../kinds.ts';
import { keyValueList, numberOf, pairsOf } from './key-values.ts';

export interface AreaTerms {
  /** Whole pages, but for an area in a file. */
  readonly bytes: number;
  /** The file that the area is; '' = none. */
  readonly file: string;
}

export type ParsedArea =
  | { readonly ok: true; readonly terms: AreaTerms }
  | { readonly ok: false; readonly problem: string };

const PAGE_BYTES = 4_096;
const BYTES_MAX = 1_099_511_627_776;
const known = new Set(['pages', 'size', 'file', 'fd', 'ptr']);

/** Reads a value of `sharedarea`. */
export function parseArea(text: string): ParsedArea {
  const pairs = text.includes('=') ? pairsOf(text) : new Map([['pages', text]]);
  const stranger = [...pairs.keys()].find((key) => !known.has(key));
  if (stranger !== undefined) return wrong(`an area has no key "${stranger}"`);
  if (pairs.has('fd') || pairs.has('ptr')) {
    return wrong('fd= and ptr= name memory of uWSGI itself; write file=, size= or pages=');
  }
  const bounds = { min: 1, max: BYTES_MAX };
  const pages = numberOf(pairs.get('pages'), 0, { min: 1, max: BYTES_MAX / PAGE_BYTES });
  const size = numberOf(pairs.get('size'), 0, bounds);
  if (Number.isNaN(pages) || Number.isNaN(size)) {
    return wrong(`"${text}" has no number of pages or bytes up to 1 TiB`);
  }
  if (pages === 0 && size === 0) return wrong('it has no size= and no pages=');
  const file = pairs.get('file') ?? '';
  const bytes = size === 0 ? pages * PAGE_BYTES : size;
  const inPages = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  return { ok: true, terms: { bytes: file === '' ? inPages : bytes, file } };
}

function wrong(problem: string): ParsedArea {
  return { ok: false, problem };
}

/** The kind of `sharedarea`. */
export function areaKind(): Kind<readonly Written[]> {
  return keyValueList('PAGES|KEY=VALUE,…', 'an area such as 1, or size=100', (text) => {
    const parsed = parseArea(text);
    return parsed.ok ? undefined : parsed.problem;
  });
}
