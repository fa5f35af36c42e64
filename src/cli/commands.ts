/**
 * The commands that have a name (tables/commands.ts).
 *
 * Only they need yargs; a start never loads this file.
 */

import yargs, { type Argv } from 'yargs';

import { OperatorError } from '../base/operator-error.ts';
import { commandHelp, fullHelp } from '../manual/help.ts';
import { commands, isCommandName, optionFormats } from '../tables/commands.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import { check } from './check.ts';
import { disable } from './units/disable.ts';
import { enable } from './units/enable.ts';
import { hostOf } from './process/real-host.ts';
import { environmentGiven } from './process/given-environment.ts';
import { command, reloadAll, status, stop, type OperateRequest } from './instances/operate.ts';
import { optionsAs } from './options.ts';
import { disableOptions, disableRequest, enableOptions, enableRequest } from './units/flags.ts';
import { upgrade } from './upgrade/upgrade.ts';
import { released, version } from './process/version.ts';
import { write } from './process/write.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `check` takes a start's own words, which yargs shall not look into. */
function readCheck(argv: readonly string[], environment: Environment): number {
  const words = argv.filter((word) => word !== '--show');
  if (words.length === 0) {
    write(2, commandHelp('check'));
    return exitCodes.usage;
  }
  const host = hostOf(environmentGiven(environment), 'unknown');
  return check({ words, isShown: argv.includes('--show') }, host);
}

function asksForHelp(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

/** A pid is text here: without its type yargs would make a number of it. */
function withTarget(command: Argv) {
  return command.positional('target', { type: 'string' });
}

function meant(target: string | undefined, environment: Environment): OperateRequest {
  if (target?.startsWith('-') === true) {
    throw new OperatorError({ what: `unknown option ${target}`, exitCode: exitCodes.usage });
  }
  return { target, environment };
}

function everyInstance(target: string | undefined, environment: Environment): Promise<number> {
  if (target === undefined) return reloadAll(environment);
  const what = 'either --all or one instance is reloaded';
  throw new OperatorError({ what, where: 'reload', exitCode: exitCodes.usage });
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const what = `"${text}" is no number of workers`;
  throw new OperatorError({ what, where: 'scale', exitCode: exitCodes.usage });
}

/** Runs a command; resolves to the exit code. */
export async function runCommand(
  argv: readonly string[],
  environment: Environment,
): Promise<number> {
  let exitCode: number = exitCodes.stopped;
  const [name = ''] = argv;
  if (isCommandName(name) && asksForHelp(argv)) {
    write(1, commandHelp(name));
    return exitCode;
  }
  const parser = yargs()
    .scriptName('reeve')
    .exitProcess(false)
    .version(false)
    .help(false)
    .strict()
    .parserConfiguration({ 'unknown-options-as-args': true })
    .command(
      'check [words..]',
      commands.check.summary,
      (command) => command.strict(false),
      () => {
        exitCode = readCheck(argv.slice(1), environment);
      },
    )
    .command(
      'options',
      commands.options.summary,
      (command) => command.option('format', { choices: optionFormats, default: 'text' as const }),
      ({ format }) => {
        write(1, optionsAs(format, { version, date: released }));
      },
    )
    .command('help', commands.help.summary, {}, () => {
      write(1, fullHelp());
    })
    .command(
      'status [target]',
      commands.status.summary,
      (command) => withTarget(command).option('json', { type: 'boolean', default: false }),
      async ({ target, json }) => {
        exitCode = await status(meant(target, environment), json ? 'json' : 'table');
      },
    )
    .command(
      'reload [target]',
      commands.reload.summary,
      (command) => withTarget(command).option('all', { type: 'boolean', default: false }),
      async ({ target, all }) => {
        exitCode = all
          ? await everyInstance(target, environment)
          : await command(meant(target, environment), { command: 'reload' });
      },
    )
    .command('stop [target]', commands.stop.summary, withTarget, async ({ target }) => {
      exitCode = await stop(meant(target, environment));
    })
    .command(
      'log-level <level> [target]',
      commands['log-level'].summary,
      (command) => withTarget(command).positional('level', { type: 'string', demandOption: true }),
      async ({ level, target }) => {
        const message = { command: 'log-level', level } as const;
        exitCode = await command(meant(target, environment), message);
      },
    )
    .command(
      'scale <number> [target]',
      commands.scale.summary,
      (command) => withTarget(command).positional('number', { type: 'string', demandOption: true }),
      async ({ number, target }) => {
        const message = { command: 'scale', workers: wholeNumber(number) } as const;
        exitCode = await command(meant(target, environment), message);
      },
    )
    .command('enable <file>', commands.enable.summary, enableOptions, (given) => {
      exitCode = enable(enableRequest(given), hostOf(environment));
    })
    .command('disable <target>', commands.disable.summary, disableOptions, (given) => {
      exitCode = disable(disableRequest(given));
    })
    .command(
      'upgrade',
      commands.upgrade.summary,
      (command) => command.option('dry-run', { type: 'boolean', default: false }),
      async ({ dryRun }) => {
        const { binary } = hostOf(environment);
        exitCode = await upgrade({ isDry: dryRun, binary, environment });
      },
    )
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
