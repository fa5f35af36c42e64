/**
 * The text of a JSON file, cut into sections and lines as an ini file is.
 *
 * The top level names sections. As in uWSGI true is "1", false and null are "0", a list repeats its
 * key, and so does a key that is written several times; comments are allowed. A number is the text
 * that is written: JavaScript's own reader would change the last digits of a large one, and would
 * keep one of several equal keys.
 */

import { parseTree, printParseErrorCode } from 'jsonc-parser';

import { lineCounter } from './entry.ts';

import type { Node, ParseError } from 'jsonc-parser';
import type { FileLine, FileText, Flaw, Section } from './entry.ts';

type LineOf = (offset: number) => number;

/** What is wrong, by the name that the parser has for it. */
const sentences: Readonly<Record<string, string>> = {
  InvalidSymbol: 'a word is neither true, false nor null',
  InvalidNumberFormat: 'a number is not written as one',
  PropertyNameExpected: 'a name in double quotes is missing here',
  ValueExpected: 'a value is missing here',
  ColonExpected: 'a colon is missing here',
  CommaExpected: 'a comma is missing here',
  CloseBraceExpected: 'an object is not closed: } is missing',
  CloseBracketExpected: 'a list is not closed: ] is missing',
  EndOfFileExpected: 'more text follows after the end',
  UnexpectedEndOfComment: 'a comment is not closed: */ is missing',
  UnexpectedEndOfString: 'a text is not closed: " is missing',
  UnexpectedEndOfNumber: 'a number is not complete',
  InvalidUnicode: 'what follows \\u is not four hexadecimal digits',
  InvalidEscapeCharacter: 'a character after \\ has no meaning',
  InvalidCharacter: 'a control character stands in a text',
};

/** The sections of a JSON text, or what is wrong with it. */
export function readJson(text: string): FileText {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: false, allowEmptyContent: false });
  const lineOf = lineCounter(text);
  const [first] = errors;
  if (first !== undefined) {
    const name = printParseErrorCode(first.error);
    const sentence = `not JSON: ${sentences[name] ?? name}`;
    return { ok: false, problem: { line: lineOf(first.offset), sentence } };
  }
  if (root?.type !== 'object') {
    const sentence = 'the top level is not an object';
    return { ok: false, problem: { line: 1, sentence, advice: 'write {"uwsgi": {…}}' } };
  }
  return { ok: true, sections: childrenOf(root).map((each) => sectionOf(each, text, lineOf)) };
}

function childrenOf(node: Node | undefined): readonly Node[] {
  return node?.children ?? [];
}

function sectionOf(property: Node, text: string, lineOf: LineOf): Section {
  const [key, content] = childrenOf(property);
  const name = String(key?.value);
  const lines: FileLine[] = [];
  const problems: Flaw[] = [];
  if (content?.type !== 'object') {
    const sentence = `section "${name}" is not an object`;
    problems.push({ line: lineOf(property.offset), sentence });
  } else {
    for (const option of childrenOf(content)) readOption(option, text, lineOf, lines, problems);
  }
  return { name, lines, problems, ignored: [] };
}

function readOption(
  option: Node,
  text: string,
  lineOf: LineOf,
  lines: FileLine[],
  problems: Flaw[],
): void {
  const [key, content] = childrenOf(option);
  if (content === undefined) return;
  const name = String(key?.value);
  for (const element of content.type === 'array' ? childrenOf(content) : [content]) {
    const line = lineOf(element.offset);
    const value = textOf(element, text);
    if (value === undefined) problems.push({ line, ...flawOf(name, element) });
    else lines.push({ name, value, line });
  }
}

function textOf(node: Node, text: string): string | undefined {
  switch (node.type) {
    case 'string':
      return String(node.value);
    case 'number':
      return text.slice(node.offset, node.offset + node.length);
    case 'boolean':
      return node.value === true ? '1' : '0';
    case 'null':
      return '0';
    default:
      return undefined;
  }
}

function flawOf(name: string, node: Node): Omit<Flaw, 'line'> {
  if (node.type === 'array') return { sentence: `"${name}" holds a list inside a list` };
  const keys = childrenOf(node).map((property) => String(childrenOf(property)[0]?.value));
  const [first = '"KEY=…"', ...others] = keys.map((key) => `"${key}=…"`);
  const list = others.length > 2 ? [first, '…'] : [first, ...others];
  const sentence = `"${name}" holds an object, and an option has a value or a list of values`;
  return { sentence, advice: `write "${name}": [${list.join(', ')}]` };
}
