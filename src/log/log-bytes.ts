/** Bytes written as latin-1 text, as request heads are read: what log lines are made of (pure). */

/**
 * What no field shows as it came: control characters; and in UTF-8 U+0080 to U+009F, which some
 * terminals obey as they do escape sequences, and what separates lines or turns their direction.
 */
// oxlint-disable-next-line no-control-regex
export const CONTROLS = /[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]/g;
/** The same, and what would end a quoted value. */
export const IN_QUOTES = new RegExp(`["\\\\]|${CONTROLS.source}`, 'g');

/** The one way of what comes from outside into a line of text. */
export function escaped(text: string, what: RegExp): string {
  return text.replace(what, inHexadecimal);
}

function inHexadecimal(characters: string): string {
  return [...characters]
    .map((each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .join('');
}

/** Bytes that came as latin-1, as the text that they mean. */
export function textOf(value: string): string {
  return isAscii(value) ? value : Buffer.from(value, 'latin1').toString('utf8');
}

/** Text as the latin-1 form of its UTF-8 bytes. */
export function bytesOf(value: string): string {
  return isAscii(value) ? value : Buffer.from(value, 'utf8').toString('latin1');
}

function isAscii(value: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !/[^\x00-\x7f]/.test(value);
}
