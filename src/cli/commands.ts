/**
 * The commands that have a name (tables/commands.ts).
 *
 * Only they need yargs; a start never loads this file.
 */

import yargs, { type Argv } from 'yargs';

import { createClocks } from '../base/clock.ts';
import { OperatorError } from '../base/operator-error.ts';
import { didYouMean, nearest } from '../config/reading/nearest.ts';
import { commandHelp } from '../manual/help.ts';
import {
  argumentsOfCommand,
  commands,
  flagsOfCommand,
  isCommandName,
  optionFormats,
} from '../tables/commands.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import { advise } from './advise/advise.ts';
import { check } from './check/check.ts';
import { readCheckWords } from './check/words.ts';
import { helpOn, helpOnOptions } from './help.ts';
import { disable } from './units/disable.ts';
import { enable } from './units/enable.ts';
import { hostOf } from './process/real-host.ts';
import { environmentGiven } from './process/given-environment.ts';
import { command, reloadAll, stop } from './instances/operate.ts';
import { metrics } from './instances/metrics.ts';
import { jobActions, jobs } from './jobs/jobs.ts';
import { status } from './instances/status.ts';
import { topOptions, topTerms } from './top/flags.ts';
import { top } from './top/top.ts';
import { waitReady } from './instances/wait-ready.ts';
import { optionsAs } from './options.ts';
import { addSeeingCommands, withTarget, type Running } from './seeing/commands.ts';
import { disableOptions, disableRequest, enableOptions, enableRequest } from './units/flags.ts';
import { upgrade } from './upgrade/upgrade.ts';
import { released, version } from './process/version.ts';
import { write } from './process/write.ts';

import type { CommandName, OptionFormat } from '../tables/commands.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `check` takes the words of a start; yargs must not read them. */
async function readCheck(argv: readonly string[], environment: Environment): Promise<number> {
  const words = readCheckWords(argv);
  const given = environmentGiven(environment);
  const host = hostOf(given, 'unknown');
  return await check({ ...words, isForAnother: given !== environment }, host);
}

/** Refuses flags that a command does not have; yargs would take them for its words. */
function refuseUnknownFlags(name: CommandName, words: readonly string[]): void {
  const end = words.indexOf('--');
  const flags = flagsOfCommand(name);
  const known = flags.flatMap((flag) => [`--${flag.name}`, `-${flag.short ?? flag.name}`]);
  const unknown = words
    .slice(0, end === -1 ? words.length : end)
    .filter((word) => word.startsWith('-') && word !== '-')
    .find((word) => !known.includes(flagOf(word)));
  const withValue = words.find((word) => /=(?!true$|false$)/.test(word) && isSwitch(word, name));
  if (unknown === undefined && withValue !== undefined) {
    const what = `${flagOf(withValue)} takes no value`;
    throw new OperatorError({ what, where: name, exitCode: exitCodes.usage });
  }
  if (unknown === undefined) return;
  const meant = nearest(
    flagOf(unknown).replace(/^-+/, ''),
    flags.map((flag) => flag.name),
  );
  const what = `unknown option ${flagOf(unknown)}`;
  const advice =
    meant === undefined ? `\`reeve ${name} --help\` lists all` : didYouMean(`--${meant}`);
  throw new OperatorError({ what, where: name, advice, exitCode: exitCodes.usage });
}

/** `--json=1` without its value. */
function flagOf(word: string): string {
  return word.replace(/=.*$/s, '');
}

function isSwitch(word: string, name: CommandName): boolean {
  const flag = flagsOfCommand(name).find((each) => `--${each.name}` === flagOf(word));
  return flag !== undefined && flag.placeholder === undefined;
}

/** What yargs says of wrong words, for people who have never heard of its terms. */
function inOurWords(message: string, name: string): string {
  const [, given] = /^Not enough non-option arguments: got (\d+)/.exec(message) ?? [];
  if (given !== undefined && isCommandName(name)) {
    return `${argumentsOfCommand(name)[Number(given)] ?? 'a word'} is missing`;
  }
  const [, flag] = /^Not enough arguments following: (.*)$/.exec(message) ?? [];
  if (flag !== undefined) return `--${flag} needs a value`;
  const [, words] = /^Unknown arguments?: (.*)$/.exec(message) ?? [];
  return words === undefined ? message : `too many words: ${words}`;
}

function asksForHelp(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

function everyInstance(
  target: string | undefined,
  chain: boolean,
  environment: Environment,
): Promise<number> {
  if (target === undefined) return reloadAll(environment, { command: 'reload', chain });
  const what = 'either --all or one instance is reloaded';
  throw new OperatorError({ what, where: 'reload', exitCode: exitCodes.usage });
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const what = `"${text}" is not a number of workers`;
  throw new OperatorError({ what, where: 'scale', exitCode: exitCodes.usage });
}

const WAIT_SECONDS = 60;
const WAIT_SECONDS_MAX = 86_400;

/** '' for as long as is usual. */
function secondsIn(text: string, flag: string, usual: number): number {
  if (text === '') return usual;
  if (/^\d{1,5}$/.test(text) && Number(text) <= WAIT_SECONDS_MAX) return Number(text);
  const what = `"${text}" is not a number of seconds from 0 to ${WAIT_SECONDS_MAX}`;
  throw new OperatorError({ what, where: flag, exitCode: exitCodes.usage });
}

/** What `reeve options` is to print. */
function formatNamed(text: string): OptionFormat {
  const format = optionFormats.find((each) => each === text);
  if (format !== undefined) return format;
  const what = `there is no format "${text}": it is one of ${optionFormats.join(', ')}`;
  throw new OperatorError({ what, where: 'options', exitCode: exitCodes.usage });
}

/** All options in a format, or what is known of some of them. */
function optionsText(names: readonly string[], format: string | undefined): string {
  if (names.length === 0) {
    return optionsAs(formatNamed(format ?? 'text'), { version, date: released });
  }
  if (format === undefined || format === 'text') return helpOnOptions(names);
  const what = 'names of options are explained as text only';
  throw new OperatorError({ what, where: '--format', exitCode: exitCodes.usage });
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
  if (name === 'help') {
    write(1, helpOn(argv.slice(1)));
    return exitCode;
  }
  if (isCommandName(name) && name !== 'check') refuseUnknownFlags(name, argv.slice(1));
  const end = (code: number): void => {
    exitCode = code;
  };
  const parser = yargs()
    .scriptName('reeve')
    .exitProcess(false)
    .version(false)
    .help(false)
    .strict()
    .fail((message, error) => {
      // Words that do not fit are a YError, or no error; anything else has failed in a command.
      if (error !== undefined && error.name !== 'YError') throw error;
      const what = inOurWords(message.trim().replaceAll(/\s+/g, ' '), name);
      const advice = `\`reeve ${name} --help\` shows how it is called`;
      throw new OperatorError({ what, where: name, advice, exitCode: exitCodes.usage });
    });
  const running = { argv, environment, end };
  addReadingCommands(parser, running);
  addInstanceCommands(parser, running);
  addSeeingCommands(parser, running);
  addAdvise(parser, running);
  addJobs(parser, running);
  addUnitCommands(parser, running);
  await parser.parseAsync([...argv]);
  return exitCode;
}

/** What only reads: check, options. */
function addReadingCommands(parser: Argv, { argv, environment, end }: Running): void {
  parser
    .command(
      'check [words..]',
      commands.check.summary,
      (command) => command.strict(false),
      async () => end(await readCheck(argv.slice(1), environment)),
    )
    .command(
      'options [names..]',
      commands.options.summary,
      (command) =>
        command
          .positional('names', { type: 'string', array: true, default: [] })
          .option('format', { type: 'string', requiresArg: true }),
      ({ names, format }) => write(1, optionsText(names, format)),
    );
}

/** What is asked of an instance that runs. */
function addInstanceCommands(parser: Argv, { environment, end }: Running): void {
  parser
    .command(
      'status [target]',
      commands.status.summary,
      (command) =>
        withTarget(command)
          .option('json', { type: 'boolean', default: false })
          .option('wait-ready', { type: 'string' }),
      async ({ target, json, waitReady: wait }) => {
        const request = { target, environment };
        if (wait === undefined) return end(await status(request, json ? 'json' : 'table'));
        // Its number may be left out, and then TARGET stands in its place.
        const isNumber = target !== undefined || wait === '' || /^\d/.test(wait);
        const seconds = (): number => secondsIn(wait, '--wait-ready', WAIT_SECONDS);
        if (isNumber) return end(await waitReady(request, seconds()));
        end(await waitReady({ target: wait, environment }, WAIT_SECONDS));
      },
    )
    .command(
      'metrics [target]',
      commands.metrics.summary,
      (command) => withTarget(command).option('openmetrics', { type: 'boolean', default: false }),
      async ({ target, openmetrics }) =>
        end(await metrics({ target, environment }, openmetrics ? 'openmetrics' : 'prometheus')),
    )
    .command('top [target]', commands.top.summary, topOptions, async ({ target, ...given }) =>
      end(await top({ target, environment, ...topTerms(given) })),
    )
    .command(
      'reload [target]',
      commands.reload.summary,
      (command) =>
        withTarget(command)
          .option('all', { type: 'boolean', default: false })
          .option('chain', { type: 'boolean', default: false }),
      async ({ target, all, chain }) =>
        end(
          all
            ? await everyInstance(target, chain, environment)
            : await command({ target, environment }, { command: 'reload', chain }),
        ),
    )
    .command('stop [target]', commands.stop.summary, withTarget, async ({ target }) =>
      end(await stop({ target, environment })),
    )
    .command(
      'log-level <level> [target]',
      commands['log-level'].summary,
      (command) => withTarget(command).positional('level', { type: 'string', demandOption: true }),
      async ({ level, target }) =>
        end(await command({ target, environment }, { command: 'log-level', level })),
    )
    .command(
      'scale <number> [target]',
      commands.scale.summary,
      (command) => withTarget(command).positional('number', { type: 'string', demandOption: true }),
      async ({ number, target }) => {
        const message = { command: 'scale', workers: wholeNumber(number) } as const;
        end(await command({ target, environment }, message));
      },
    );
}

/** How many workers fit. */
function addAdvise(parser: Argv, { environment, end }: Running): void {
  parser.command(
    'advise [target]',
    commands.advise.summary,
    (command) =>
      withTarget(command)
        .option('json', { type: 'boolean', default: false })
        .option('seconds', { type: 'string', requiresArg: true, default: '0' }),
    async ({ target, json, seconds }) => {
      const format = json ? 'json' : 'text';
      const measured = { seconds: secondsIn(seconds, '--seconds', 0), format } as const;
      end(await advise({ target, environment, ...measured }));
    },
  );
}

/** The tasks of spoolers. */
function addJobs(parser: Argv, { environment, end }: Running): void {
  parser.command(
    'jobs <action> [task] [target]',
    commands.jobs.summary,
    (command) =>
      withTarget(command)
        .positional('action', { choices: jobActions, demandOption: true })
        .positional('task', { type: 'string' }),
    async ({ action, task, target }) => {
      const nowMs = createClocks().dateMs();
      if (action !== 'list' && task === undefined) {
        const what = 'TASK is missing: its name, the end of it, or all';
        throw new OperatorError({ what, where: 'jobs', exitCode: exitCodes.usage });
      }
      const meant = action === 'list' ? { task: '', target: task } : { task: task ?? '', target };
      end(await jobs({ action, ...meant, environment, nowMs }));
    },
  );
}

/** What writes units, or restarts them. */
function addUnitCommands(parser: Argv, { environment, end }: Running): void {
  parser
    .command('enable <file>', commands.enable.summary, enableOptions, async (given) =>
      end(await enable(enableRequest(given), hostOf(environment))),
    )
    .command('disable <target>', commands.disable.summary, disableOptions, async (given) =>
      end(await disable(disableRequest(given))),
    )
    .command(
      'upgrade',
      commands.upgrade.summary,
      (command) => command.option('dry-run', { type: 'boolean', default: false }),
      async ({ dryRun }) => {
        const { binary } = hostOf(environment);
        end(await upgrade({ isDry: dryRun, binary, environment }));
      },
    );
}
