/**
 * The commands that have a name: what each is for. The help, the manual and the command line are
 * read off this table.
 */

export interface CommandFlag {
  readonly name: string;
  /** A single character. */
  readonly short?: string;
  /** What stands for its value in the help; a switch has none. */
  readonly placeholder?: string;
  /** One line: no capital, no full stop. */
  readonly summary: string;
}

export interface CommandEntry {
  /** What follows the name, as it is written: flags, and a word in capitals for each argument. */
  readonly usage: string;
  /** One line: no capital, no full stop. */
  readonly summary: string;
  /** Paragraphs for the manual. */
  readonly details?: string;
  /** Its flags, each once; a start's own (check) are not among them. */
  readonly flags?: readonly CommandFlag[];
}

/** How the first line of a unit begins that `reeve enable` has written: no other is touched. */
export const writtenMark = '# Written by `reeve enable ';

/** What `reeve options` can print. */
export const optionFormats = [
  ...(['text', 'man', 'man5', 'man7', 'markdown'] as const),
  ...(['json', 'ini', 'bash', 'zsh', 'fish'] as const),
] as const;

export type OptionFormat = (typeof optionFormats)[number];

const dryRun: CommandFlag = { name: 'dry-run', summary: 'show what would be done, do nothing' };
const yes: CommandFlag = { name: 'yes', short: 'y', summary: 'do not ask' };
const root: CommandFlag = {
  name: 'root',
  placeholder: 'DIRECTORY',
  summary: 'write below another root, as for an image',
};

/** What TARGET is, of every command that has one. */
export const targetMeaning =
  'TARGET is the name of an instance (`app`, `reeve@app`), its pidfile, its ini file, its pid or its ' +
  'control socket. Without it the only instance that runs is meant; of several, none is. Within a ' +
  'unit (ExecReload=, ExecStop=) its own instance is meant, and never another.';

export const commands = {
  check: {
    usage: '[--show] FILE...',
    summary: 'read the settings, say what is wrong',
    details:
      'The exit status is that of a start with these words on this machine, as far as it can be told ' +
      'without loading the application. Options and several files may follow, as at a start.',
    flags: [{ name: 'show', summary: 'print the settings as they were read' }],
  },
  options: {
    usage: '[--format=FORMAT]',
    summary: 'print the options, also as a manual page',
    details:
      'FORMAT is text; man, man5 or man7 for reeve(1), reeve.ini(5) or reeve-systemd(7); markdown or ' +
      'json; ini for a file of the defaults; bash, zsh or fish for the completion of that shell.',
    flags: [
      {
        name: 'format',
        placeholder: optionFormats.join('|'),
        summary: 'what is printed [text]',
      },
    ],
  },
  help: { usage: '', summary: 'print all options' },
  status: {
    usage: '[--json] [TARGET]',
    summary: 'show the workers and what they run',
    flags: [{ name: 'json', summary: 'print it for programs' }],
  },
  reload: {
    usage: '[--all | TARGET]',
    summary: 'reload, and wait for the outcome',
    details:
      'Ends with 0 when the new generation serves; otherwise the old one serves on, the reason is ' +
      'said, and the exit status is that of a start that fails for it. With --all one that cannot ' +
      'be asked is a failure, and so it is if none runs (69).',
    flags: [{ name: 'all', summary: 'reload every instance that runs' }],
  },
  stop: { usage: '[TARGET]', summary: 'stop, and wait for the end' },
  'log-level': {
    usage: 'LEVEL [TARGET]',
    summary: 'change what is logged',
    details:
      'LEVEL is debug, info, warning or error, the least severe messages that are written, until ' +
      'the next restart.',
  },
  scale: {
    usage: 'NUMBER [TARGET]',
    summary: 'run so many workers',
    details:
      'Until the next reload or restart: the number of the configuration counts then. What the ' +
      'application reads in wsgi.multiprocess stays what the configuration made it.',
  },
  enable: {
    usage: '[--socket] FILE',
    summary: 'write a unit for an ini, and enable it',
    details:
      'The unit, which is shown before it is written, has user, directories, times and sandbox from ' +
      'the ini. Without --name it is called as the file.',
    flags: [
      { name: 'name', placeholder: 'NAME', summary: 'name of the unit: shop, or shop.service' },
      { name: 'user', placeholder: 'USER', summary: 'user that the application runs as' },
      {
        name: 'socket',
        summary: 'let systemd listen on its addresses, so that a stop refuses no client either',
      },
      { name: 'now', summary: 'start it too' },
      yes,
      dryRun,
      root,
    ],
  },
  disable: {
    usage: 'NAME|FILE',
    summary: 'stop it and remove what enable wrote',
    flags: [yes, dryRun, root],
  },
  upgrade: {
    usage: '[--dry-run]',
    summary: 'restart the instances that run older code',
    details:
      'Run as root by packages when they have put a new version in place; by hand after `make install`. ' +
      'Each instance of reeve@ and each unit of enable that runs other code than this command has its ' +
      'configuration checked by the new code, as its user and in its environment, and is restarted, one ' +
      'after the other; no client is refused, as systemd keeps the sockets. One whose configuration the ' +
      'new code refuses serves on with the old code: the findings are printed, and systemctl restart ' +
      'brings the new code once they are mended. Whatever else runs an older version is named and left ' +
      'alone. Ends with 0, or with the first failure: the exit status of the check, or 69 for a restart ' +
      'that has failed. Without systemd it does nothing.',
    flags: [dryRun],
  },
} as const satisfies Record<string, CommandEntry>;

export type CommandName = keyof typeof commands;

/** Whether a first word is one of them, and not a file or an option. */
export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(commands, word);
}

export const commandNames: readonly CommandName[] = Object.keys(commands).filter(isCommandName);

/** The entry, with the type that all have in common. */
export function commandOf(name: CommandName): CommandEntry {
  return commands[name];
}

/** Its flags; one that only the usage names counts as a switch. */
export function flagsOfCommand(name: CommandName): readonly CommandFlag[] {
  const { usage, flags = [] } = commandOf(name);
  const named = [...usage.matchAll(/--([a-z][a-z-]*)/g)].map(([, flag = '']) => flag);
  const others = named.filter((flag) => flags.every((declared) => declared.name !== flag));
  return [...flags, ...others.map((flag) => ({ name: flag, summary: '' }))];
}

/** What its arguments are, in their order: FILE..., TARGET, NAME|FILE. */
export function argumentsOfCommand(name: CommandName): readonly string[] {
  const words = commandOf(name).usage.replaceAll(/--\S+/g, ' ').replaceAll(/[[\]]/g, ' ');
  return words.split(/\s+/).filter((word) => /^[A-Z]/.test(word));
}
