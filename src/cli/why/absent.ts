/** Why an instance does not run: what systemd, the journal, its file and its log say. */

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { loadConfiguration } from '../../config/load.ts';
import { exitCodeMeanings, exitCodeNames, exitCodes } from '../../tables/exit-codes.ts';
import { hostOf } from '../process/real-host.ts';
import { visible } from '../process/visible.ts';
import { answerOf } from '../units/systemctl.ts';

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
  const units = [`reeve@${own}.service`, `${own}.service`].flatMap(ofUnit);
  const isFile = statSync(target, { throwIfNoEntry: false })?.isFile() === true;
  return [...units, ...(isFile ? await ofFile(target, environment) : [])];
}

function ofUnit(unit: string): readonly string[] {
  const properties = 'LoadState,ActiveState,SubState,Result,ExecMainStatus,NRestarts';
  const shown = said('systemctl', ['show', `--property=${properties}`, unit]);
  const facts = new Map(
    shown.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  if (facts.get('LoadState') !== 'loaded') return [];
  const result = facts.get('Result') ?? '';
  const status = Number(facts.get('ExecMainStatus') ?? 0);
  const code = exitCodeNames.find((each) => exitCodes[each] === status);
  const meaning = code === undefined || status === 0 ? '' : `: ${exitCodeMeanings[code]}`;
  const ended =
    result === 'success' || result === '' ? '' : `, ${result}, exit status ${status}${meaning}`;
  const restarts = Number(facts.get('NRestarts') ?? 0);
  const again = restarts > 0 ? `, started again ${restarts} times` : '';
  const state = `${facts.get('ActiveState') ?? ''} (${facts.get('SubState') ?? ''})`;
  const words = ['--unit', unit, '--priority=err', '--lines', String(LINES_MAX)];
  const journal = said('journalctl', [...words, '--output=cat', '--no-pager', '--quiet']);
  return [`systemd: ${unit} is ${state}${ended}${again}`, ...indented('the journal', journal)];
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
