/**
 * PURE. The points at which hooks run, and what a hook may do: uWSGI's hook-* and exec-*.
 *
 * A hook is written ACTION:ARGUMENT. The master runs those of its own points
 * (master/hooks), the Python processes those of theirs (reeve_worker/hooks).
 */
import type { Kind, Written } from '../kinds.ts';
import { list } from '../text-kinds.ts';

/** One step of a point. */
export interface Hook {
  readonly action: string;
  readonly argument: string;
  /** For the log: "exec:./manage.py migrate"; without its argument where that is private. */
  readonly shown: string;
  /** `app.ini:4`. */
  readonly origin: string;
}

interface Action {
  /** How its argument is written; '' where anything goes. */
  readonly form: RegExp;
  readonly needs: string;
}

const path: Action = { form: /\S/, needs: 'PATH' };
const pathAndText: Action = { form: /^\S+ /, needs: 'FILE TEXT' };
const command: Action = { form: /\S/, needs: 'COMMAND' };
const anything: Action = { form: /^/, needs: '' };
const owner: Action = { form: /^\S+ \S+ \S+$/, needs: 'FILE USER GROUP' };
const owner2: Action = { form: /^\S+ \d+ \d+$/, needs: 'FILE UID GID' };
const called = (functions: readonly string[], argument: string): Action => ({
  form: new RegExp(`^(${functions.join('|')})${argument}$`),
  needs: `one of the functions ${functions.join(', ')}`,
});
const withText = called(['chdir', 'mkdir', 'rmdir', 'unlink', 'remove'], ' \\S.*');
const withNumber = called(['umask', 'nice', 'sleep'], ' -?\\d+');

export const hookActions = {
  exec: command,
  safeexec: command,
  chdir: path,
  cd: path,
  mkdir: path,
  unlink: path,
  creat: path,
  create: path,
  write: pathAndText,
  writen: pathAndText,
  append: pathAndText,
  appendn: path,
  writefifo: pathAndText,
  chmod: { form: /^\S+ 0?[0-7]{1,4}$/, needs: 'FILE MODE' },
  sticky: path,
  chown: owner,
  chown2: owner2,
  putenv: { form: /^[^=\s]+=/, needs: 'NAME=VALUE' },
  print: anything,
  log: anything,
  alarm: { form: /^\S+ /, needs: 'ALARM TEXT' },
  exit: { form: /^\d*$/, needs: 'CODE' },
  wait_for_fs: path,
  wait_for_file: path,
  wait_for_dir: path,
  wait_for_socket: path,
  unix_signal: {
    form: /^\d+ \S+$/,
    needs: 'SIGNAL FUNCTION',
  },
  call: withText,
  callret: withText,
  callint: withNumber,
  callintret: withNumber,
} as const satisfies Readonly<Record<string, Action>>;

export type HookAction = keyof typeof hookActions;

/** What the system around Reeve does better, or safer. */
const otherActions: Readonly<Record<string, string>> = {
  mount: 'use BindPaths=, TemporaryFileSystem= or a mount unit of systemd',
  umount: 'use PrivateMounts= and InaccessiblePaths= of the systemd unit',
  hostname: 'use ProtectHostname=yes:NAME of the systemd unit (257), or hostnamectl',
  pivot_root: 'use RootDirectory= of the systemd unit',
  rpc: 'there is no RPC of uWSGI; use exec with a command',
  retryrpc: 'there is no RPC of uWSGI; use exec with a command',
  spinningfifo: 'use writefifo',
};

/** Functions of uWSGI that unix_signal names, as the master's own. */
export const signalFunctions = {
  gracefully_kill_them_all: 'stop',
  kill_them_all: 'stop-now',
  grace_them_all: 'reload',
  gracefully_reload: 'reload',
  reap_them_all: 'brutal',
  uwsgi_chain_reload: 'chain',
  uwsgi_reload_workers: 'workers',
  uwsgi_brutally_reload_workers: 'brutal',
  uwsgi_log_reopen: 'reopen',
  uwsgi_log_rotate: 'rotate',
  suspend_resume_them_all: 'pause',
  uwsgi_go_cheap: 'sleep',
  stats: 'status',
  end_me: 'stop-now',
} as const;

export type SignalFunction = keyof typeof signalFunctions;

export function isSignalFunction(name: string): name is SignalFunction {
  return Object.hasOwn(signalFunctions, name);
}

/** Signals whose meaning may be another: the others are the kernel's, or Reeve's own. */
export const bindableSignals: readonly number[] = [1, 2, 3, 10, 12, 14, 15, 20, 28];

export function isHookAction(name: string): name is HookAction {
  return Object.hasOwn(hookActions, name);
}

/** A hook as it was written: what is wrong with it, or what it does. */
export function readHook(text: string, origin: string): Hook | { readonly problem: string } {
  const colon = text.indexOf(':');
  if (colon === -1) return { problem: `"${text}" has no ACTION: before its argument` };
  const word = text.slice(0, colon);
  const isPrivate = word.startsWith('!');
  const action = isPrivate ? word.slice(1) : word;
  const argument = text.slice(colon + 1);
  if (Object.hasOwn(otherActions, action)) {
    return { problem: `Reeve does not do the action ${action}: ${otherActions[action] ?? ''}` };
  }
  if (!isHookAction(action)) {
    return { problem: `there is no action "${action}" (${Object.keys(hookActions).join(', ')})` };
  }
  const { form, needs } = hookActions[action];
  if (!form.test(argument)) return { problem: `${action} is written ${action}:${needs}` };
  if (action === 'unix_signal') {
    const problem = signalProblem(argument);
    if (problem !== undefined) return { problem };
  }
  return { action, argument, shown: isPrivate ? `!${action}` : text, origin };
}

function signalProblem(argument: string): string | undefined {
  const [signal = '', name = ''] = argument.split(' ');
  if (!bindableSignals.includes(Number(signal))) {
    return `the signal ${signal} cannot be given another meaning (${bindableSignals.join(', ')} can)`;
  }
  if (isSignalFunction(name)) return undefined;
  return `there is no function ${name} (${Object.keys(signalFunctions).join(', ')})`;
}

/** Hooks of one point, in their order. */
export function hookList(): Kind<readonly Written[]> {
  return {
    ...list('ACTION:ARGUMENT', 'an action and its argument, as in exec:COMMAND'),
    parse(given, origin) {
      const read = readHook(given, origin);
      if ('problem' in read) return { ok: false, problem: read.problem };
      return { ok: true, value: [{ text: given, origin }] };
    },
  };
}

/** A file, and the hook that runs when it is touched. */
export function touchHookList(): Kind<readonly Written[]> {
  return {
    ...list('FILE ACTION:ARGUMENT', 'a file and a hook, as in /run/app/go exec:COMMAND'),
    parse(given, origin) {
      const [, hook = ''] = /^\S+ (.*)$/s.exec(given) ?? [];
      const read = readHook(hook, origin);
      if ('problem' in read) return { ok: false, problem: read.problem };
      return { ok: true, value: [{ text: given, origin }] };
    },
  };
}

/** Those of the master, in their order; the first five before privileges are dropped. */
export const masterPoints = [
  'asap',
  'pre-jail',
  'in-jail',
  'as-root',
  'as-user',
  'master-start',
  'as-user-atexit',
] as const;

/** Those of the process that loads the application, of its workers, and of mules. */
export const pythonPoints = [
  'pre-app',
  'post-app',
  'post-fork',
  'accepting',
  'accepting-once',
  'accepting1',
  'accepting1-once',
  'as-mule',
] as const;

/** Points that have exec-* too: commands without an action before them. */
export const execPoints = [
  'asap',
  'pre-jail',
  'in-jail',
  'as-root',
  'as-user',
  'as-user-atexit',
  'pre-app',
  'post-app',
] as const;

export type MasterPoint = (typeof masterPoints)[number];
export type PythonPoint = (typeof pythonPoints)[number];
export type HookPoint = MasterPoint | PythonPoint;
type ExecPoint = (typeof execPoints)[number];

type HookSettings = Readonly<Record<`hook-${HookPoint}` | `exec-${ExecPoint}`, readonly Written[]>>;

function isExecPoint(point: HookPoint): point is ExecPoint {
  return execPoints.some((each) => each === point);
}

/** What runs at a point: hook-* first, then exec-*. */
export function hooksOf(settings: HookSettings, point: HookPoint): readonly Hook[] {
  const written = settings[`hook-${point}`].flatMap(({ text, origin }) => {
    const read = readHook(text, origin);
    return 'problem' in read ? [] : [read];
  });
  const commands = isExecPoint(point) ? settings[`exec-${point}`] : [];
  return [
    ...written,
    ...commands.map(({ text, origin }) => {
      return { action: 'exec', argument: text, shown: text, origin };
    }),
  ];
}
