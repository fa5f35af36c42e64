/**
 * PURE. The words of ExecStart= from a unit file as it was written, for where no bus tells them.
 *
 * `$` stays as it is: variables come in at the start.
 */

const escapes: Readonly<Record<string, string>> = {
  ...{ a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', s: ' ' },
  ...{ '\\': '\\', '"': '"', "'": "'" },
};

/** Undefined where there is not just one command, or one in which only systemd knows a value. */
export function startWordsIn(unitText: string): readonly string[] | undefined {
  const lines = unitText.replaceAll(/\\\n/g, ' ').split('\n');
  const [line, ...others] = lines.flatMap((each) => {
    const value = /^\s*ExecStart\s*=\s*(.*?)\s*$/.exec(each)?.[1];
    return value === undefined ? [] : [value];
  });
  return line === undefined || others.length > 0 ? undefined : wordsOf(line);
}

/** Quotes keep blanks in a word, also in the middle of it; a backslash takes the next character. */
function wordsOf(line: string): readonly string[] | undefined {
  const words: string[] = [];
  const word = /\s*((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\.|[^\s"'\\])+)/y;
  while (word.lastIndex < line.length) {
    const [, raw] = word.exec(line) ?? [];
    const text = raw === undefined ? undefined : unquoted(raw);
    if (text === undefined) return undefined;
    words.push(text);
  }
  return words;
}

function unquoted(raw: string): string | undefined {
  let isKnown = true;
  let quote = '';
  const text = raw.replaceAll(
    /\\(.)|%(.?)|["']/gs,
    (found, escaped?: string, specifier?: string) => {
      if (escaped !== undefined || specifier !== undefined) {
        const value = escaped === undefined ? percent(specifier) : escapes[escaped];
        isKnown &&= value !== undefined;
        return value ?? '';
      }
      if (quote !== '' && quote !== found) return found;
      quote = quote === '' ? found : '';
      return '';
    },
  );
  return isKnown ? text : undefined;
}

function percent(specifier: string | undefined): string | undefined {
  return specifier === '%' ? '%' : undefined;
}
