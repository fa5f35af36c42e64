/** The commands that show what an instance does: stacks, profile. */

import type { Argv } from 'yargs';

import { commands } from '../../tables/commands.ts';
import { profile } from './profile.ts';
import { why } from '../why/why.ts';
import { stacks } from './stacks.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A command that runs: its words, its environment, and where its exit code goes. */
export interface Running {
  readonly argv: readonly string[];
  readonly environment: Environment;
  readonly end: (exitCode: number) => void;
}

/** A pid stays text: without a type yargs would make it a number. */
export function withTarget(command: Argv) {
  return command.positional('target', { type: 'string' });
}

export function addSeeingCommands(parser: Argv, { environment, end }: Running): void {
  parser.command(
    'stacks [target]',
    commands.stacks.summary,
    (command) => withTarget(command).option('json', { type: 'boolean', default: false }),
    async ({ target, json }) => end(await stacks({ target, environment }, json ? 'json' : 'text')),
  );
  parser.command(
    'profile [target]',
    commands.profile.summary,
    (command) =>
      withTarget(command)
        .option('seconds', { type: 'string', requiresArg: true, default: '10' })
        .option('output', { type: 'string', requiresArg: true })
        .option('format', { type: 'string', requiresArg: true }),
    async ({ target, seconds, output, format }) =>
      end(await profile({ target, environment }, { seconds, output, format })),
  );
  parser.command(
    'why [first] [second]',
    commands.why.summary,
    (command) =>
      command
        .positional('first', { type: 'string' })
        .positional('second', { type: 'string' })
        .option('json', { type: 'boolean', default: false }),
    async ({ first, second, json }) => {
      end(await why({ first, second, environment, format: json ? 'json' : 'text' }));
    },
  );
}
