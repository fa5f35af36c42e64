/** Whether a text may be the name of a header field: a token (RFC 9110, section 5.6.2; pure). */

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Names that were found to be tokens; few are used, and the limit is for who makes them up. */
const known = new Set<string>();
const KNOWN_MAX = 1000;
const LENGTH_MAX = 64;

export function isFieldName(name: string): boolean {
  if (known.has(name)) return true;
  if (!token.test(name)) return false;
  if (known.size < KNOWN_MAX && name.length <= LENGTH_MAX) known.add(name);
  return true;
}
