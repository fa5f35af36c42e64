/**
 * The commands that have a name: what each is for. The help, the manual and the command line are
 * read off this table.
 */

export interface CommandEntry {
  /** What follows the name, as it is written. */
  readonly usage: string;
  /** One line: no capital, no full stop. */
  readonly summary: string;
  /** Paragraphs for the manual. */
  readonly details?: string;
}

const target =
  'TARGET is the name of an instance (app, reeve@app), its pidfile, its ini file, its pid or its ' +
  'control socket. Without it the only instance that runs is meant; of several, none is. Within a ' +
  'unit (ExecReload=, ExecStop=) its own instance is meant, and never another.';

export const commands = {
  check: { usage: '[--show] FILE...', summary: 'read the settings, say what is wrong' },
  options: {
    usage: '[--format=FORMAT]',
    summary: 'print the options, also as a manual page',
    details: 'FORMAT is text, man, man5, markdown, json or ini.',
  },
  help: { usage: '', summary: 'print all options' },
  status: {
    usage: '[--json] [TARGET]',
    summary: 'show the workers and what they run',
    details: target,
  },
  reload: {
    usage: '[--all | TARGET]',
    summary: 'reload, and wait for the outcome',
    details:
      'With --all every instance that runs; one that cannot be asked is a failure, and so it is if none runs (69). Ends with 0 when the new generation serves; otherwise the old one serves on, the reason is ' +
      'said, and the exit status is that of a start that fails for it.',
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
      'the ini. --name NAME (shop or shop.service) calls it otherwise than the file, --user USER names whom the application ' +
      'runs as. With --socket systemd listens on its addresses, so that a stop refuses no client ' +
      'either; with --now it is started. --dry-run only shows, --yes does not ask. --root DIRECTORY ' +
      'writes below another root, as for an image.',
  },
  disable: {
    usage: 'NAME|FILE',
    summary: 'stop it and remove what enable wrote',
    details: '--dry-run only shows, --yes does not ask, --root is as for enable.',
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
      'that has failed. --dry-run only says what would be done. Without systemd it does nothing.',
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
