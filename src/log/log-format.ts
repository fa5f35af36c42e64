/**
 * A line by log-format (pure).
 *
 * A format that is a JSON object, or has one in it, gives valid JSON whatever a client sends: in
 * its strings JSON's escapes are used, and what stands there without quotes is a number or a
 * string. Elsewhere `"`, `\` and control characters are escaped as in Apache's logs.
 */

import { partsOfLogFormat } from '../tables/log-format.ts';
import { escapeInJson } from './log-line.ts';
import { bytesOf, escaped, IN_QUOTES, textOf } from './log-bytes.ts';

/** Where a field stands. */
type Place = 'text' | 'json-string' | 'json-value';

/** Takes a format apart once: texts as they stand, and fields made by `of`. */
export function compileFormat<Field>(
  format: string,
  of: (name: string) => Field,
): readonly (string | { readonly field: Field; readonly write: (value: string) => string })[] {
  // With a group in the pattern, split gives text and names in turn.
  const parts = partsOfLogFormat(format);
  const places = placesIn(parts);
  return parts.map((part, index) => {
    if (index % 2 === 0) return bytesOf(part);
    return { field: of(part), write: writers[places[(index - 1) / 2] ?? 'text'] };
  });
}

const writers: Readonly<Record<Place, (value: string) => string>> = {
  text: (value) => escaped(value || '-', IN_QUOTES),
  'json-string': (value) => inJsonString(value || '-'),
  'json-value': (value) => (NUMBER.test(value) ? value : `"${inJsonString(value || '-')}"`),
};

// oxlint-disable-next-line no-control-regex
const ODD_IN_JSON = /[\x00-\x1f"\\\x7f-\xff]/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** Bytes as they stand between the quotes of a JSON string; what is not UTF-8 is U+FFFD. */
export function inJsonString(value: string): string {
  if (!ODD_IN_JSON.test(value)) return value;
  return bytesOf(escapeInJson(JSON.stringify(textOf(value)).slice(1, -1)));
}

/** Where each of the fields stands; `parts` are texts and names in turn. */
export function placesIn(parts: readonly string[]): readonly Place[] {
  // Each field is one digit: valid in a string of JSON as well as in place of a value.
  const sample = parts.map((part, index) => (index % 2 === 0 ? part : '0')).join('');
  const fieldsAt: number[] = [];
  parts.reduce((at, part, index) => {
    if (index % 2 === 1) fieldsAt.push(at);
    return at + (index % 2 === 1 ? 1 : part.length);
  }, 0);
  const found = objectIn(sample);
  if (found === undefined) return fieldsAt.map(() => 'text');
  const inString = insideStrings(sample.slice(found.start, found.end));
  return fieldsAt.map((at) => {
    if (at < found.start || at >= found.end) return 'text';
    return inString[at - found.start] === true ? 'json-string' : 'json-value';
  });
}

/** The JSON object in a text; without its braces where something else puts them around it. */
function objectIn(text: string): { readonly start: number; readonly end: number } | undefined {
  const starts = [...text.matchAll(/\{/g)].map(({ index }) => index);
  const end = text.lastIndexOf('}') + 1;
  const start = starts.find((at) => isObject(text.slice(at, end)));
  if (start !== undefined) return { start, end };
  const isInner = text.includes('":') && isObject(`{${text}}`);
  return isInner ? { start: 0, end: text.length } : undefined;
}

function isObject(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** For each character of a JSON text whether it stands in a string. */
function insideStrings(text: string): readonly boolean[] {
  let isInside = false;
  let isEscaped = false;
  return Array.from({ length: text.length }, (_, index) => {
    const character = text[index];
    const was = isInside;
    if (isEscaped) isEscaped = false;
    else if (character === '\\') isEscaped = isInside;
    else if (character === '"') isInside = !isInside;
    return was;
  });
}
