/**
 * PURE. A unit file as text: sections of assignments, with comments above the ones that need one.
 */

export type UnitLine =
  | { readonly kind: 'set'; readonly name: string; readonly value: string }
  | { readonly kind: 'comment'; readonly text: string };

export interface UnitSection {
  readonly name: string;
  readonly lines: readonly UnitLine[];
}

const COLUMNS = 98;

export function set(name: string, value: string): UnitLine {
  return { kind: 'set', name, value };
}

export function comment(text: string): UnitLine {
  return { kind: 'comment', text };
}

/** The whole file. */
export function unitText(head: readonly string[], sections: readonly UnitSection[]): string {
  const parts = sections.map(({ name, lines }) => `[${name}]\n${lines.map(lineText).join('')}`);
  return [head.map((text) => lineText(comment(text))).join(''), ...parts].join('\n');
}

/** Without its command, as after a removal, a unit is skipped at boot and holds no port. */
export function onlyWith(program: string): UnitLine {
  return set('ConditionFileIsExecutable', literal(program));
}

/** A path or word where the rest of the line is the value: `%` would begin a specifier. */
export function literal(text: string): string {
  return text.replaceAll('%', '%%');
}

/** The same in a list of words, where blanks part and quotes keep together. */
export function word(text: string): string {
  const escaped = literal(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /[\s"'\\;]/.test(text) ? `"${escaped}"` : escaped;
}

/** The same as an argument of ExecStart=, where `$` begins a variable. */
export function argument(text: string): string {
  return word(text).replaceAll('$', () => '$$');
}

/** The words of a command, as the first comment of a unit has them. */
export function commandText(words: readonly string[]): string {
  return words.map((each) => (/[\s"`\\]/.test(each) ? JSON.stringify(each) : each)).join(' ');
}

/** The words after `begin` in the first comment of a unit, up to the backtick; none without it. */
export function commandWords(unit: string, begin: string): readonly string[] {
  const comments = unit.slice(0, unit.search(/^(?!#)/m)).replaceAll(/\n# /g, ' ');
  if (!comments.startsWith(begin)) return [];
  const [command = ''] = comments.slice(begin.length).split('`');
  return [...command.matchAll(/"(?:\\.|[^"\\])*"|[^\s"]+/g)].map(([each]) =>
    each.startsWith('"') ? each.slice(1, -1).replaceAll(/\\(.)/g, '$1') : each,
  );
}

function lineText(line: UnitLine): string {
  if (line.kind === 'set') return `${line.name}=${line.value}\n`;
  const rows: string[] = [];
  for (const part of line.text.split(' ')) {
    const last = rows.at(-1);
    if (last === undefined || last.length + part.length >= COLUMNS) rows.push(`# ${part}`);
    else rows[rows.length - 1] = `${last} ${part}`;
  }
  return rows.map((row) => `${row}\n`).join('');
}
