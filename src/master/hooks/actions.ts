/**
 * One hook of the master, done: files, commands, the environment. Paths begin at the directory that
 * hooks are in, which `cd` changes. Whatever waits has a limit, and can be cut short.
 */
import { constants } from 'node:fs';
import { chmod, chown, mkdir, open, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';

import { findGroup, findUser } from '../../base/accounts.ts';
import type { Timers } from '../../base/clock.ts';
import { errorCodeOf, reasonOf } from '../../base/system-error.ts';
import { isHookAction, type Hook, type HookAction } from '../../tables/hooks/hooks.ts';
import { runShell } from '../children/shell.ts';

/** What hooks share and change. */
export interface HookWorld {
  directory: string;
  readonly environment: () => Readonly<Record<string, string>>;
  readonly outputFd: number;
  readonly timers: Timers;
  readonly limitMs: number;
  readonly say: (sentence: string) => void;
  /** Ends a command or a wait; undefined while nothing runs. */
  cut: ((why: string) => void) | undefined;
}

/** How one ended: undefined for well; `exit` ends Reeve. */
export type HookFailure =
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'exit'; readonly code: number };

/** A wait looks so often. */
const LOOK_MS = 200;

/** Does it. Never throws for what the system refuses. */
export async function doHook(hook: Hook, world: HookWorld): Promise<HookFailure | undefined> {
  try {
    return await act(hook, world);
  } catch (error) {
    if (errorCodeOf(error) === undefined) throw error;
    return failed(reasonOf(error));
  }
}

function failed(why: string): HookFailure {
  return { kind: 'failed', why };
}

type AtPath = (path: string) => Promise<void>;
type WithText = (path: string, text: string) => Promise<void>;

const ofPath: Readonly<Partial<Record<HookAction, AtPath>>> = {
  mkdir: makeDirectory,
  unlink: remove,
  creat: (path) => writeFile(path, ''),
  create: (path) => writeFile(path, ''),
  sticky: async (path) => await chmod(path, (await stat(path)).mode | 0o1000),
};

const ofPathAndText: Readonly<Partial<Record<HookAction, WithText>>> = {
  write: (path, text) => writeFile(path, text),
  writen: (path, text) => writeFile(path, `${text}\n`),
  append: (path, text) => writeFile(path, text, { flag: 'a' }),
  appendn: (path, text) => writeFile(path, `${text}\n`, { flag: 'a' }),
  writefifo: writeFifo,
  chmod: (path, text) => chmod(path, Number.parseInt(text, 8)),
};

async function act(hook: Hook, world: HookWorld): Promise<HookFailure | undefined> {
  const { action, argument } = hook;
  if (!isHookAction(action)) throw new Error(`believed that ${action} is an action`);
  const at = (path: string): string => resolve(world.directory, path);
  const [first = ''] = argument.split(' ');
  const text = argument.slice(first.length + 1);
  await ofPath[action]?.(at(argument));
  await ofPathAndText[action]?.(at(first), text);
  switch (action) {
    case 'exec':
      return await execute(argument, world);
    case 'safeexec':
      return await executeSafely(hook, world);
    case 'cd':
    case 'chdir':
      return await enter(at(argument), world);
    case 'chown':
    case 'chown2':
      return await own(at(first), text.split(' '), action);
    case 'putenv':
      putVariable(argument);
      return undefined;
    case 'print':
    case 'log':
      world.say(argument);
      return undefined;
    case 'alarm':
      world.say(`alarm ${first}: ${text}`);
      return undefined;
    case 'exit':
      return { kind: 'exit', code: Number(argument === '' ? 0 : argument) & 0xff };
    case 'wait_for_fs':
    case 'wait_for_file':
    case 'wait_for_dir':
    case 'wait_for_socket':
      return await waitFor(action, action === 'wait_for_socket' ? argument : at(argument), world);
    case 'call':
    case 'callret':
    case 'callint':
    case 'callintret':
      return await call(hook, { name: first, value: text }, world);
    default:
      // Those above; unix_signal is bound by operator/signals.
      return undefined;
  }
}

async function executeSafely(hook: Hook, world: HookWorld): Promise<undefined> {
  const failure = await execute(hook.argument, world);
  if (failure?.kind === 'failed') world.say(`${hook.shown} ${failure.why}, which is allowed`);
  return undefined;
}

async function execute(command: string, world: HookWorld): Promise<HookFailure | undefined> {
  const { directory, outputFd, limitMs, timers } = world;
  const environment = world.environment();
  const run = runShell({ command, directory, environment, outputFd, limitMs, timers });
  world.cut = run.kill;
  const failure = await run.ended;
  world.cut = undefined;
  return failure === undefined ? undefined : failed(failure);
}

async function enter(directory: string, world: HookWorld): Promise<HookFailure | undefined> {
  if (!(await stat(directory)).isDirectory()) return failed('it is not a directory');
  world.directory = directory;
  return undefined;
}

/** One that is there is as it should be: a reload does this again. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, 0o777);
  } catch (error) {
    const isThere = errorCodeOf(error) === 'EEXIST' && (await stat(path)).isDirectory();
    if (!isThere) throw error;
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
  }
}

/** As in uWSGI nothing is written where nobody reads. */
async function writeFifo(path: string, text: string): Promise<void> {
  let file;
  try {
    file = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCodeOf(error) === 'ENXIO' || errorCodeOf(error) === 'ENODEV') return;
    throw error;
  }
  try {
    await file.write(text);
  } finally {
    await file.close();
  }
}

async function own(
  path: string,
  [user = '', group = '']: readonly string[],
  how: 'chown' | 'chown2',
): Promise<HookFailure | undefined> {
  const uid = how === 'chown2' ? Number(user) : findUser(user)?.uid;
  const gid = how === 'chown2' ? Number(group) : findGroup(group)?.gid;
  if (uid === undefined) return failed(`there is no user ${user}`);
  if (gid === undefined) return failed(`there is no group ${group}`);
  await chown(path, uid, gid);
  return undefined;
}

function putVariable(argument: string): void {
  const at = argument.indexOf('=');
  process.env[argument.slice(0, at)] = argument.slice(at + 1);
}

/** What of C is called by name: see hookActions. */
async function call(
  { action }: Hook,
  { name, value }: { readonly name: string; readonly value: string },
  world: HookWorld,
): Promise<HookFailure | undefined> {
  const path = resolve(world.directory, value);
  try {
    if (name === 'chdir') return await enter(path, world);
    if (name === 'mkdir') await makeDirectory(path);
    if (name === 'rmdir') await rmdir(path);
    if (name === 'unlink' || name === 'remove') await unlink(path);
    if (name === 'umask') process.umask(Number(value) & 0o777);
    if (name === 'sleep') {
      const lasts = Number(value) * 1000;
      return await waitUntil(world, lasts, () => Promise.resolve(false)).then(() => undefined);
    }
    return undefined;
  } catch (error) {
    if (errorCodeOf(error) === undefined) throw error;
    return action.endsWith('ret') ? failed(reasonOf(error)) : undefined;
  }
}

type Waited = 'wait_for_fs' | 'wait_for_file' | 'wait_for_dir' | 'wait_for_socket';

async function waitFor(
  action: Waited,
  what: string,
  world: HookWorld,
): Promise<HookFailure | undefined> {
  const isThere = async (): Promise<boolean> => {
    if (action === 'wait_for_socket') return answers(what, world.timers);
    try {
      const found = await stat(what);
      if (action === 'wait_for_file') return found.isFile();
      return action === 'wait_for_fs' || found.isDirectory();
    } catch {
      return false;
    }
  };
  if (await waitUntil(world, world.limitMs, isThere)) return undefined;
  return failed(`was waited for in vain for ${world.limitMs / 1000} s (hook-timeout)`);
}

/** Looks until it is so; false where the time is over, or the wait was cut short. */
async function waitUntil(
  world: HookWorld,
  limitMs: number,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const { timers } = world;
  const endsAtMs = timers.now() + limitMs;
  let isCut = false;
  world.cut = () => (isCut = true);
  while (!(await isSo())) {
    const leftMs = endsAtMs - timers.now();
    if (isCut || leftMs <= 0) return false;
    await new Promise<void>((done) => void timers.after(Math.min(LOOK_MS, leftMs), done));
  }
  world.cut = undefined;
  return true;
}

/** Whether something accepts connections there: HOST:PORT, or the path of a unix socket. */
function answers(address: string, timers: Timers): Promise<boolean> {
  const [, host = '', port = ''] = /^([^/]*):(\d+)$/.exec(address) ?? [];
  const where =
    port === ''
      ? { path: address }
      : { host: host === '' ? '127.0.0.1' : host, port: Number(port) };
  return new Promise((done) => {
    const socket = connect(where);
    const cancel = timers.after(1_000, () => socket.destroy());
    socket.on('connect', () => {
      done(true);
      socket.destroy();
    });
    socket.on('error', () => done(false));
    socket.on('close', () => {
      cancel();
      done(false);
    });
  });
}
