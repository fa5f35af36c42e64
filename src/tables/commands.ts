/**
 * The commands that have a name, and what each is for. The help, the manual, completion and the
 * command line are made from this table.
 */

export interface CommandFlag {
  readonly name: string;
  /** A single character. */
  readonly short?: string;
  /** The word that stands for its value in the help; a switch has none. */
  readonly placeholder?: string;
  /** One line: no capital, no full stop. */
  readonly summary: string;
}

export interface CommandEntry {
  /** The words after the name: flags, and a word in capitals for each argument. */
  readonly usage: string;
  /** One line: no capital, no full stop. */
  readonly summary: string;
  /** Paragraphs for the manual. */
  readonly details?: string;
  /** Its own flags, each once. `check` takes the flags of a start as well; they are not here. */
  readonly flags?: readonly CommandFlag[];
}

/** The first line of a unit that `reeve enable` has written begins so: no other unit is touched. */
export const writtenMark = '# Written by `reeve enable ';

/** The formats of `reeve options`. */
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
  summary: 'write below this directory instead of /, to build an image',
};

/** The meaning of TARGET in every command that has one. */
export const targetMeaning =
  'TARGET is the name of an instance (`app`, `reeve@app`), its pidfile, its ini file, its pid or its ' +
  'control socket. It may be left out when only one instance runs. With several instances running, ' +
  "name one. A command that a unit runs (ExecReload=, ExecStop=) reaches that unit's own instance, " +
  'and never another.';

export const commands = {
  check: {
    usage: '[--show|--json] FILE...',
    summary: 'tell what each line does here',
    details:
      'Each line is the same as in uWSGI, always on, differs, or is not there; or it is refused (there ' +
      "is no start with it), unknown, not valid, or Reeve's own. Findings and a last line " +
      'follow. The exit status is that of a start with these arguments on this machine, as far as it ' +
      'can be known without loading the application: files, users, addresses and the interpreter are ' +
      'looked at, nothing is changed. Options and several files may follow, as at a start; after `--` a ' +
      'whole command line, as in `reeve check -- uwsgi app.ini`. With --diff OLD NEW it prints what ' +
      'changes in effect from one file to another, which new lines are without effect, and whether a ' +
      'reload is enough; where one of them would not start, why, and the exit status of that start.',
    flags: [
      { name: 'show', summary: 'print the settings as they were read, each with its line' },
      { name: 'json', summary: 'print JSON, for programs (docs/check.schema.json)' },
      { name: 'strict', summary: 'end with 78 for warnings, and for lines that are not there' },
      {
        name: 'unit',
        placeholder: 'UNIT',
        summary: 'as this unit of systemd would start it: a file, or a name',
      },
      { name: 'diff', summary: 'compare two files' },
    ],
  },
  options: {
    usage: '[NAME...]',
    summary: 'print options, or explain some',
    details:
      'With NAMEs it explains these options. Without one it prints all of them: FORMAT is text; man, man5 or man7 for reeve(1), reeve.ini(5) or reeve-systemd(7); markdown or ' +
      'json; ini for a file of the defaults; bash, zsh or fish for the completion of that shell.',
    flags: [
      {
        name: 'format',
        placeholder: optionFormats.join('|'),
        summary: 'output format [text]',
      },
    ],
  },
  help: {
    usage: '[TOPIC...]',
    summary: 'explain a command, an option or a section of options',
    details:
      'Without TOPIC it prints the commands and the options that most configurations have. TOPIC is ' +
      'the name of a command, of an option or of a section of options, or all for every option.',
  },
  status: {
    usage: '[--json] [TARGET]',
    summary: 'show workers and requests, or list all',
    details:
      'Without TARGET, several instances are listed in a table, a line each; root sees those of all ' +
      'users. --json prints for one ' +
      'TARGET its name, pid, version, files, phase (starting, serving, stopping), suspended, gateways ' +
      'and generations with their spawner and workers. Each process has pid, state, ageSeconds, ' +
      'rssBytes and pssBytes; a worker has slot, requests, and in now the requests that it runs: ' +
      'method, uri, requestId, thread, seconds, heldByClient. Unknown values are null. Without TARGET ' +
      'it prints {"instances": [...], "unreachable": [...]}, the latter with name, path and reason. ' +
      'Fields may be added. It ends with 69 when an instance does not answer, and with 77 when all are ' +
      'those of other users. --wait-ready ends with 0 when the instance is ready, and with 69 when it ' +
      'is not after so many seconds, with the reason; one that is just being started is waited for.',
    flags: [
      { name: 'json', summary: 'print JSON, for programs (docs/status.schema.json)' },
      {
        name: 'wait-ready',
        placeholder: 'SECONDS',
        summary: 'wait until clients may be sent to it, at most so long [60]',
      },
    ],
  },
  metrics: {
    usage: '[TARGET]',
    summary: 'print metrics, as Prometheus reads them',
    details:
      'It prints what /metrics of the option `metrics` answers, and needs no such option. docs/metrics.md ' +
      'has the names.',
    flags: [{ name: 'openmetrics', summary: 'in the format of OpenMetrics' }],
  },
  stacks: {
    usage: '[--json] [TARGET]',
    summary: 'show the Python stack of every thread',
    details:
      'Of each spawner, worker, mule and spooler it shows what each thread runs: the request and for how ' +
      'long, how much of a processor it uses, and its Python calls, the innermost first. Threads that ' +
      'wait for work are said to be idle. It works while an import hangs, and while C code holds the ' +
      'interpreter. docs/seeing.md has more.',
    flags: [{ name: 'json', summary: 'print JSON, for programs' }],
  },
  profile: {
    usage: '[--output FILE] [TARGET]',
    summary: 'sample where the time of requests goes',
    details:
      'It looks at the Python stacks of all workers, mules and spoolers about a hundred times a second, ' +
      'without a restart. Time counts while a request runs, also while that waits; other threads count ' +
      'while they use a processor. Without FILE it prints the functions that took most. The end of the ' +
      'name of FILE chooses the format: .svg is a flame graph for a browser, .json is for speedscope, ' +
      '.txt, .collapsed and .folded have a line for each stack with its milliseconds. docs/seeing.md ' +
      'has more.',
    flags: [
      { name: 'seconds', placeholder: 'SECONDS', summary: 'for so long, at most 600 [10]' },
      { name: 'output', placeholder: 'FILE', summary: 'write it there' },
      {
        name: 'format',
        placeholder: 'text|collapsed|speedscope|svg',
        summary: 'format, whatever the name of the file',
      },
    ],
  },
  why: {
    usage: '[TARGET] [ID|PATH]',
    summary: 'say what is wrong, the likeliest cause first',
    details:
      'It looks at the instance for a second: at what each thread waits for, what has ended and how, ' +
      'how long requests wait and run, memory, disks, reloads and tasks. Each finding has its figures and ' +
      'what to do. With the ID of a request, from the log or the X-Request-ID of a request, it tells where ' +
      'that request waited and ran, and what it did when it was cut; with a PATH (/report) what is known ' +
      'of the requests of that path. It ends with 0 where nothing is wrong, with 1 where something is, and ' +
      'with 69 where the instance does not run: then with what systemd and its log say. docs/seeing.md ' +
      'has the causes.',
    flags: [{ name: 'json', summary: 'print JSON, for programs' }],
  },
  top: {
    usage: '[TARGET]',
    summary: 'watch requests and slots',
    details:
      'Without TARGET it lists all instances; Enter shows the workers of one. Requests a second and ' +
      'their times (half of them, and 95 of 100, took no longer) are of the time since the figures ' +
      'before. h lists the keys: o sorts, s shows stacks, r reloads after a question, q quits. Where ' +
      'standard output is no terminal it prints once, as with --once; on one that cannot move its cursor (TERM=dumb) ' +
      'it goes on in plain lines, as with --batch. NO_COLOR takes the colours away. It ends with 0, or ' +
      'with 69 when no instance is left.',
    flags: [
      { name: 'interval', placeholder: 'SECONDS', summary: 'look so often [1]' },
      { name: 'once', summary: 'look twice, print the figures, and end' },
      { name: 'batch', summary: 'print the figures again and again, without keys' },
    ],
  },
  advise: {
    usage: '[--json] [TARGET]',
    summary: 'say how many workers fit, and why',
    details:
      'For processes, threads, cheaper, max-requests, reload-on-rss and harakiri it prints a line for ' +
      'the ini, below its reason: what the instance has done since its last reload, its busiest minute, ' +
      'its memory, and the cores and the memory of the machine or the control group. With --seconds it ' +
      'measures, and the load of that time counts. With too few requests it says so, and advises ' +
      'nothing. It changes nothing. docs/capacity.md has the rules and an example.',
    flags: [
      { name: 'json', summary: 'print JSON, for programs (docs/capacity.md)' },
      {
        name: 'seconds',
        placeholder: 'SECONDS',
        summary: 'measure for so long, and do not count what was before [0]',
      },
    ],
  },
  reload: {
    usage: '[--all | TARGET]',
    summary: 'reload, and wait for the outcome',
    details:
      'Ends with 0 when the new generation serves. Otherwise the old one keeps serving, the reason is ' +
      'printed, and the exit status is that of a start that fails for the same reason. With --all the ' +
      'command fails if one instance cannot be reached, and also if none runs (69).',
    flags: [
      { name: 'all', summary: 'reload every running instance' },
      { name: 'chain', summary: 'replace the workers one by one (reload-mode = rolling)' },
    ],
  },
  stop: { usage: '[TARGET]', summary: 'stop, and wait until it has ended' },
  'log-level': {
    usage: 'LEVEL [TARGET]',
    summary: 'change the log level',
    details:
      'LEVEL is debug, info, warning or error: messages of this level and of more severe ones are ' +
      'logged. It lasts until the next restart.',
  },
  scale: {
    usage: 'NUMBER [TARGET]',
    summary: 'change the number of workers',
    details:
      'It lasts until the next reload or restart; then the number in the configuration counts again. ' +
      'The application sees no change in wsgi.multiprocess, which still follows the configuration.',
  },
  jobs: {
    usage: 'ACTION [TASK] [TARGET]',
    summary: 'list, show, retry or drop spooler tasks',
    details:
      'ACTION is list, show, retry or drop. list shows the tasks that wait and those that were put aside ' +
      'after too many tries, with the reason. show prints what one holds. retry queues one again, and ' +
      'drop removes it. TASK is its name or the end of it, or all for those that were put aside. In place ' +
      'of an instance TARGET may be a directory of tasks, with a slash in it, also while nothing runs.',
  },
  enable: {
    usage: '[--socket] FILE',
    summary: 'write a unit for an ini, and enable it',
    details:
      'The unit takes user, directories, times and sandbox from the ini, and is shown before it is ' +
      'written. Without --name it has the name of the file.',
    flags: [
      { name: 'name', placeholder: 'NAME', summary: 'name of the unit: shop, or shop.service' },
      { name: 'user', placeholder: 'USER', summary: 'user that the application runs as' },
      {
        name: 'for',
        placeholder: 'nginx|none|USER',
        summary: 'web server that may connect to unix sockets (default: nginx), by name or user',
      },
      {
        name: 'socket',
        summary: 'let systemd hold the listening sockets, so that clients wait during a stop too',
      },
      { name: 'now', summary: 'start it too' },
      yes,
      dryRun,
      root,
    ],
  },
  disable: {
    usage: 'NAME|FILE',
    summary: 'stop it and remove the units of enable',
    flags: [yes, dryRun, root],
  },
  upgrade: {
    usage: '[--dry-run]',
    summary: 'restart instances that run older code',
    details:
      'Packages run it as root after they have installed a new version; after `make install` run it ' +
      'yourself. It looks at each instance of reeve@ and each unit that enable wrote. Where one runs ' +
      'other code than this command, the new code checks its configuration, as its user and in its ' +
      'environment, and restarts it; one after the other. No client is refused, as systemd keeps the ' +
      'sockets. An instance whose configuration the new code refuses keeps serving with the old code: the ' +
      'findings are printed; correct them, then systemctl restart brings the new code. Everything else ' +
      'that runs an older version is listed and left alone. Ends with 0, or with the first failure: the ' +
      'exit status of the check, or 69 for a restart that failed. Without systemd it does nothing.',
    flags: [dryRun],
  },
} as const satisfies Record<string, CommandEntry>;

export type CommandName = keyof typeof commands;

/** Whether a first word is one of them, and not a file or an option. */
export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(commands, word);
}

/** What other tools call something that Reeve does too, and how it is done here. */
const habits: readonly (readonly [words: string, advice: string])[] = [
  ['start run serve server up', '`reeve FILE.ini` starts it, `reeve enable FILE.ini` as a service'],
  [
    'restart respawn graceful',
    '`reeve reload` loads code and settings again; or systemctl restart',
  ],
  ['list ls ps instances', '`reeve status` lists what runs'],
  ['kill quit term shutdown down', '`reeve stop` stops an instance'],
  ['test configtest validate verify lint', '`reeve check FILE.ini` reads the settings'],
  ['version', '`reeve --version` prints it'],
  ['log logs tail journal', '`journalctl -u NAME` has the log of a service, or the file of logto'],
  ['install', '`reeve enable FILE.ini` makes a service'],
  ['uninstall remove', '`reeve disable NAME` removes a service'],
  ['tracebacker traceback backtrace threads dump', '`reeve stacks` shows what each thread does'],
  ['workers processes', '`reeve scale NUMBER` sets how many serve'],
  ['diagnose explain doctor debug problem', '`reeve why` says what is wrong'],
  ['capacity sizing tune recommend', '`reeve advise` says how many workers fit'],
];

/** How that is done which another tool does with this command; undefined for other words. */
export function habitOf(word: string): string | undefined {
  return habits.find(([words]) => words.split(' ').includes(word.toLowerCase()))?.[1];
}

export const commandNames: readonly CommandName[] = Object.keys(commands).filter(isCommandName);

/** The entry, with the type that all have in common. */
export function commandOf(name: CommandName): CommandEntry {
  return commands[name];
}

/** Its flags; a flag that only the usage has is a switch. */
export function flagsOfCommand(name: CommandName): readonly CommandFlag[] {
  const { usage, flags = [] } = commandOf(name);
  const named = [...usage.matchAll(/--([a-z][a-z-]*)/g)].map(([, flag = '']) => flag);
  const others = named.filter((flag) => flags.every((declared) => declared.name !== flag));
  return [...flags, ...others.map((flag) => ({ name: flag, summary: '' }))];
}

/** Its arguments in their order: FILE..., TARGET, NAME|FILE. */
export function argumentsOfCommand(name: CommandName): readonly string[] {
  const words = commandOf(name).usage.replaceAll(/--\S+/g, ' ').replaceAll(/[[\]]/g, ' ');
  return words.split(/\s+/).filter((word) => /^[A-Z]/.test(word));
}
