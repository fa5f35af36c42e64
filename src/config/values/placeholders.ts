/**
 * Replaces `$(VARIABLE)`, `@(file)` and `%(placeholder)` in a value.
 *
 * As in uWSGI a replacement that cannot be made is left as text, and after one the search goes on
 * from the second character of the value, so that what came in is looked through as well. Brackets
 * inside belong to the name; they group nothing.
 */

/** What stands for a name; undefined leaves the text as it is. */
export type Lookup = (name: string) => string | undefined;

const replacementsMax = 1000;

/** Where the bracket that is open at `from` is closed; -1 if it is not before `limit`. */
function closingBracket(text: string, from: number, limit: number): number {
  let depth = 0;
  for (let index = from; index < limit; index++) {
    const character = text.charAt(index);
    if (character === '(') depth++;
    else if (character === ')' && depth === 0) return index;
    else if (character === ')') depth--;
  }
  return -1;
}

/** The value with every `<symbol>(name)` replaced. Throws RangeError when there is no end to it. */
export function expand(value: string, symbol: '$' | '@' | '%', lookup: Lookup): string {
  let text = value;
  let from = 0;
  for (let replacements = 0; ;) {
    const start = text.indexOf(`${symbol}(`, from);
    if (start === -1) return text;
    // A symbol inside begins anew: in `$($(A))` only the inner one is looked for.
    const inner = text.indexOf(symbol, start + 2);
    const end = closingBracket(text, start + 2, inner === -1 ? text.length : inner);
    if (end === -1) {
      if (inner === -1) return text;
      from = inner;
      continue;
    }
    const found = end === start + 2 ? undefined : lookup(text.slice(start + 2, end));
    if (found === undefined) {
      from = end + 1;
      continue;
    }
    replacements++;
    if (replacements > replacementsMax || text.length > 1_000_000) {
      throw new RangeError(`${symbol}(${text.slice(start + 2, end)}) leads back to itself`);
    }
    text = text.slice(0, start) + found + text.slice(end + 1);
    from = 1;
  }
}

type Operator = 'join' | '+' | '-' | '*' | '/';

function toNumber(text: string): number {
  const match = /^\s*[+-]?\d+/.exec(text);
  return match === null ? 0 : Number(match[0]);
}

function calculate(operator: Operator, left: string, right: string): string {
  const [a, b] = [toNumber(left), toNumber(right)];
  switch (operator) {
    case 'join':
      return left + right;
    case '+':
      return String(a + b);
    case '-':
      return String(a - b);
    case '*':
      return String(a * b);
    case '/':
      return b === 0 ? '0' : String(Math.trunc(a / b));
  }
}

function operatorOf(token: string): Operator | undefined {
  return token === '+' || token === '-' || token === '*' || token === '/' ? token : undefined;
}

/**
 * The value of what stands in `%(…)`: a name, or several words with blanks between them that are
 * joined or calculated from left to right. Names without a value are empty in a calculation; where
 * nothing but signs stands there is no value.
 */
export function evaluate(expression: string, lookup: Lookup): string | undefined {
  if (!expression.includes(' ')) return lookup(expression);
  let result: string | undefined;
  let operator: Operator = 'join';
  for (const token of expression.split(' ').filter((word) => word !== '')) {
    const next = operatorOf(token);
    if (next !== undefined) {
      operator = next;
      continue;
    }
    if (token === '++' || token === '--') {
      if (result !== undefined) result = calculate(token === '++' ? '+' : '-', result, '1');
    } else {
      const value = /^\d+$/.test(token) ? token : (lookup(token) ?? '');
      result = calculate(operator, result ?? '', value);
    }
    operator = 'join';
  }
  return result;
}
