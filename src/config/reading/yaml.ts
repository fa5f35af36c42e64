/**
 * The text of a YAML file, cut into sections and lines as an ini file is.
 *
 * The top level names sections; in each, an option has a value or a list of values. A value is the
 * text that is written: `yes` and `017` stay these letters. Several documents in one file are read
 * as one, and an alias (`*name`) stands for the value with that anchor. uWSGI drops a nested map,
 * and without a word all that follows it: here a map is refused with its line, as are merge keys
 * (`<<`) and tags of applications (`!name`).
 */

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';

import type { Document, Pair } from 'yaml';
import type { FileLine, FileText, Flaw, Section } from './entry.ts';

/** A document, and what tells the line of an offset in the file. */
interface Reading {
  readonly document: Document;
  readonly lineOf: (node: unknown) => number;
}

const sectionAdvice = 'write `uwsgi:` in the first column, and the options below it, indented';
/** Of tags that YAML itself defines the value is what is written. */
const coreTag = 'tag:yaml.org,2002:';

/** The sections of a YAML text, or why it is none. */
export function readYaml(text: string): FileText {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, {
    // Keys repeat in files for uWSGI; and every value is a text.
    ...{ schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' },
    lineCounter,
  });
  const sections: Section[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line } = lineCounter.linePos(error.pos[0]);
      return { ok: false, problem: { line, ...explained(error.code, error.message) } };
    }
    const lineOf = (node: unknown): number => lineCounter.linePos(startOf(node)).line;
    const { contents } = document;
    if (isScalar(contents) && contents.value === '') continue;
    if (isMap(contents)) {
      sections.push(...contents.items.map((pair) => sectionOf(pair, { document, lineOf })));
    } else if (contents !== null) {
      const sentence = 'the top level is not a map of sections';
      const line = lineOf(contents);
      return { ok: false, problem: { line, sentence, advice: sectionAdvice } };
    }
  }
  return { ok: true, sections };
}

/** What the parser has found, with advice for what is often meant. */
function explained(code: string, message: string): Omit<Flaw, 'line'> {
  const sentence = `not YAML: ${message}`;
  if (code === 'BAD_SCALAR_START' || code === 'BLOCK_AS_IMPLICIT_KEY') {
    return { sentence, advice: 'write the value in quotes' };
  }
  if (code === 'TAB_AS_INDENT') return { sentence, advice: 'indent with blanks' };
  return { sentence };
}

function startOf(node: unknown): number {
  const hasRange = typeof node === 'object' && node !== null && 'range' in node;
  return hasRange && Array.isArray(node.range) ? Number(node.range[0]) : 0;
}

function sectionOf({ key, value }: Pair, reading: Reading): Section {
  const name = isScalar(key) ? String(key.value) : '';
  const lines: FileLine[] = [];
  const problems: Flaw[] = [];
  const ignored: Flaw[] = [];
  const content = behindAlias(value, reading);
  if (isMap(content)) {
    for (const pair of content.items) readOption(pair, reading, { lines, problems, ignored });
  } else if (!isEmpty(content)) {
    const sentence = `section "${name}" is not a map of options`;
    const advice = 'write each option as `name: value`, on a line of its own';
    problems.push({ line: reading.lineOf(key), sentence, advice });
  }
  return { name, lines, problems, ignored };
}

/** The lines of one option, or why it is none. */
function readOption(
  { key, value }: Pair,
  reading: Reading,
  found: { readonly lines: FileLine[]; readonly problems: Flaw[]; readonly ignored: Flaw[] },
): void {
  const line = reading.lineOf(key);
  if (!isScalar(key)) {
    found.problems.push({ line, sentence: 'the name of an option is not a text' });
    return;
  }
  const name = String(key.value);
  if (name === '<<') {
    const sentence = '"<<" would merge another map, which is not possible here';
    found.problems.push({ line, sentence, advice: 'write its options out' });
    return;
  }
  const content = behindAlias(value, reading);
  if (isEmpty(content)) {
    found.ignored.push({ line, sentence: `"${name}" has no value and is ignored` });
    return;
  }
  // A list that stands behind an alias has the line of the option that names it.
  const isElsewhere = content !== value;
  for (const node of isSeq(content) ? content.items : [content]) {
    const at = isSeq(content) && !isElsewhere ? reading.lineOf(node) : line;
    const element = behindAlias(node, reading);
    const flaw = flawOf(name, element);
    if (flaw !== undefined) found.problems.push({ line: at, ...flaw });
    // A text of several lines (`|`) ends with a newline that no option means.
    else if (isScalar(element)) {
      found.lines.push({ name, value: String(element.value).replace(/\n$/, ''), line: at });
    }
  }
}

function behindAlias(node: unknown, { document }: Reading): unknown {
  return isAlias(node) ? (node.resolve(document) ?? node) : node;
}

function isEmpty(node: unknown): boolean {
  if (node === null || node === undefined) return true;
  return isScalar(node) && node.value === '' && node.type === 'PLAIN';
}

/** Why a node cannot be a value of an option. */
function flawOf(name: string, node: unknown): Omit<Flaw, 'line'> | undefined {
  if (isMap(node)) {
    const keys = node.items.map(({ key }) => (isScalar(key) ? String(key.value) : '…'));
    const [first = 'KEY', ...others] = keys.map((key) => `"${key}=…"`);
    const list = others.length > 2 ? [first, '…'] : [first, ...others];
    const sentence = `"${name}" holds a map, and an option has a value or a list of values`;
    return { sentence, advice: `write \`${name}: [${list.join(', ')}]\`` };
  }
  if (isSeq(node)) return { sentence: `"${name}" holds a list inside a list` };
  if (isAlias(node)) return { sentence: `*${node.source} has no anchor &${node.source} before it` };
  if (isScalar(node) && node.tag !== undefined && !node.tag.startsWith(coreTag)) {
    const advice = 'write the value without it';
    return { sentence: `"${name}" has the tag ${node.tag}, which means nothing here`, advice };
  }
  return undefined;
}
