/** `reeve --help`, `reeve help`: the common options, all of them, or what one word means. */

import { OperatorError } from '../base/operator-error.ts';
import { longNameOf, meaningOf, namesWithPrefix, nearestName } from '../config/reading/names.ts';
import { didYouMean, nearest } from '../config/reading/nearest.ts';
import {
  commandHelp,
  commonHelp,
  directiveHelp,
  fullHelp,
  optionHelp,
  sectionHelp,
} from '../manual/help.ts';
import { commandNames, isCommandName } from '../tables/commands.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import { isSection, sections } from '../tables/option.ts';

/** The help on each of these words: commands, options, sections, `all`; without one the common. */
export function helpOn(words: readonly string[]): string {
  if (words.length === 0) return commonHelp();
  return words.map(helpOnWord).join('\n');
}

/** The help on options alone, for `reeve options NAME...`. */
export function helpOnOptions(words: readonly string[]): string {
  return words.map((word) => helpOnOption(word) ?? refuse(word, 'option')).join('\n');
}

function helpOnWord(word: string): string {
  if (word === 'all') return fullHelp();
  if (isCommandName(word)) return commandHelp(word);
  const option = helpOnOption(word);
  if (!isSection(word)) return option ?? refuse(word, 'command or option');
  // `http` is both.
  return option === undefined ? sectionHelp(word) : `${option}\n${sectionHelp(word)}`;
}

function helpOnOption(word: string): string | undefined {
  const written = word.replace(/^--?/, '').replace(/=.*$/s, '');
  const long = written.length === 1 ? (longNameOf(written) ?? written) : written;
  const [only, ...others] = meaningOf(long) === undefined ? namesWithPrefix(long) : [long];
  const meaning = only === undefined || others.length > 0 ? undefined : meaningOf(only);
  if (meaning === undefined) return undefined;
  switch (meaning.kind) {
    case 'option':
      return optionHelp(meaning.name);
    case 'directive':
      return directiveHelp(meaning.name);
    case 'unsupported':
      return `--${meaning.unsupported.name}\n\nAn option of uWSGI that Reeve does not have: ${meaning.unsupported.advice}.\n`;
  }
}

function refuse(word: string, kind: 'option' | 'command or option'): never {
  const others = kind === 'option' ? [] : [...commandNames, ...sections, 'all'];
  const meant = nearest(word, others) ?? nearestName(word.replace(/^--?/, ''));
  const what = `there is no ${kind} "${word}"`;
  const advice = meant === undefined ? '`reeve --help all` lists all' : didYouMean(meant);
  throw new OperatorError({ what, advice, exitCode: exitCodes.usage });
}
