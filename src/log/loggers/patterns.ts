/**
 * PURE. Patterns for log lines, written for PCRE and matched in linear time, whatever a line holds.
 *
 * re2js is loaded only where there are patterns: that takes some 40 ms.
 */

export type Pattern = (line: string) => boolean;

export type ReadPattern =
  | { readonly ok: true; readonly matches: Pattern }
  | { readonly ok: false; readonly problem: string };

/** Reads patterns; each is looked for anywhere in a line. */
export async function readPatterns(texts: readonly string[]): Promise<readonly ReadPattern[]> {
  if (texts.length === 0) return [];
  const { RE2JS } = await import('re2js');
  return texts.map((text) => {
    const { pattern, isWanted } = withoutLookahead(text);
    try {
      const compiled = RE2JS.compile(translated(pattern));
      return { ok: true, matches: (line) => compiled.test(line) === isWanted };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { ok: false, problem: problem.replace(/^error parsing regexp: /, '') };
    }
  });
}

/**
 * The two ways in which people write "lines without X" for PCRE, as the pattern X and that it is
 * not to be found: `^((?!X).)*$`, and `^(?!X)` for "lines that do not begin with X".
 */
function withoutLookahead(text: string): { readonly pattern: string; readonly isWanted: boolean } {
  const anywhere = /^\^?\(\?:?\(\?!(.*)\)\.\)\*\$$|^\^?\((?:\?:)?\(\?!(.*)\)\.\)\*\$$/s.exec(text);
  const inner = anywhere?.[1] ?? anywhere?.[2];
  if (inner !== undefined && isBalanced(inner)) return { pattern: inner, isWanted: false };
  const start = /^\^\(\?!(.*)\)(?:\.\*\$?)?$/s.exec(text)?.[1];
  if (start !== undefined && isBalanced(start)) {
    return { pattern: `^(?:${start})`, isWanted: false };
  }
  return { pattern: text, isWanted: true };
}

/** Whether a part of a pattern is a whole one: its brackets are its own. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const bracket of text.replace(/\\.|\[(?:\\.|[^\]])*\]/gs, '').match(/[()]/g) ?? []) {
    depth += bracket === '(' ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** What only PCRE has, and what means the same; comments, and quantifiers that never give back. */
function translated(pattern: string): string {
  return pattern.replace(
    /\\\\|\\Q.*?(?:\\E|$)|\\h|\\R|\\Z|\(\?#[^)]*\)|\[(?:\\.|[^\]])*\]|\\./gs,
    (found) => {
      if (found === '\\h') return '[ \\t]';
      if (found === '\\R') return '(?:\\r\\n|[\\n\\v\\f\\r])';
      if (found === '\\Z') return '\\z';
      return found.startsWith('(?#') ? '' : found;
    },
  );
}
