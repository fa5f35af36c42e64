/**
 * The commands that have a name: `check`, `options`, `help`.
 *
 * Only they need yargs; a start never loads this file.
 */

import yargs from 'yargs';

import { OperatorError } from '../base/operator-error.ts';
import { fullHelp } from '../manual/help.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import { check } from './check.ts';
import { hostOf } from './facts.ts';
import { optionFormats, optionsAs } from './print-options.ts';
import { version } from './version.ts';
import { write } from './write.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `check` takes a start's own words, which yargs shall not look into. */
function readCheck(argv: readonly string[], environment: Environment): number {
  const own = new Set(['--show', '--help', '-h']);
  const words = argv.filter((word) => !own.has(word));
  if (argv.includes('--help') || argv.includes('-h') || words.length === 0) {
    write(
      words.length === 0 ? 2 : 1,
      'Usage: reeve check [--show] FILE... [options as at a start]\n',
    );
    return argv.includes('--help') || argv.includes('-h') ? exitCodes.stopped : exitCodes.usage;
  }
  return check({ words, isShown: argv.includes('--show') }, hostOf(environment));
}

/** Runs a command; resolves to the exit code. */
export async function runCommand(
  argv: readonly string[],
  environment: Environment,
): Promise<number> {
  let exitCode: number = exitCodes.stopped;
  const parser = yargs()
    .scriptName('reeve')
    .exitProcess(false)
    .version(false)
    .help(false)
    .strict()
    .parserConfiguration({ 'unknown-options-as-args': true })
    .command(
      'check [words..]',
      'read the settings and say what is wrong',
      (command) => command.strict(false),
      () => {
        exitCode = readCheck(argv.slice(1), environment);
      },
    )
    .command(
      'options',
      'print the options',
      (command) => command.option('format', { choices: optionFormats, default: 'text' as const }),
      ({ format }) => {
        write(1, optionsAs(format, version));
      },
    )
    .command('help', 'print all options', {}, () => {
      write(1, fullHelp());
    })
    .fail((message, error) => {
      if (error !== undefined) throw error;
      const given = /Argument: (\S+), Given: "(.*)", Choices: (.*)/s.exec(message);
      const what =
        given === null
          ? message.trim().replaceAll(/\s+/g, ' ')
          : `there is no ${given[1]} "${given[2]}": it is one of ${optionFormats.join(', ')}`;
      throw new OperatorError({ what, where: argv[0], exitCode: exitCodes.usage });
    });
  await parser.parseAsync([...argv]);
  return exitCode;
}
