/**
 * The text of a JSON file, cut into sections and lines as an ini file is.
 *
 * The top level names sections. As in uWSGI true is "1", false and null are "0", numbers are their
 * digits, and a list repeats its key; so does a key that is written several times.
 */

import type { FileLine, Section } from './entry.ts';

export type FileText =
  | { readonly ok: true; readonly sections: readonly Section[] }
  | { readonly ok: false; readonly problem: string; readonly line: number };

/** The text with a number before every key, so that none is lost where JavaScript keeps one. */
function withNumberedKeys(text: string): string {
  let number = 0;
  return text.replaceAll(/"((?:[^"\\]|\\.)*)"(\s*:)?/gs, (whole, inside, colon) => {
    return colon === undefined ? whole : `"${number++}:${inside}"${colon}`;
  });
}

function withoutNumber(key: string): string {
  return key.slice(key.indexOf(':') + 1);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value === true) return '1';
  return value === false || value === null ? '0' : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function linesOf(section: Readonly<Record<string, unknown>>): readonly FileLine[] | string {
  const lines: FileLine[] = [];
  for (const [key, value] of Object.entries(section)) {
    const name = withoutNumber(key);
    const elements: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const element of elements) {
      const text = textOf(element);
      if (text === undefined) return `the value of "${name}" is neither a text nor a list of texts`;
      lines.push({ name, value: text, line: 0 });
    }
  }
  return lines;
}

/** The sections of a JSON text, or what is wrong with it. */
export function readJson(text: string): FileText {
  let parsed: unknown;
  try {
    JSON.parse(text);
    parsed = JSON.parse(withNumberedKeys(text));
  } catch (error) {
    // The only exception of JSON.parse is the one that says what is wrong with the text.
    return { ok: false, problem: `not JSON: ${String(error)}`, line: 0 };
  }
  if (!isRecord(parsed)) return { ok: false, problem: 'the top level is not an object', line: 0 };
  const sections: Section[] = [];
  for (const [key, section] of Object.entries(parsed)) {
    const name = withoutNumber(key);
    if (!isRecord(section)) continue;
    const lines = linesOf(section);
    if (typeof lines === 'string') return { ok: false, problem: lines, line: 0 };
    sections.push({ name, lines });
  }
  return { ok: true, sections };
}
