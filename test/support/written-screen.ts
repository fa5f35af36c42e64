/**
 * What a terminal shows after what was written to it: the little of xterm that `reeve top` uses.
 * Anything else in it is a fault: it could move the cursor, or set a title.
 */

export interface WrittenScreen {
  readonly rows: readonly string[];
  /** SGR codes that were used. */
  readonly styles: ReadonlySet<string>;
  readonly isOtherBuffer: boolean;
  readonly hasCursor: boolean;
  /** What was written to the usual buffer. */
  readonly usual: string;
}

// oxlint-disable-next-line no-control-regex
const PIECES = /\x1b\[([?0-9;]*)([A-Za-z])|[\s\S]/gu;

export function writtenScreen(output: string): WrittenScreen {
  let rows: string[][] = [];
  let [row, column] = [0, 0];
  let [isOtherBuffer, hasCursor] = [false, true];
  let usual = '';
  const styles = new Set<string>();
  const control = (text: string, final: string): void => {
    const [first = '1', second = '1'] = text.split(';');
    if (final === 'H') [row, column] = [Number(first || 1) - 1, Number(second) - 1];
    else if (final === 'K') rows[row]?.splice(column);
    else if (final === 'J' && text === '2') rows = [];
    else if (final === 'm') styles.add(text);
    else if (text === '?1049') isOtherBuffer = final === 'h';
    else if (text === '?25') hasCursor = final === 'h';
    else if (text !== '?7')
      throw new Error(`a sequence that is not expected: ESC [ ${text}${final}`);
  };
  for (const [piece, text, final] of output.matchAll(PIECES)) {
    if (text !== undefined && final !== undefined) control(text, final);
    else if (!isOtherBuffer) usual += piece;
    else if (piece < ' ' || piece === '\x7f') {
      throw new Error(`a control character: ${JSON.stringify(piece)}`);
    } else {
      const cells = (rows[row] ??= []);
      cells[column] = piece;
      column += 1;
    }
  }
  const text = Array.from(rows, (cells?: string[]) => {
    return Array.from(cells ?? [], (cell?: string) => cell ?? ' ').join('');
  });
  return { rows: text.map((each) => each.trimEnd()), styles, isOtherBuffer, hasCursor, usual };
}
