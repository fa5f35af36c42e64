/**
 * The words of the command line, read by the rules of uWSGI (those of getopt_long).
 *
 * `--name=value`, `--name value`, `-p4`, `-p 4`, flags in a bundle, unambiguous beginnings of long
 * names, options and files in any order, `--` before what is no option. Beyond these rules a
 * switch may be told its value (`--vacuum=false`), and a forgotten argument is noticed.
 */

import { argumentOf, longNameOf, meaningOf, namesWithPrefix, nearestName } from './names.ts';
import { didYouMean } from './nearest.ts';
import { optionOf } from '../../tables/options/options.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

import { fileName, formatOf } from './files.ts';

import type { Diagnostic } from './diagnostic.ts';
import type { Line } from './entry.ts';
import type { Meaning } from './names.ts';

export interface CommandLine {
  readonly lines: readonly Line[];
  /** What is no option: configuration files. */
  readonly files: readonly string[];
  readonly problems: readonly Diagnostic[];
}

interface Reading {
  readonly words: readonly string[];
  next: number;
  readonly lines: Line[];
  readonly problems: Diagnostic[];
}

function wrong(reading: Reading, place: string, sentence: string, advice?: string): void {
  const problem = { severity: 'error', place, sentence, exitCode: exitCodes.usage } as const;
  reading.problems.push(advice === undefined ? problem : { ...problem, advice });
}

function neededBy(meaning: Meaning): string {
  if (meaning.kind === 'option') return optionOf(meaning.name).kind.needs;
  if (meaning.kind === 'directive') return `a value (${meaning.directive.placeholder})`;
  return 'a value';
}

/** Whether a word can hardly be a value, because it is a long option itself. */
function isLongOption(word: string): boolean {
  if (!word.startsWith('--')) return false;
  const [name = ''] = word.slice(2).split('=');
  return name.length >= 3 && (meaningOf(name) !== undefined || namesWithPrefix(name).length > 0);
}

/** Takes the next word as the value of `origin`; undefined, with a problem, if there is none. */
function takeValue(reading: Reading, origin: string, meaning: Meaning): string | undefined {
  const word = reading.words[reading.next];
  const needs = `${origin} needs ${neededBy(meaning)}`;
  if (word === undefined) {
    wrong(reading, '', needs, 'it is the last word of the command line');
    return undefined;
  }
  const mayBeFlag = meaning.kind === 'option' && meaning.name === 'pyargv';
  if (!mayBeFlag && isLongOption(word)) {
    wrong(reading, '', needs, `the next word is ${word}`);
    return undefined;
  }
  reading.next++;
  return word;
}

/** Neither a flag nor a configuration file. */
function isValueAlone(word: string): boolean {
  return !word.startsWith('-') && formatOf(fileName(word).path) === undefined;
}

/** `isWhole`: the word has no `=`, so that a value would be the next one. */
function resolveLong(reading: Reading, written: string, isWhole: boolean): string | undefined {
  if (meaningOf(written) !== undefined) return written;
  const names = namesWithPrefix(written);
  const [only] = names;
  if (only !== undefined && names.length === 1 && written !== '') return only;
  if (names.length > 1) {
    const some = names.slice(0, 6).map((name) => `--${name}`);
    wrong(reading, '', `unknown option --${written}`, `it may mean ${some.join(', ')}`);
    if (isWhole) skipValue(reading);
    return undefined;
  }
  const meant = nearestName(written);
  const advice = meant === undefined ? '`reeve --help all` lists all' : didYouMean(`--${meant}`);
  wrong(reading, '', `unknown option --${written}`, advice);
  // What follows was meant as its value: to complain of that as well would only mislead.
  const meaning = meant === undefined ? undefined : meaningOf(meant);
  const takesWord = meaning === undefined || argumentOf(meaning) === 'required';
  if (isWhole && takesWord) skipValue(reading);
  return undefined;
}

function skipValue(reading: Reading): void {
  const next = reading.words[reading.next];
  if (next !== undefined && isValueAlone(next)) reading.next++;
}

function readLong(reading: Reading, word: string): void {
  const equals = word.indexOf('=');
  const written = equals === -1 ? word.slice(2) : word.slice(2, equals);
  const name = resolveLong(reading, written, equals === -1);
  const meaning = name === undefined ? undefined : meaningOf(name);
  if (name === undefined || meaning === undefined) return;
  const origin = `--${name}`;
  let value: string | undefined = 'true';
  if (equals !== -1) value = word.slice(equals + 1);
  else if (argumentOf(meaning) === 'required') value = takeValue(reading, origin, meaning);
  else if (argumentOf(meaning) === 'optional') value = '';
  if (value === undefined) return;
  reading.lines.push({ name, value, origin, from: 'flag' });
}

function readShort(reading: Reading, word: string): void {
  for (let index = 1; index < word.length; index++) {
    const letter = word.charAt(index);
    const origin = `-${letter}`;
    const name = longNameOf(letter);
    const meaning = name === undefined ? undefined : meaningOf(name);
    if (name === undefined || meaning === undefined) {
      wrong(reading, '', `unknown option ${origin}`, '`reeve --help all` lists all');
      return;
    }
    const argument = argumentOf(meaning);
    if (argument === 'none') {
      reading.lines.push({ name, value: 'true', origin, from: 'flag' });
      continue;
    }
    const rest = word.slice(index + 1);
    const value =
      rest !== '' || argument === 'optional' ? rest : takeValue(reading, origin, meaning);
    if (value !== undefined) reading.lines.push({ name, value, origin, from: 'flag' });
    return;
  }
}

/** Reads the arguments after the name of the program. */
export function readCommandLine(words: readonly string[]): CommandLine {
  const reading: Reading = { words, next: 0, lines: [], problems: [] };
  const files: string[] = [];
  while (reading.next < words.length) {
    const word = words[reading.next] ?? '';
    reading.next++;
    if (word === '--') {
      files.push(...words.slice(reading.next));
      break;
    }
    if (word.startsWith('--')) readLong(reading, word);
    else if (word.startsWith('-') && word !== '-') readShort(reading, word);
    else files.push(word);
  }
  return { lines: reading.lines, files, problems: reading.problems };
}
