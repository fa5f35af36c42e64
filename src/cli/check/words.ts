/** PURE. The words of `reeve check`: its own flags, and those of the start that is checked. */

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

export type CheckForm = 'table' | 'settings' | 'json';

export interface CheckWords {
  readonly form: CheckForm;
  /** Whether what is only a warning is a failure too. */
  readonly isStrict: boolean;
  /** A unit that runs the file: its path or name; '' for none. */
  readonly unit: string;
  /** Two files are compared. */
  readonly isDiff: boolean;
  /** Files and options, as at a start. */
  readonly words: readonly string[];
}

/** @throws OperatorError (64). */
export function readCheckWords(argv: readonly string[]): CheckWords {
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  const command = end === -1 ? [] : withoutProgram(argv.slice(end + 1));
  const [unit, rest] = takeUnit(before);
  const own = ['--show', '--json', '--strict', '--diff'];
  const isGiven = (flag: string): boolean => rest.includes(flag);
  const words = [...rest.filter((word) => !own.includes(word)), ...command];
  const isDiff = isGiven('--diff');
  if (isGiven('--show') && isGiven('--json')) {
    throw usage('either --show or --json', '--json has the settings too');
  }
  if (isDiff && words.length !== 2) {
    throw usage('--diff compares two files', 'write reeve check --diff OLD NEW');
  }
  const apart = ['--show', '--json', '--strict'].filter(isGiven);
  const [other] = unit === '' ? apart : [...apart, '--unit'];
  if (isDiff && other !== undefined) {
    const advice = `ask for ${other} with NEW alone: reeve check ${other} …`;
    throw usage(`--diff compares two files in words, and cannot be given with ${other}`, advice);
  }
  if (words.length === 0 && unit === '') {
    throw usage('FILE is missing', '`reeve check --help` shows how it is called');
  }
  const form = isGiven('--json') ? 'json' : isGiven('--show') ? 'settings' : 'table';
  return { form, isStrict: isGiven('--strict'), unit, isDiff, words };
}

/** `uwsgi --ini app.ini`: the first word is the program, unless it is an option already. */
function withoutProgram([first = '', ...rest]: readonly string[]): readonly string[] {
  const isProgram = /^(.*\/)?(uwsgi[\w.-]*|reeve)$/.test(first);
  return isProgram || first === '' ? rest : [first, ...rest];
}

function takeUnit(words: readonly string[]): readonly [string, readonly string[]] {
  const at = words.findIndex((word) => word === '--unit' || word.startsWith('--unit='));
  const word = words[at];
  if (word === undefined) return ['', words];
  const isSeparate = word === '--unit';
  const unit = isSeparate ? (words[at + 1] ?? '') : word.slice('--unit='.length);
  if (unit === '') throw usage('--unit needs the file of a unit', 'as in --unit shop.service');
  return [unit, words.toSpliced(at, isSeparate ? 2 : 1)];
}

function usage(what: string, advice: string): OperatorError {
  return new OperatorError({ what, where: 'check', advice, exitCode: exitCodes.usage });
}
