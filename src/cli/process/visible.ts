/**
 * PURE. Text that somebody else wrote, made safe for a terminal: what would move its cursor, set
 * its title or hide a line is shown as \x1b, and does nothing.
 */

const harmful = /(?![\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Ends of lines and tabs stay. */
export function visible(text: string): string {
  return text.replaceAll(harmful, (character) => {
    const number = character.codePointAt(0) ?? 0;
    const digits = number.toString(16);
    return number < 256 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits}`;
  });
}

/** For what is a part of one line: a client that sends an end of line writes no second one. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}
