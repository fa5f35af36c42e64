/**
 * The pieces of a manual page, in the macros of man(7).
 *
 * Texts may have `words in backticks`, --flags and names of pages such as systemd(1): they become
 * bold. Lines are broken before 80 columns, as the source of a page is read too.
 */

import { wrap } from './wrap.ts';

const columns = 79;
/** Stands for a blank at which no line may end, while lines are made. */
const unbroken = '\u0001';

/** Text without anything that roff would interpret. */
function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga');
}

/** Bold where the text says so. */
function marked(text: string): string {
  return text
    .split(/(`[^`]+`|(?<![\w-])--?[a-z][\w-]*|\b[a-z][\w.@-]*\(\d\))/)
    .map((part, index) => {
      if (index % 2 === 0) return plain(part);
      const [, page = '', section = ''] = /^([\w.@-]+)(\(\d\))$/.exec(part) ?? [];
      if (page !== '') return `\\fB${plain(page)}\\fR${section}`;
      return `\\fB${plain(part.replaceAll('`', ''))}\\fR`;
    })
    .join('');
}

/** Lines of roff that begin with no control character. */
export function prose(text: string): string {
  // Bold text stays on one line.
  const whole = text.replaceAll(/`[^`]+`/g, (words) => words.replaceAll(' ', unbroken));
  return wrap(whole.split(' ').map(marked).join(' '), columns)
    .map((line) => line.replaceAll(unbroken, ' ').replace(/^([.'])/, '\\&$1'))
    .join('\n');
}

export function paragraph(text: string): string {
  return `.PP\n${prose(text)}`;
}

/** Syntax: in bold, with placeholders in italics. */
export function syntax(text: string): string {
  const parts = text.split(/([A-Z]{2,}(?![a-z])|(?:(?![A-Z]{2}(?![a-z]))[\w$%@/*.-])+)/);
  return parts
    .map((part, index) => {
      // A long choice may be broken after each of its words.
      if (index % 2 === 0) return plain(part).replaceAll('|', '|\\:');
      return /^[A-Z]{2,}$/.test(part) ? `\\fI${part}\\fR` : `\\fB${plain(part)}\\fR`;
    })
    .join('');
}

/** A term and its meaning; further paragraphs follow after a blank line. */
export function item(head: string, ...paragraphs: readonly string[]): string {
  const texts = paragraphs.filter((text) => text !== '').map(prose);
  return `.TP\n${head}\n${texts.join('\n.IP\n')}`;
}

/** Lines that are printed unchanged. */
export function example(lines: readonly string[]): string {
  const body = lines.map((line) => plain(line).replace(/^([.'])/, '\\&$1'));
  return ['.PP', '.RS 4', '.nf', ...body, '.fi', '.RE'].join('\n');
}

export interface Page {
  readonly name: string;
  readonly section: string;
  /** One line: no capital, no full stop. */
  readonly summary: string;
  readonly release: Release;
}

/** The release that a page describes. */
export interface Release {
  readonly version: string;
  /** Such as 2026-01-31; not the day of the build, so that the same sources give the same page. */
  readonly date: string;
}

/** The beginning of a page. */
export function heading({ name, section, summary, release: { version, date } }: Page): string {
  return [
    `.TH ${name.toUpperCase()} ${section} "${date}" "Reeve ${version}" "Reeve"`,
    // Names of options are not cut, and blanks not made wider.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${plain(name)} \\- ${plain(summary)}`,
  ].join('\n');
}

/** The other pages to read. */
export function seeAlso(pages: readonly string[]): string {
  const lines = pages.map((page, index) => {
    const [, name = page, section = ''] = /^(.*)\((\d)\)$/.exec(page) ?? [];
    return `.BR ${plain(name)} (${section})${index < pages.length - 1 ? ',' : ''}`;
  });
  return ['.SH SEE ALSO', ...lines].join('\n');
}

/** A whole page of its parts. */
export function page(parts: readonly string[]): string {
  const text = parts.filter((part) => part !== '').join('\n');
  // A heading begins a paragraph by itself.
  return `${text.replaceAll(/^(\.S[HS] .*)\n\.PP$/gm, '$1')}\n`;
}

/** As a sentence. */
export function sentence(text: string): string {
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
