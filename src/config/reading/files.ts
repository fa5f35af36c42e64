/**
 * One configuration file: from its name to the lines of the section that is asked for.
 */

import { exitCodes } from '../../tables/exit-codes.ts';
import { defaultSection } from './entry.ts';
import { readIni } from './ini.ts';
import { replaceMagic } from './magic.ts';
import { didYouMean, nearest } from './nearest.ts';

import type { Diagnostic } from './diagnostic.ts';
import type { FileText, Flaw, Line, Section } from './entry.ts';
import type { ConfigHost } from './host.ts';
import type { FileName } from './magic.ts';

export type Format = 'ini' | 'yaml' | 'json' | 'xml';

const formatOfSuffix: Readonly<Record<string, Format>> = {
  ini: 'ini',
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  js: 'json',
  xml: 'xml',
};

/** The format that the suffix of a path names; `-` is an ini on standard input. */
export function formatOf(path: string): Format | undefined {
  if (path === '-') return 'ini';
  const suffix = path.slice(path.lastIndexOf('.') + 1);
  return Object.hasOwn(formatOfSuffix, suffix) ? formatOfSuffix[suffix] : undefined;
}

/** `file:section` cut at the last colon. */
export function fileName(written: string): FileName {
  const colon = written.lastIndexOf(':');
  if (colon === -1) return { path: written, section: '' };
  return { path: written.slice(0, colon), section: written.slice(colon + 1) };
}

export interface FileContents {
  readonly lines: readonly Line[];
  readonly findings: readonly Diagnostic[];
  /** How long its text is. */
  readonly characters: number;
}

/** Options stand two levels deep; a reader that goes down without end runs out of stack. */
const tooDeep: Flaw = { line: 1, sentence: 'lists or objects stand too deep in each other' };

/** What the libraries throw, or report as an error of the text. */
const outOfStack = 'Maximum call stack size exceeded';

async function cut(text: string, format: Format, section: string): Promise<FileText> {
  try {
    const parsed = await readAs(text, format, section);
    const isTooDeep = !parsed.ok && parsed.problem.sentence.includes(outOfStack);
    return isTooDeep ? { ok: false, problem: tooDeep } : parsed;
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, problem: tooDeep };
    throw error;
  }
}

/** The readers of other formats are loaded only where a file of theirs is read. */
async function readAs(text: string, format: Format, section: string): Promise<FileText> {
  switch (format) {
    case 'ini':
      return { ok: true, sections: readIni(text) };
    case 'yaml':
      return (await import('./yaml.ts')).readYaml(text);
    case 'json':
      return (await import('./json.ts')).readJson(text);
    case 'xml':
      return (await import('./xml.ts')).readXml(text, section);
  }
}

/** How a file says that a section begins. */
const beginnings: Readonly<Record<Format, (name: string) => string>> = {
  ini: (name) => `[${name}]`,
  yaml: (name) => `${name}:`,
  json: (name) => `{"${name}": {…}}`,
  xml: (name) => (name === defaultSection ? '<uwsgi>' : `<uwsgi id="${name}">`),
};

function missingSection(
  file: FileName,
  wanted: string,
  format: Format,
  sections: readonly Section[],
): Diagnostic {
  const names = sections.map((section) => section.name).filter((name) => name !== '');
  const sentence = `there is no section [${wanted}]`;
  const finding = { severity: 'warning', place: file.path, sentence } as const;
  const meant = nearest(wanted, names) ?? names.find((name) => name.startsWith(wanted));
  if (meant !== undefined) return { ...finding, advice: didYouMean(`[${meant}]`) };
  if (names.length === 0)
    return { ...finding, advice: `begin it with ${beginnings[format](wanted)}` };
  return { ...finding, advice: `there is ${names.map((name) => `[${name}]`).join(', ')}` };
}

/**
 * Without its bracket the name of a section loses its last letter, as in uWSGI. It is an error
 * where no other section has the name that is wanted: all settings of the file would be lost.
 */
function unclosedHeader(
  { name, unclosed }: Section,
  wanted: string,
  isThere: boolean,
  shown: string,
): Diagnostic | undefined {
  if (unclosed === undefined || name === wanted) return undefined;
  const { line, written } = unclosed;
  const meant = /^\[([^\];#]*)/.exec(written)?.[1]?.trim() ?? '';
  const sentence = `the section ${written} has no ] at its end, so its lines are not read`;
  const advice = `write [${meant}] on a line of its own`;
  const finding = { place: `${shown}:${line}`, sentence, advice } as const;
  if (meant !== wanted || isThere) return { severity: 'warning', ...finding };
  return { severity: 'error', exitCode: exitCodes.config, ...finding };
}

function found(severity: 'error' | 'warning', path: string, flaw: Flaw): Diagnostic {
  const { line, ...words } = flaw;
  const finding = { severity, place: `${path}:${line}`, ...words };
  return severity === 'error' ? { ...finding, exitCode: exitCodes.config } : finding;
}

/** Reads a file; `first` is the one at the head of its chain of includes. Throws OperatorError. */
export async function readFile(
  file: FileName,
  first: FileName,
  format: Format,
  host: ConfigHost,
): Promise<FileContents> {
  const findings: Diagnostic[] = [];
  const shown = file.path === '-' ? 'standard input' : file.path;
  const text = replaceMagic(host.readText(file.path), file, first, host, (magic) => {
    const sentence = `${magic} means nothing and disappears`;
    const advice = `write %${magic} for the characters themselves`;
    findings.push({ severity: 'debug', place: shown, sentence, advice });
  });
  const parsed = await cut(text, format, file.section);
  if (!parsed.ok) {
    const problem = found('error', shown, parsed.problem);
    return { lines: [], findings: [...findings, problem], characters: text.length };
  }
  const wanted = file.section === '' ? defaultSection : file.section;
  const chosen = parsed.sections.filter((section) => section.name === wanted);
  const broken = parsed.sections
    .map((section) => unclosedHeader(section, wanted, chosen.length > 0, shown))
    .filter((finding) => finding !== undefined);
  findings.push(...broken);
  if (chosen.length === 0 && broken.length === 0) {
    findings.push(missingSection(file, wanted, format, parsed.sections));
  }
  for (const { problems, ignored } of chosen) {
    findings.push(...problems.map((flaw) => found('error', shown, flaw)));
    findings.push(...ignored.map((flaw) => found('warning', shown, flaw)));
  }
  const lines = chosen.flatMap((section) =>
    section.lines.map(({ name, value, line }): Line => {
      return { name, value, origin: `${shown}:${line}`, from: 'file' };
    }),
  );
  const before = format === 'ini' ? parsed.sections[0]?.lines[0] : undefined;
  if (before !== undefined) {
    const sentence = `"${before.name}" stands before the first section and is ignored`;
    findings.push({ severity: 'warning', place: `${shown}:${before.line}`, sentence });
  }
  return { lines, findings, characters: text.length };
}
