/**
 * The text of an ini file in uWSGI's dialect, cut into sections and lines.
 *
 * A line is a comment only when its first character is `;` or `#`. A key ends at the first `=`.
 * Nothing is quoted or continued. The same section may come several times; keys before the first
 * section belong to none.
 */

import type { FileLine, Section } from './entry.ts';

/** A section header as uWSGI reads it: the last character is dropped, whatever it is. */
function sectionName(line: string): string {
  return line.slice(1, -1);
}

/** The sections in order; `''` holds what stands before the first header. Any text is an ini. */
export function readIni(text: string): readonly Section[] {
  const begin = (name: string) => {
    return { name, lines: new Array<FileLine>(), problems: [], ignored: [] };
  };
  let current = begin('');
  const sections: Section[] = [current];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replaceAll(/^[ \t\r]+|[ \t\r]+$/g, '');
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      current = begin(sectionName(line));
      const unclosed = line.endsWith(']') ? undefined : { line: index + 1, written: line };
      sections.push(unclosed === undefined ? current : { ...current, unclosed });
      continue;
    }
    const equals = line.indexOf('=');
    const name = equals === -1 ? line : line.slice(0, equals).replace(/[ \t]+$/, '');
    const value = equals === -1 ? '' : line.slice(equals + 1).replace(/^[ \t]+/, '');
    current.lines.push({ name, value, line: index + 1 });
  }
  return sections;
}
