/**
 * PURE. HTTP's whitespace: space and tab, and nothing else (RFC 9110, section 5.6.3).
 *
 * String.trim() and \s also take U+00A0, among others, which is a byte of a header's value. A
 * server that reads "\xa0chunked" as "chunked" reads another request than the proxy before it.
 */

/** The part of a text from `start` to before `end`, without blanks around it. */
export function withoutBlanks(text: string, start = 0, end = text.length): string {
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** The items of a list with commas, without the blanks around them; some may be empty. */
export function listItems(text: string): string[] {
  return text.split(',').map((item) => withoutBlanks(item));
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
