/**
 * One configuration file: from its name to the lines of the section that is asked for.
 */

import { exitCodes } from '../../tables/exit-codes.ts';
import { readIni } from './ini.ts';
import { readJson } from './json.ts';
import { replaceMagic } from './magic.ts';
import { nearest } from './nearest.ts';
import { readYaml } from './yaml.ts';

import type { Diagnostic } from './diagnostic.ts';
import type { Line, Section } from './entry.ts';
import type { ConfigHost } from './host.ts';
import type { FileText } from './json.ts';
import type { FileName } from './magic.ts';

export type Format = 'ini' | 'yaml' | 'json' | 'xml';

export const defaultSection = 'uwsgi';

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
}

function parse(text: string, format: Format): FileText {
  switch (format) {
    case 'ini':
      return { ok: true, sections: readIni(text) };
    case 'yaml':
      return readYaml(text);
    case 'json':
      return readJson(text);
    case 'xml':
      return { ok: false, problem: 'XML is not read: write it as an ini file', line: 0 };
  }
}

function missingSection(file: FileName, wanted: string, sections: readonly Section[]): Diagnostic {
  const names = sections.map((section) => section.name).filter((name) => name !== '');
  const sentence = `there is no section [${wanted}]`;
  const finding = { severity: 'warning', place: file.path, sentence } as const;
  const meant = nearest(wanted, names) ?? names.find((name) => name.startsWith(wanted));
  if (meant !== undefined) return { ...finding, advice: `did you mean [${meant}]?` };
  if (names.length === 0) return { ...finding, advice: `begin it with [${wanted}]` };
  return { ...finding, advice: `there is ${names.map((name) => `[${name}]`).join(', ')}` };
}

/** Reads a file; `first` is the one at the head of its chain of includes. Throws OperatorError. */
export function readFile(
  file: FileName,
  first: FileName,
  format: Format,
  host: ConfigHost,
): FileContents {
  const findings: Diagnostic[] = [];
  const shown = file.path === '-' ? 'standard input' : file.path;
  const text = replaceMagic(host.readText(file.path), file, first, host, (magic) => {
    const sentence = `${magic} means nothing and disappears`;
    const advice = `write %${magic} for the characters themselves`;
    findings.push({ severity: 'debug', place: shown, sentence, advice });
  });
  const parsed = parse(text, format);
  if (!parsed.ok) {
    const place = parsed.line === 0 ? shown : `${shown}:${parsed.line}`;
    const error = {
      severity: 'error',
      place,
      sentence: parsed.problem,
      exitCode: exitCodes.config,
    } as const;
    return { lines: [], findings: [...findings, error] };
  }
  const wanted = file.section === '' ? defaultSection : file.section;
  const chosen = parsed.sections.filter((section) => section.name === wanted);
  if (chosen.length === 0) findings.push(missingSection(file, wanted, parsed.sections));
  const lines = chosen.flatMap((section) =>
    section.lines.map(({ name, value, line }): Line => {
      const origin = line === 0 ? shown : `${shown}:${line}`;
      return { name, value, origin, from: 'file' };
    }),
  );
  const before = format === 'ini' ? parsed.sections[0]?.lines[0] : undefined;
  if (before !== undefined) {
    const sentence = `"${before.name}" stands before the first section and is ignored`;
    findings.push({ severity: 'warning', place: `${shown}:${before.line}`, sentence });
  }
  return { lines, findings };
}
