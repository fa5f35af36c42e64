/** Why an instance does not run: what systemd, the journal, its file and its log say. */

import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { loadConfiguration } from '../../config/load.ts';
import { instanceFile } from '../instances/target.ts';
import { hostOf } from '../process/real-host.ts';
import { visible } from '../process/visible.ts';
import { answerOf } from '../units/systemctl.ts';
import { factsOf, isKnown, isUsed, unitProperties, unitSentences } from './unit-words.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const LIMIT_MS = 5_000;
const LINES_MAX = 8;
/** The end of a log that is looked at. */
const TAIL_BYTES = 65_536;
const TELLING = /\b(error|warning|Error|Exception|Traceback|refused|failed|cannot)\b/;

/** Sentences and lines; [] where nothing is known of such an instance. */
export async function whyAbsent(
  target: string,
  environment: Environment,
): Promise<readonly string[]> {
  const name = basename(target).replace(/\.(ini|service|json|yaml|yml|xml)$/, '');
  const own = name.replace(/^reeve@/, '');
  const names = [`reeve@${own}.service`, `${own}.service`];
  const isFile = statSync(target, { throwIfNoEntry: false })?.isFile() === true;
  const hasIni = existsSync(instanceFile(own));
  return [...ofUnits(names, hasIni), ...(isFile ? await ofFile(target, environment) : [])];
}

/** Of the unit that is there; where none is, that there is none. */
function ofUnits(names: readonly string[], hasIni: boolean): readonly string[] {
  const units = names.map((unit) => {
    const words = ['show', `--property=${unitProperties.join(',')}`, '--', unit];
    return { unit, facts: factsOf(said('systemctl', words)) };
  });
  // Every name fits the template reeve@.service.
  const [ofTemplate, own] = units.map(({ facts }) => isKnown(facts));
  const used = units.filter(({ facts }) => isKnown(facts) && isUsed(facts));
  const idle = own ? units.slice(1) : ofTemplate && hasIni ? units.slice(0, 1) : [];
  const known = used.length > 0 ? used : idle;
  if (known.length > 0) {
    return known.flatMap(({ unit, facts }) => [
      ...unitSentences(unit, facts).map((sentence, at) => `${at === 0 ? '' : '  '}${sentence}`),
      ...ofJournal(unit),
    ]);
  }
  // Without systemd nothing is known, and nothing is said.
  if (units.every(({ facts }) => !facts.has('LoadState'))) return [];
  return [
    `systemd has no unit ${names.join(' or ')}`,
    '  systemctl list-units --all lists those it has; `reeve enable FILE` makes one for an ini',
  ];
}

/** Its errors since the machine has booted; where there are none, what it said last. */
function ofJournal(unit: string): readonly string[] {
  const words = ['--unit', unit, '--boot', '--lines', String(LINES_MAX)];
  const form = ['--output=cat', '--no-pager', '--quiet'];
  const errors = said('journalctl', [...words, '--priority=err', ...form]);
  const last = errors.trim() === '' ? said('journalctl', [...words, ...form]) : errors;
  if (last.trim() !== '') return indented('the journal', last);
  return ['  the journal has nothing of it, or nothing for this user (sudo shows all)'];
}

/** '' where that command is not there, or has nothing to say. */
function said(program: 'systemctl' | 'journalctl', words: readonly string[]): string {
  try {
    return answerOf(program, words, LIMIT_MS);
  } catch (error) {
    if (error instanceof OperatorError) return '';
    throw error;
  }
}

async function ofFile(path: string, environment: Environment): Promise<readonly string[]> {
  try {
    const { settings } = await loadConfiguration([path], hostOf(environment));
    const log = settings.logto || settings.logto2 || settings.daemonize || settings.daemonize2;
    return log === '' ? [] : indented(log, lastWords(resolve(log)));
  } catch (error) {
    if (error instanceof OperatorError) return [`its file is refused: ${error.message}`];
    throw error;
  }
}

/** Of the end of a log: the lines that tell of trouble, or the last ones. */
function lastWords(path: string): string {
  const lines = endOf(path).split('\n').filter(Boolean);
  const telling = lines.filter((line) => TELLING.test(line));
  return (telling.length > 0 ? telling : lines).slice(-LINES_MAX).join('\n');
}

function endOf(path: string): string {
  try {
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(fd, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8');
    } finally {
      closeSync(fd);
    }
  } catch {
    // It is gone, or another user's: there is nothing to show.
    return '';
  }
}

function indented(what: string, text: string): readonly string[] {
  const lines = text.split('\n').filter(Boolean).slice(-LINES_MAX);
  return lines.length === 0 ? [] : [`${what}:`, ...lines.map((line) => `  ${visible(line)}`)];
}
