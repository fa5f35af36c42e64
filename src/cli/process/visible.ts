/**
 * PURE. Text that somebody else wrote, made safe for a terminal: what would move its cursor, set
 * its title or hide a line is shown as \x1b, and does nothing. Ends of lines and tabs stay.
 */

const harmful = /(?![\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

export function visible(text: string): string {
  return text.replaceAll(harmful, (character) => {
    const number = character.codePointAt(0) ?? 0;
    const digits = number.toString(16);
    return number < 256 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits}`;
  });
}
