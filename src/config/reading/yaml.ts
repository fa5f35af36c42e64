/**
 * The text of a YAML file, cut into sections and lines as an ini file is.
 *
 * What uWSGI files use is read: a map of sections, in each `key: value` lines, and lists as
 * `[a, b]` or as `- a` lines. Everything else of YAML is refused with its line rather than misread.
 */

import type { FileLine, Section } from './entry.ts';
import type { FileText } from './json.ts';

interface Scanned {
  readonly indent: number;
  readonly text: string;
  readonly line: number;
}

/** Without the comment that begins with a blank and `#`, outside quotes. */
function withoutComment(text: string): string {
  let quote = '';
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (
      (character === '"' || character === "'") &&
      /^$|[\s[,:]$/.test(text.slice(0, index))
    ) {
      quote = character;
    } else if (character === '#' && (index === 0 || /\s/.test(text.charAt(index - 1)))) {
      return text.slice(0, index);
    }
  }
  return text;
}

function scan(text: string): readonly Scanned[] {
  const scanned: Scanned[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const content = withoutComment(raw).trimEnd();
    const trimmed = content.trimStart();
    if (trimmed === '' || trimmed === '---' || trimmed === '...' || trimmed.startsWith('%'))
      continue;
    scanned.push({ indent: content.length - trimmed.length, text: trimmed, line: index + 1 });
  }
  return scanned;
}

/** A scalar without its quotes. */
function scalar(text: string): string {
  const single = /^'(.*)'$/s.exec(text);
  if (single !== null) return (single[1] ?? '').replaceAll("''", "'");
  const double = /^"(.*)"$/s.exec(text);
  if (double === null) return text;
  return (double[1] ?? '').replaceAll(/\\(["\\/])/g, '$1');
}

/** The elements of `[a, "b, c"]`, or undefined when the text is no such list. */
function flowList(text: string): readonly string[] | undefined {
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined;
  const elements = text.slice(1, -1).match(/\s*("[^"]*"|'[^']*'|[^,]+)\s*/g) ?? [];
  return elements.map((element) => scalar(element.trim())).filter((element) => element !== '');
}

function splitKey(text: string): readonly [name: string, value: string] | undefined {
  const match = /^("[^"]*"|'[^']*'|[^\s:][^:]*?)\s*:(?:\s+(.*))?$/s.exec(text);
  return match === null ? undefined : [scalar(match[1] ?? ''), (match[2] ?? '').trim()];
}

function isBeyondUs(value: string): boolean {
  return /^[&*!{]/.test(value) || /^[|>][-+0-9]*$/.test(value);
}

/** The sections of a YAML text, or the first line that is not understood. */
export function readYaml(text: string): FileText {
  const sections: { name: string; lines: FileLine[] }[] = [];
  let listName: string | undefined;
  for (const { indent, text: content, line } of scan(text)) {
    const section = sections.at(-1);
    if (content.startsWith('- ') || content === '-') {
      if (section === undefined || listName === undefined) {
        return { ok: false, problem: `"${content}" is no element of a list of a section`, line };
      }
      section.lines.push({ name: listName, value: scalar(content.slice(1).trim()), line });
      continue;
    }
    const pair = splitKey(content);
    if (pair === undefined) return { ok: false, problem: `"${content}" is not "key: value"`, line };
    const [name, value] = pair;
    if (isBeyondUs(value)) return { ok: false, problem: `"${value}" is not understood`, line };
    listName = undefined;
    if (indent === 0) {
      sections.push({ name, lines: [] });
    } else if (section === undefined) {
      return { ok: false, problem: `"${content}" stands in no section`, line };
    } else if (value === '') {
      listName = name;
    } else {
      const elements = flowList(value) ?? [scalar(value)];
      for (const element of elements) section.lines.push({ name, value: element, line });
    }
  }
  return { ok: true, sections: sections satisfies readonly Section[] };
}
