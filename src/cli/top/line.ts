/**
 * PURE. A line of a screen: pieces of text, each with a style; how wide it is, and how it is
 * written to a terminal. What others wrote is cleaned here: it moves no cursor and breaks no line.
 */
import { visibleLine } from '../process/visible.ts';

export type Style = Mark | 'good' | 'warn' | 'bad';
type Mark = 'plain' | 'strong' | 'dim' | 'head' | 'sorted' | 'chosen';

export interface Piece {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Piece[];

/** `styled`: without colours (NO_COLOR), but bold and reversed. */
export type Colours = 'coloured' | 'styled' | 'none';

/** SGR of ECMA-48: with colours, and without. */
const codes: Readonly<Record<Style, Readonly<Record<Exclude<Colours, 'none'>, string>>>> = {
  plain: { coloured: '', styled: '' },
  strong: { coloured: '1', styled: '1' },
  dim: { coloured: '2', styled: '2' },
  head: { coloured: '7', styled: '7' },
  sorted: { coloured: '1;7', styled: '1;7' },
  chosen: { coloured: '30;46', styled: '7' },
  good: { coloured: '32', styled: '' },
  warn: { coloured: '33', styled: '1' },
  bad: { coloured: '1;31', styled: '1' },
};

/** Two columns in a terminal (UAX 11): Chinese, Japanese, Korean, and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
/** No column: they stand above or between other characters. */
const without = /[\p{M}\p{Cf}]/u;

export function piece(text: string, style: Style = 'plain'): Piece {
  return { text: visibleLine(text), style };
}

export function line(...pieces: readonly (Piece | string)[]): Line {
  return pieces.map((each) => (typeof each === 'string' ? piece(each) : each));
}

export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** As much of the line as fits; the rest of the columns is filled where `fills`. */
export function fit(whole: Line, columns: number, fills?: Style): Line {
  const pieces: Piece[] = [];
  let left = columns;
  for (const { text, style } of whole) {
    const part = cut(text, left);
    left -= widthOf(part);
    if (part !== '') pieces.push({ text: part, style });
    if (part !== text) break;
  }
  if (fills !== undefined && left > 0) pieces.push({ text: ' '.repeat(left), style: fills });
  return pieces;
}

export function plainText(whole: Line): string {
  return whole
    .map(({ text }) => text)
    .join('')
    .trimEnd();
}

/** What is written to a terminal. */
export function painted(whole: Line, colours: Colours): string {
  return whole
    .map(({ text, style }) => {
      const code = colours === 'none' ? '' : codes[style][colours];
      return code === '' ? text : `\x1b[${code}m${text}\x1b[0m`;
    })
    .join('');
}

/** Fills a cell; numbers stand at its right edge. */
export function cell(text: string, columns: number, side: 'left' | 'right'): string {
  const part = cut(visibleLine(text), columns);
  const space = ' '.repeat(columns - widthOf(part));
  return side === 'right' ? `${space}${part}` : `${part}${space}`;
}

function cut(text: string, columns: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += columnsOf(character);
    if (width > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function columnsOf(character: string): number {
  if (character < '\u0300') return 1;
  if (without.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
