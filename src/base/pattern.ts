/** Regular expressions as an operator writes them for uWSGI (PCRE), as far as ours know them. */

/** Returns the expression; undefined where it is none. A leading `(?i)` ignores case. */
export function readPattern(text: string): RegExp | undefined {
  const ignoresCase = text.startsWith('(?i)');
  try {
    return new RegExp(ignoresCase ? text.slice(4) : text, ignoresCase ? 'i' : '');
  } catch {
    return undefined;
  }
}
