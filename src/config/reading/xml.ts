/**
 * The text of an XML file, cut into sections and lines as an ini file is.
 *
 * As in uWSGI an element inside `<uwsgi>` is an option, and its text is the value as it stands;
 * without text it is "1". Where the outermost element has another name, `file.xml:ID` is the first
 * `<uwsgi>` in it that has this id, or none, and without `:ID` the first of all; an option with
 * another id than the one asked for does not count. `<app mountpoint="/x">` is `mount = /x=…`.
 */

import { parseXml, XmlElement, XmlError, XmlText } from '@rgrove/parse-xml';

import { defaultSection, lineCounter } from './entry.ts';

import type { FileLine, FileText, Flaw, Section } from './entry.ts';

type LineOf = (offset: number) => number;

const TAG = 'uwsgi';

/** The section that is asked for, '' for none, and the names of the others. */
export function readXml(text: string, wanted: string): FileText {
  let root: XmlElement | null;
  try {
    ({ root } = parseXml(text, { includeOffsets: true }));
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    const { line, column, message } = error;
    // What follows shows the place in the text, which is of several lines.
    const [what = message] = message.split(` (line ${line}, column ${column})`);
    return { ok: false, problem: { line, sentence: `not XML: ${what}` } };
  }
  const lineOf = lineCounter(text);
  const sections = root === null ? [] : root.name === TAG ? [root] : elementsOf(root);
  const candidates = sections.filter(({ name }) => name === TAG);
  const chosen = root?.name === TAG ? root : candidates.find((each) => isFor(each, wanted));
  return {
    ok: true,
    sections: candidates.map((each) => {
      const name = each === chosen ? wanted || defaultSection : (each.attributes['id'] ?? '');
      if (each === chosen) return sectionOf(name, each, wanted, lineOf);
      return { name: name === wanted ? '' : name, lines: [], problems: [], ignored: [] };
    }),
  };
}

function elementsOf(element: XmlElement): readonly XmlElement[] {
  return element.children.filter((child) => child instanceof XmlElement);
}

function isFor({ attributes: { id } }: XmlElement, wanted: string): boolean {
  return wanted === '' || id === undefined || id === wanted;
}

function sectionOf(name: string, section: XmlElement, wanted: string, lineOf: LineOf): Section {
  const lines: FileLine[] = [];
  const problems: Flaw[] = [];
  const ignored: Flaw[] = [];
  for (const child of section.children) {
    if (child instanceof XmlText && child.text.trim() !== '') {
      const start = child.start + child.text.length - child.text.trimStart().length;
      const advice = 'an option is an element, as in <master>true</master>';
      ignored.push({ line: lineOf(start), sentence: 'text between options is ignored', advice });
    }
    if (!(child instanceof XmlElement) || !isFor(child, wanted)) continue;
    const line = lineOf(child.start);
    const option = child.name === 'app' ? mountOf(child) : optionOf(child);
    if ('sentence' in option) problems.push({ line, ...option });
    else lines.push({ ...option, line });
  }
  return { name, lines, problems, ignored };
}

type Option = Omit<FileLine, 'line'> | Omit<Flaw, 'line'>;

function optionOf(element: XmlElement): Option {
  const { name } = element;
  if (elementsOf(element).length > 0) {
    const sentence = `<${name}> holds other elements, and an option holds text only`;
    const advice = name === TAG ? 'put several <uwsgi> into an element of another name' : undefined;
    return advice === undefined ? { sentence } : { sentence, advice };
  }
  return { name, value: element.children.length === 0 ? '1' : valueOf(element) };
}

/** `<app mountpoint="/x"><module>shop</module></app>`, as uWSGI had it before `mount`. */
function mountOf(element: XmlElement): Option {
  const { mountpoint, domain } = element.attributes;
  if (mountpoint === undefined) {
    const what = domain === undefined ? 'has no mountpoint' : 'is for a domain';
    const sentence = `<app> ${what}, and applications are told apart by mountpoints`;
    return { sentence, advice: 'write <app mountpoint="/path">, or <mount>/path=app</mount>' };
  }
  const [inner = element] = elementsOf(element);
  return { name: 'mount', value: `${mountpoint}=${valueOf(inner).trim()}` };
}

/** As it stands, but for the lines around it where it is on lines of its own. */
function valueOf({ text }: XmlElement): string {
  return text.includes('\n') ? text.trim() : text;
}
